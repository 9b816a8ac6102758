// Envelope encryption: the plugin encrypts a key (or a seed of keys), that key encrypts values, and its encrypted form travels with
// each of them. Source: k8s.io/apiserver pkg/storage/value/encrypt/envelope/kmsv2/envelope.go.
import { randomUUID } from 'node:crypto'
import type { Clock } from '../../../util/clock.ts'
import { newAesGcm } from '../transformers/aes-gcm.ts'
import { newExtendedNonceGcm } from '../transformers/extended-nonce.ts'
import type { ReadValue, Transformer } from '../transformers/transformer.ts'
import { hashIfAny } from './hash-if-any.ts'
import type { KmsService } from './kms-service.ts'
import { decodeEncryptedObject, dekSourceType, encodeEncryptedObject, type EncryptedObject } from './messages.ts'
import { validateEncryptedObject } from './validate-encrypted-object.ts'

/** The key that values are written with now. */
export interface WriteState {
  readonly transformer: Transformer
  /** `encryptedData` is filled in for each value. */
  readonly object: Omit<EncryptedObject, 'encryptedData'>
  /** Wall clock; after it nothing may be written with this state. Reads go on. */
  readonly expiresAtMs: number
}

export interface EnvelopeOptions {
  readonly service: Pick<KmsService, 'decrypt'>
  /** @throws {Error} while the plugin has never been healthy */
  readonly state: () => WriteState
  readonly clock: Clock
  readonly observe: EnvelopeObserver
}

export interface EnvelopeObserver {
  keyUsed(direction: 'from_storage' | 'to_storage', keyId: string): void
  cacheMiss(): void
  /** Keys that are held in memory. */
  cacheSize(size: number): void
}

/** Upstream's: entries are few (key ids times server starts), and one that is asked for again is decrypted again. */
const cacheTtlMs = 24 * 60 * 60 * 1000

interface CachedKey {
  readonly transformer: Transformer
  readonly expiresAtMs: number
}

/** @throws from its methods {Error}, {DecodeError} or, when the plugin refuses a key, {KmsCallError} as cause */
export function newEnvelopeTransformer({ service, state, clock, observe }: EnvelopeOptions): Transformer {
  const cache = new Map<string, CachedKey>()
  /** Keys under way from the plugin: values that need the same wait together. */
  const fetching = new Map<string, Promise<Transformer>>()

  const remember = (cacheKey: string, transformer: Transformer) => {
    const nowMs = clock.now()
    for (const [key, { expiresAtMs }] of cache) if (expiresAtMs <= nowMs) cache.delete(key)
    cache.set(cacheKey, { transformer, expiresAtMs: nowMs + cacheTtlMs })
    observe.cacheSize(cache.size)
  }

  async function fetchKey(cacheKey: string, object: EncryptedObject): Promise<Transformer> {
    observe.cacheMiss()
    const { encryptedDekSource: ciphertext, keyId, annotations } = object
    let key: Uint8Array
    try {
      key = await service.decrypt({ ciphertext, uid: randomUUID(), keyId, annotations })
    } catch (cause) {
      throw new Error(`failed to decrypt DEK, error: ${(cause as Error).message}`, { cause })
    }
    const isSeed = object.encryptedDekSourceType === dekSourceType.hkdfSha256ExtendedNonceAesGcmSeed
    const transformer = isSeed ? newExtendedNonceGcm(key) : newAesGcm({ key: aesKey(key) })
    remember(cacheKey, transformer)
    return transformer
  }

  function keyOf(object: EncryptedObject): Transformer | Promise<Transformer> {
    const cacheKey = cacheKeyOf(object)
    const cached = cache.get(cacheKey)
    if (cached && cached.expiresAtMs > clock.now()) return cached.transformer
    const underWay = fetching.get(cacheKey)
    if (underWay) return underWay
    const fetched = fetchKey(cacheKey, object).finally(() => fetching.delete(cacheKey))
    fetching.set(cacheKey, fetched)
    return fetched
  }

  return {
    fromStorage(data, storageKey) {
      const object = decodeEncryptedObject(data)
      validateEncryptedObject(object)
      const current = state().object
      const read = (transformer: Transformer): ReadValue => {
        observe.keyUsed('from_storage', object.keyId)
        const { value } = transformer.fromStorage(object.encryptedData, storageKey) as ReadValue
        return { value, stale: object.keyId !== current.keyId || object.encryptedDekSourceType !== current.encryptedDekSourceType }
      }
      const transformer = keyOf(object)
      return transformer instanceof Promise ? transformer.then(read) : read(transformer)
    },
    toStorage(value, storageKey) {
      const { transformer, object, expiresAtMs } = state()
      const nowMs = clock.now()
      if (nowMs > expiresAtMs) {
        const [expired, now] = [expiresAtMs, nowMs].map((ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z'))
        throw new Error(`encryptedDEKSource with keyID hash ${JSON.stringify(hashIfAny(object.keyId))} expired at ${expired} (current time is ${now})`)
      }
      const cacheKey = cacheKeyOf(object)
      if (!cache.has(cacheKey)) remember(cacheKey, transformer)
      observe.keyUsed('to_storage', object.keyId)
      const sealed = { ...object, encryptedData: transformer.toStorage(value, storageKey) }
      validateEncryptedObject(sealed)
      return encodeEncryptedObject(sealed)
    },
  }
}

function aesKey(key: Uint8Array): Uint8Array {
  if (key.length !== 16 && key.length !== 24 && key.length !== 32) throw new Error(`crypto/aes: invalid key size ${key.length}`)
  return key
}

/** Two envelopes with the same key have the same text; no two others do. */
function cacheKeyOf({ encryptedDekSourceType, encryptedDekSource, keyId, annotations }: Omit<EncryptedObject, 'encryptedData'>): string {
  const source = Buffer.from(encryptedDekSource.buffer, encryptedDekSource.byteOffset, encryptedDekSource.byteLength).toString('base64')
  const sorted = [...annotations].map(([key, value]) => [key, Buffer.from(value).toString('base64')]).toSorted(([a], [b]) => (a! < b! ? -1 : 1))
  return JSON.stringify([encryptedDekSourceType, source, keyId, sorted])
}
