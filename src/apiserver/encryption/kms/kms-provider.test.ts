import { beforeEach, expect, test } from 'vitest'
import { silentLogger } from '../../../component-base/logger.ts'
import { FakeClock } from '../../../util/fake/clock.ts'
import type { ReadValue } from '../transformers/transformer.ts'
import { FakeKmsService } from './fake/kms-service.ts'
import { KmsProvider } from './kms-provider.ts'
import { decodeEncryptedObject, dekSourceType, encodeEncryptedObject } from './messages.ts'

const path = '/registry/secrets/default/s'
const plain = Buffer.from('{"kind":"Secret"}')
const minuteMs = 60_000
let service: FakeKmsService
let clock: FakeClock
let observed: string[]

beforeEach(() => {
  service = new FakeKmsService()
  clock = new FakeClock()
  observed = []
})

const newProvider = () =>
  new KmsProvider({
    name: 'kms',
    service,
    clock,
    logger: silentLogger,
    observe: {
      keyUsed: (direction, keyId) => observed.push(`${direction} ${keyId}`),
      cacheMiss: () => observed.push('miss'),
      cacheSize: () => {},
      keyFromStatus: (keyId) => observed.push(`status ${keyId}`),
      invalidKeyFromStatus: (code) => observed.push(`invalid ${code}`),
    },
  })
const healthy = async () => {
  const provider = newProvider()
  await provider.check()
  return provider
}
const write = (provider: KmsProvider) => provider.transformer.toStorage(plain, path)
const read = async (provider: KmsProvider, stored: Uint8Array, key = path): Promise<ReadValue> => provider.transformer.fromStorage(stored, key)

test('many values, one seed: the plugin is called once; the seed is nowhere in the store', async () => {
  const provider = await healthy()
  const stored = Array.from({ length: 100 }, () => write(provider))
  for (const value of stored) expect(await read(provider, value)).toEqual({ value: plain, stale: false })
  expect(service.calls).toEqual({ status: 1, encrypt: 1, decrypt: 0 })
  const object = decodeEncryptedObject(stored[0]!)
  expect(object).toMatchObject({ keyId: 'one', encryptedDekSourceType: dekSourceType.hkdfSha256ExtendedNonceAesGcmSeed, annotations: service.annotations })
})

test('another process: the first read asks the plugin, readers at the same time wait for one answer', async () => {
  const stored = write(await healthy())
  const other = await healthy()
  const reads = await Promise.all(Array.from({ length: 64 }, () => read(other, stored)))
  expect(reads.every(({ value }) => plain.equals(value))).toBe(true)
  expect(service.calls.decrypt).toBe(1)
  expect(observed.filter((each) => each === 'miss')).toHaveLength(1)
})

test('a value that was moved, or whose key the plugin refuses', async () => {
  const stored = write(await healthy())
  const other = await healthy()
  await expect(read(other, stored, `${path}2`)).rejects.toThrow('cipher: message authentication failed')
  const third = await healthy()
  service.failure = new Error('rpc error: code = Unavailable desc = gone')
  await expect(read(third, stored)).rejects.toThrow('failed to decrypt DEK, error: rpc error: code = Unavailable desc = gone')
})

test('another key id: new seed, old values are stale and readable', async () => {
  const provider = await healthy()
  const old = write(provider)
  service.keyId = 'two'
  await clock.advance(21_000)
  await provider.check()
  const young = write(provider)
  expect(decodeEncryptedObject(young).keyId).toBe('two')
  expect(await read(provider, old)).toMatchObject({ stale: true })
  expect(await read(provider, young)).toMatchObject({ stale: false })
  expect(service.calls).toEqual({ status: 2, encrypt: 2, decrypt: 0 })
})

test('answers are repeated: good ones for 20 s, bad ones for 3 s', async () => {
  const provider = await healthy()
  await clock.advance(19_000)
  await provider.check()
  expect(service.calls.status).toBe(1)
  service.failure = new Error('x')
  await clock.advance(2_000)
  await expect(provider.check()).rejects.toThrow('failed to perform status section of the healthz check for KMS Provider kms, error: x')
  await clock.advance(2_000)
  await expect(provider.check()).rejects.toThrow('error: x')
  expect(service.calls.status).toBe(2)
  await clock.advance(2_000)
  service.failure = undefined
  await provider.check()
})

test('a plugin that goes away: writes for 3 more minutes, reads for ever', async () => {
  const provider = await healthy()
  const stored = write(provider)
  const stop = new AbortController()
  const running = provider.run(stop.signal)
  service.failure = new Error('gone')
  await clock.advance(3 * minuteMs - 1000)
  write(provider)
  await clock.advance(2000)
  expect(() => write(provider)).toThrow(
    /^encryptedDEKSource with keyID hash "sha256:[0-9a-f]{64}" expired at 2026-01-01T00:03:00Z \(current time is 2026-01-01T00:03:01Z\)$/,
  )
  expect(await read(provider, stored)).toMatchObject({ stale: false })
  // Asked every 10 s while it is away: back within that time.
  service.failure = undefined
  await clock.advance(10_000)
  write(provider)
  stop.abort()
  await running
})

for (const { name, change, message, writes } of [
  { name: 'not ok', writes: true, change: { healthz: 'sealed' }, message: 'kmsv2 Provider kms is not healthy, error: got unexpected healthz status: sealed' },
  { name: 'another version', writes: true, change: { version: 'v1' }, message: 'expected KMSv2 API version v2, got v1' },
  { name: 'no key id', change: { keyId: '' }, message: 'got invalid KMSv2 KeyID hash "": keyID is empty' },
  { name: 'a long key id', change: { keyId: 'k'.repeat(1025) }, message: 'keyID is 1025 bytes, which exceeds the max size of 1024' },
  { name: 'encrypts with another key', change: { encryptKeyId: 'other' }, message: 'failed to rotate DEK uid=' },
  {
    name: 'annotations that are no domain names',
    change: { annotations: new Map([['x', Uint8Array.of(1)]]) },
    message: 'should be a domain with at least two segments',
  },
]) {
  test(`unhealthy from the start: ${name}`, async () => {
    Object.assign(service, change)
    const provider = newProvider()
    await expect(provider.check()).rejects.toThrow(message)
    // As upstream: a key id alone is enough for a seed, and writing then works until it ends.
    if (writes) expect(write(provider).length).toBeGreaterThan(0)
    else expect(() => write(provider)).toThrow('got unexpected nil transformer')
  })
}

test('unhealthy later: the version may not change', async () => {
  const provider = await healthy()
  service.version = 'v2beta1'
  await clock.advance(21_000)
  await expect(provider.check()).rejects.toThrow('KMSv2 API version should not change after the initial status response version v2, got v2beta1')
})

test('envelopes that are not in order', async () => {
  const provider = await healthy()
  const good = decodeEncryptedObject(write(provider))
  for (const [change, message] of [
    [{ encryptedDekSourceType: 2 }, 'unknown encryptedDEKSourceType: 2'],
    [{ encryptedData: new Uint8Array() }, 'encrypted data is empty'],
    [{ encryptedDekSource: new Uint8Array() }, 'failed to validate encrypted DEK source: encrypted DEK source is empty'],
    [{ encryptedDekSource: new Uint8Array(1025) }, 'encrypted DEK source is 1025 bytes, which exceeds the max size of 1024'],
    [{ keyId: '' }, 'failed to validate key id: keyID is empty'],
    [{ annotations: new Map([['a.b', new Uint8Array(32 * 1024)]]) }, 'total size of annotations is 32771, which exceeds the max size of 32768'],
  ] as const) {
    await expect(read(provider, encodeEncryptedObject({ ...good, ...change }))).rejects.toThrow(message)
  }
})
