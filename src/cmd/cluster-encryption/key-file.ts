// The encryption configuration that `cox server` makes for its cluster: secrets under a secretbox key of 32 random bytes.
import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { dump } from 'js-yaml'
import type { Key } from '../../apiserver/encryption/config/encryption-configuration.ts'
import { parseConfiguration } from '../../apiserver/encryption/config/parse.ts'

const keyBytes = 32
const header = '# Keys that encrypt the secrets of this cluster. Without this file they are lost: back it up, apart from the store.\n'

export const encryptionFile = (dataDir: string) => join(dataDir, 'encryption', 'configuration.yaml')

/** Makes the file with a new key, unless there is one, whatever it says. Values from before stay readable: identity is the last provider. */
export async function ensureEncryptionFile(path: string): Promise<void> {
  if ((await readIfThere(path)) === undefined) await writeKeys(path, [newKey('key1')])
}

/** Puts a new key before the others, so that it writes from now on. @throws {Error} for a file that somebody has changed to something else */
export async function addKey(path: string): Promise<void> {
  const keys = (await readKeys(path)) ?? []
  const numbers = keys.map(({ name }) => Number(/^key(\d+)$/.exec(name)?.[1] ?? 0))
  await writeKeys(path, [newKey(`key${Math.max(0, ...numbers) + 1}`), ...keys])
}

/** Only the first key stays. To be called when nothing is encrypted with another any more. */
export async function dropOldKeys(path: string): Promise<void> {
  const [first] = (await readKeys(path)) ?? []
  if (first) await writeKeys(path, [first])
}

const newKey = (name: string): Key => ({ name, secret: randomBytes(keyBytes).toString('base64') })

/** undefined: no file. @throws {Error} when it is not what {@link writeKeys} writes */
async function readKeys(path: string): Promise<readonly Key[] | undefined> {
  const text = await readIfThere(path)
  if (text === undefined) return undefined
  const { resources = [] } = parseConfiguration(text, { path, reload: true })
  const providers = resources.length === 1 && resources[0]!.resources?.join() === 'secrets' ? resources[0]!.providers : undefined
  const keys = providers?.[0]?.secretbox?.keys
  if (!keys || providers.length !== 2 || !providers[1]!.identity)
    throw new Error(`${path} is not the file that was made for this cluster: rotate its keys by hand`)
  return keys
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Durable before it is used: a key that a crash takes away takes the secrets with it. */
async function writeKeys(path: string, keys: readonly Key[]): Promise<void> {
  const configuration = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [{ resources: ['secrets'], providers: [{ secretbox: { keys } }, { identity: {} }] }],
  }
  const directory = dirname(path)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writeFile(`${header}${dump(configuration)}`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  for (const each of [directory, dirname(directory)]) await syncDirectory(each)
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
