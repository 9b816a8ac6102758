// Keys that sign service account tokens: `sa.key` signs; `sa.pub` holds all that tokens are verified with, the current one first.
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomically } from './key-pair-files.ts'

export interface ServiceAccountKeys {
  /** PEM. */
  readonly privateKey: string
  /** PEM, one or more. */
  readonly publicKey: string
}

const newKeys = (): ServiceAccountKeys =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })

const base = (directory: string) => join(directory, 'sa')

/** Undefined when there are none. */
async function read(directory: string): Promise<ServiceAccountKeys | undefined> {
  try {
    const [privateKey, publicKey] = await Promise.all([readFile(`${base(directory)}.key`, 'utf8'), readFile(`${base(directory)}.pub`, 'utf8')])
    return { privateKey, publicKey }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** What verifies is written before what signs: no token is ever refused by the server that made it. */
async function write(directory: string, { privateKey, publicKey }: ServiceAccountKeys): Promise<void> {
  await writeFileAtomically(`${base(directory)}.pub`, publicKey)
  await writeFileAtomically(`${base(directory)}.key`, privateKey)
}

export async function ensureServiceAccountKeys(directory: string): Promise<ServiceAccountKeys> {
  const found = await read(directory)
  if (found) return found
  const keys = newKeys()
  await write(directory, keys)
  return keys
}

/**
 * `begin`: a new key signs from the next start on, and tokens of the old ones stay good. `finish`: they do not any more.
 * @throws {Error} when there are no keys
 */
export async function rotateServiceAccountKey(directory: string, step: 'begin' | 'finish'): Promise<void> {
  const keys = await read(directory)
  if (!keys) throw new Error(`there are no keys in ${base(directory)}.key and ${base(directory)}.pub`)
  if (step === 'finish') {
    const current = createPublicKey(keys.privateKey).export({ type: 'spki', format: 'pem' })
    return writeFileAtomically(`${base(directory)}.pub`, current as string)
  }
  const next = newKeys()
  await write(directory, { privateKey: next.privateKey, publicKey: `${next.publicKey.trim()}\n${keys.publicKey}` })
}
