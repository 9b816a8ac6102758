import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseConfiguration } from '../../apiserver/encryption/config/parse.ts'
import { addKey, dropOldKeys, encryptionFile, ensureEncryptionFile } from './key-file.ts'

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keys-'))
  path = encryptionFile(directory)
})
afterEach(() => rm(directory, { recursive: true }))

const read = () => readFile(path, 'utf8')
const keyNames = async () =>
  parseConfiguration(await read(), { path, reload: true }).resources![0]!.providers!.map(({ secretbox, identity }) =>
    secretbox ? secretbox.keys!.map(({ name }) => name) : identity && 'identity',
  )

test('made once, with a key of its own; nobody else can read it', async () => {
  await ensureEncryptionFile(path)
  const first = await read()
  await ensureEncryptionFile(path)
  expect(await read()).toBe(first)
  expect(await keyNames()).toEqual([['key1'], 'identity'])
  expect([(await stat(path)).mode & 0o777, (await stat(join(directory, 'encryption'))).mode & 0o777]).toEqual([0o600, 0o700])
})

test('rotation: a new key first, also in a cluster that had none; then it is the only one', async () => {
  await addKey(path)
  await addKey(path)
  await addKey(path)
  expect(await keyNames()).toEqual([['key3', 'key2', 'key1'], 'identity'])
  const secret = /name: key3\s+secret: (\S+)/.exec(await read())![1]
  await dropOldKeys(path)
  expect(await keyNames()).toEqual([['key3'], 'identity'])
  expect(await read()).toContain(secret)
  await addKey(path)
  expect(await keyNames()).toEqual([['key4', 'key3'], 'identity'])
})

test('a file that somebody has made their own is used and not rotated', async () => {
  await ensureEncryptionFile(path)
  const own = (await read()).replace('- secrets', '- configmaps')
  await writeFile(path, own)
  await ensureEncryptionFile(path)
  await expect(addKey(path)).rejects.toThrow('rotate its keys by hand')
  expect(await read()).toBe(own)
})
