// AES-GCM under a key of its own for every value: info (32 random bytes), then nonce, ciphertext, tag as of AES-GCM. The key is
// HKDF-Expand(SHA-256, seed, info), so one seed never wears out. Used by KMS v2.
// Source: k8s.io/apiserver pkg/storage/value/encrypt/aes/aes_extended_nonce.go.
import { createHmac, randomFillSync } from 'node:crypto'
import { gcmOverheadBytes, openGcm, sealGcm } from './aes-gcm.ts'
import type { Transformer } from './transformer.ts'

const infoBytes = 32
const seedBytesMin = 32

/** @param seed at least 32 random bytes. @throws {Error} for a shorter one */
export function newExtendedNonceGcm(seed: Uint8Array): Transformer {
  if (seed.length < seedBytesMin) throw new Error(`invalid seed length ${seed.length} used for key generation`)
  return {
    fromStorage(data, storageKey) {
      if (data.length < infoBytes) throw new Error('the stored data was shorter than the required size')
      return { value: openGcm(derive(seed, data.subarray(0, infoBytes)), data.subarray(infoBytes), storageKey), stale: false }
    },
    toStorage(value, storageKey) {
      const stored = new Uint8Array(infoBytes + gcmOverheadBytes + value.length)
      const info = randomFillSync(stored.subarray(0, infoBytes))
      sealGcm(derive(seed, info), value, storageKey, stored.subarray(infoBytes))
      return stored
    },
  }
}

/** HKDF's second half (RFC 5869, 2.3) for one block: the 32 bytes of HMAC(seed, info | 1) are the whole key. */
const derive = (seed: Uint8Array, info: Uint8Array) => createHmac('sha256', seed).update(info).update(Uint8Array.of(1)).digest()
