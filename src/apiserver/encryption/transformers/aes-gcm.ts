// AES-GCM with a random nonce: nonce (12 bytes), ciphertext, tag (16). The key path is authenticated.
// Source: k8s.io/apiserver pkg/storage/value/encrypt/aes/aes.go (NewGCMTransformer).
import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto'
import type { Transformer } from './transformer.ts'

const nonceBytes = 12
const tagBytes = 16
/**
 * Writes after which upstream's documentation asks for another key: random 96-bit nonces repeat by chance. Well below the 2^32 of
 * NIST SP 800-38D, because a key lives longer than the process that counts.
 */
export const gcmWritesMax = 200_000

export interface GcmOptions {
  /** 16, 24 or 32 bytes. */
  readonly key: Uint8Array
  /** Called once, when this process has made `writesMax` writes with the key. */
  readonly onWornOut?: () => void
  /** Default {@link gcmWritesMax}. */
  readonly writesMax?: number
}

export function newAesGcm({ key, onWornOut, writesMax = gcmWritesMax }: GcmOptions): Transformer {
  let writes = 0
  return {
    fromStorage: (data, storageKey) => ({ value: openGcm(key, data, storageKey), stale: false }),
    toStorage(value, storageKey) {
      if (++writes === writesMax) onWornOut?.()
      const stored = new Uint8Array(nonceBytes + value.length + tagBytes)
      sealGcm(key, value, storageKey, stored)
      return stored
    },
  }
}

/** @param into as long as nonce, value and tag together. Draws the nonce. */
export function sealGcm(key: Uint8Array, value: Uint8Array, storageKey: string, into: Uint8Array): void {
  const nonce = randomFillSync(into.subarray(0, nonceBytes))
  const cipher = createCipheriv(algorithmOf(key), key, nonce)
  cipher.setAAD(Buffer.from(storageKey))
  into.set(cipher.update(value), nonceBytes)
  cipher.final()
  into.set(cipher.getAuthTag(), nonceBytes + value.length)
}

/** @throws {Error} tampered, moved to another key, cut, or another key's */
export function openGcm(key: Uint8Array, data: Uint8Array, storageKey: string): Uint8Array {
  if (data.length < nonceBytes) throw new Error('the stored data was shorter than the required size')
  if (data.length < nonceBytes + tagBytes) throw new Error('cipher: message authentication failed')
  const decipher = createDecipheriv(algorithmOf(key), key, data.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(storageKey))
  decipher.setAuthTag(data.subarray(data.length - tagBytes))
  const value = decipher.update(data.subarray(nonceBytes, data.length - tagBytes))
  try {
    decipher.final()
  } catch (cause) {
    throw new Error('cipher: message authentication failed', { cause })
  }
  return value
}

/** Bytes of a nonce and a tag: what a sealed value is longer by. */
export const gcmOverheadBytes = nonceBytes + tagBytes

const algorithmOf = (key: Uint8Array) => `aes-${key.length * 8}-gcm` as 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm'
