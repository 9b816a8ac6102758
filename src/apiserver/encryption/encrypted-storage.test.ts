import { randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { beforeEach, expect, test } from 'vitest'
import { openMemoryStorage } from '../../storage/drivers/memory/memory.ts'
import type { Storage, WatchBatch } from '../../storage/storage.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import { EncryptedStorage } from './encrypted-storage.ts'
import { newAesGcm } from './transformers/aes-gcm.ts'
import { PrefixTransformers } from './transformers/prefix-transformers.ts'
import type { Transformer } from './transformers/transformer.ts'

const prefix = '/registry/secrets/'
const bytes = (text: string) => Buffer.from(text)
const text = (value: Uint8Array | undefined) => value && Buffer.from(value).toString()

const keys = { one: newAesGcm({ key: randomBytes(32) }), two: newAesGcm({ key: randomBytes(32) }) }
const using = (...names: readonly (keyof typeof keys)[]): Transformer =>
  new PrefixTransformers({
    transformers: names.map((name) => ({ prefix: `k8s:enc:aesgcm:v1:${name}:`, transformer: counted(keys[name]) })),
    noMatch: 'no matching prefix found',
    observe: () => {},
    now: () => 0,
  })
const counted = (transformer: Transformer): Transformer => ({
  toStorage: (value, key) => transformer.toStorage(value, key),
  fromStorage(data, key) {
    decryptions++
    return gate ? gate.then(() => transformer.fromStorage(data, key)) : transformer.fromStorage(data, key)
  },
})

let raw: Storage
let storage: EncryptedStorage
let transformer: Transformer
let decryptions: number
/** While set, keys must first be fetched. */
let gate: Promise<void> | undefined
let retries: PromiseWithResolvers<void>
let unreadable: string[]

beforeEach(() => {
  raw = openMemoryStorage({ clock: new FakeClock() })
  transformer = using('one')
  decryptions = 0
  gate = undefined
  retries = Promise.withResolvers()
  unreadable = []
  storage = new EncryptedStorage({
    storage: raw,
    transformer: () => transformer,
    nextTurn: () => nextTurn(),
    retryLater: () => retries.promise,
    onUnreadable: (key) => unreadable.push(key),
  })
})

async function put(name: string, value: string, expected = 0): Promise<number> {
  const result = await storage.put(`${prefix}${name}`, bytes(value), expected)
  if (!result.ok) throw new Error('conflict')
  return result.revision
}

async function watched(): Promise<string[]> {
  const seen: string[] = []
  await storage.watch(prefix, await raw.currentRevision(), ({ events }: WatchBatch) => {
    for (const event of events)
      seen.push(event.type === 'put' ? `${event.key.slice(prefix.length)}=${text(event.current.value)}` : `-${event.key.slice(prefix.length)}`)
  })
  return seen
}

test('what is stored is encrypted; get, list and watch give plain values', async () => {
  const seen = await watched()
  const revision = await put('a', 'canary')
  expect(text((await raw.get(`${prefix}a`))?.value)).toMatch(/^k8s:enc:aesgcm:v1:one:/)
  expect(text((await storage.get(`${prefix}a`))?.value)).toBe('canary')
  expect((await storage.list(prefix)).items.map(({ value, modRevision }) => [text(value), modRevision])).toEqual([['canary', revision]])
  expect(seen).toEqual(['a=canary'])
})

test('a value that somebody holds is decrypted never, another one once', async () => {
  const value = bytes('held')
  await storage.put(`${prefix}a`, value, 0)
  expect((await storage.get(`${prefix}a`))?.value).toBe(value)
  expect(decryptions).toBe(0)
  const restarted = new EncryptedStorage({ storage: raw, transformer: () => transformer, nextTurn, retryLater: () => retries.promise, onUnreadable: () => {} })
  const first = await restarted.get(`${prefix}a`)
  expect((await restarted.get(`${prefix}a`))?.value).toBe(first!.value)
  expect(decryptions).toBe(1)
})

test('key rotation: stale until written again; a key that is gone reads nothing, and the value stays', async () => {
  const first = await put('a', 'x')
  expect(await storage.isStale(`${prefix}a`)).toBe(false)
  transformer = using('one', 'two')
  expect(await storage.isStale(`${prefix}a`)).toBe(false)
  transformer = using('two', 'one')
  expect(await storage.isStale(`${prefix}a`)).toBe(true)
  expect(text((await storage.get(`${prefix}a`))?.value)).toBe('x')
  transformer = using('two')
  const refused = { code: 500, reason: 'InternalError', message: 'Internal error occurred: no matching prefix found' }
  await expect(storage.get(`${prefix}a`)).rejects.toMatchObject(refused)
  await expect(storage.list(prefix)).rejects.toMatchObject({
    message: `Internal error occurred: unable to transform key "${prefix}a": no matching prefix found`,
  })
  await expect(storage.put(`${prefix}a`, bytes('y'), 0)).resolves.toEqual({ ok: false, current: undefined })
  await expect(storage.put(`${prefix}a`, bytes('y'), first + 7)).rejects.toMatchObject(refused)
  transformer = using('two', 'one')
  await put('a', 'x', first)
  expect(await storage.isStale(`${prefix}a`)).toBe(false)
  expect(text((await raw.get(`${prefix}a`))?.value)).toMatch(/^k8s:enc:aesgcm:v1:two:/)
})

test('a list that has failed fails again without decrypting the rest, until the value or the keys change', async () => {
  for (let i = 0; i < 50; i++) await put(`a${i}`, 'x')
  const revision = await put('b', 'x')
  transformer = using('two')
  for (let i = 0; i < 3; i++) await expect(storage.list(prefix)).rejects.toThrow('unable to transform key')
  expect(decryptions).toBe(0)
  transformer = using('one')
  expect((await storage.list(prefix)).items).toHaveLength(51)
  transformer = using('two')
  await expect(storage.list(prefix)).rejects.toThrow(`${prefix}a0`)
  await expect(storage.list(`${prefix}b`)).rejects.toThrow(`${prefix}b`)
  await raw.delete(`${prefix}b`, revision)
  expect((await storage.list(`${prefix}b`)).items).toEqual([])
})

test('events wait for keys and never overtake; a writer waits for its own', async () => {
  const seen = await watched()
  const fetched = Promise.withResolvers<void>()
  gate = fetched.promise
  const foreign = using('one')
  await raw.put(`${prefix}a`, foreign.toStorage(bytes('1'), `${prefix}a`), 0)
  let written = false
  const writing = put('b', '2').then((revision) => {
    written = true
    return revision
  })
  await nextTurn()
  await nextTurn()
  expect([seen, written]).toEqual([[], false])
  fetched.resolve()
  const revision = await writing
  expect(seen).toEqual(['a=1', 'b=2'])
  gate = undefined
  await raw.delete(`${prefix}b`, revision)
  expect(seen).toEqual(['a=1', 'b=2', '-b'])
})

test('an event that no key opens is held back, said, and delivered once a key is there', async () => {
  const seen = await watched()
  await raw.put(`${prefix}a`, using('two').toStorage(bytes('1'), `${prefix}a`), 0)
  await nextTurn()
  expect([seen, unreadable]).toEqual([[], [`${prefix}a`]])
  transformer = using('one', 'two')
  retries.resolve()
  await nextTurn()
  expect(seen).toEqual(['a=1'])
})

test('64 writers of one key at once: one wins, all values are whole', async () => {
  const results = await Promise.all(Array.from({ length: 64 }, (_each, i) => storage.put(`${prefix}a`, bytes(`value ${i}`), 0)))
  expect(results.filter(({ ok }) => ok)).toHaveLength(1)
  for (const result of results) if (!result.ok) expect(text(result.current?.value)).toMatch(/^value \d+$/)
})
