// Key pairs as files: `<name>.crt` and `<name>.key`, replaced atomically.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { open, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyPair } from './x509.ts'

/** Nobody but the owner reads keys, nor anything else that lies beside them. */
const ownerOnly = 0o600

/** @returns undefined when one of the two is missing */
export async function readPair(base: string): Promise<KeyPair | undefined> {
  try {
    const [certificate, key] = await Promise.all([readFile(`${base}.crt`, 'utf8'), readFile(`${base}.key`, 'utf8')])
    return { certificate, key }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Never leaves a half-written file: a crash in between keeps the old one. */
export async function writeFileAtomically(path: string, text: string): Promise<void> {
  const file = await open(`${path}.${process.pid}.new`, 'w', ownerOnly)
  try {
    await file.writeFile(text)
    await file.chmod(ownerOnly)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.${process.pid}.new`, path)
}

export async function writePair(base: string, pair: KeyPair): Promise<void> {
  await writeFileAtomically(`${base}.key`, pair.key)
  await writeFileAtomically(`${base}.crt`, pair.certificate)
}

/** Whether the two belong together: a crash, or two writers, may have left halves. */
export const isPair = ({ certificate, key }: KeyPair): boolean => new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))

export interface NamedPair extends KeyPair {
  /** File name without its ending. */
  readonly name: string
}

/** All key pairs of a directory, by name. A certificate without a key is none. */
export async function readPairs(directory: string): Promise<readonly NamedPair[]> {
  const names = (await readdir(directory)).flatMap((file) => (file.endsWith('.crt') ? [file.slice(0, -'.crt'.length)] : []))
  const pairs = await Promise.all(names.toSorted().map(async (name) => ({ name, pair: await readPair(join(directory, name)) })))
  return pairs.flatMap(({ name, pair }) => (pair ? [{ name, ...pair }] : []))
}
