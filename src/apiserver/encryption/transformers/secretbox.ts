// XSalsa20 and Poly1305 (NaCl's secretbox): nonce (24 bytes), tag (16), ciphertext. The key path is not authenticated.
// Source: k8s.io/apiserver pkg/storage/value/encrypt/secretbox/secretbox.go.
import { randomFillSync } from 'node:crypto'
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import type { Transformer } from './transformer.ts'

const nonceBytes = 24
const tagBytes = 16

/** @param key 32 bytes */
export function newSecretbox(key: Uint8Array): Transformer {
  return {
    fromStorage(data) {
      if (data.length < nonceBytes + tagBytes) throw new Error('the stored data was shorter than the required size')
      return { value: open(data), stale: false }
    },
    toStorage(value) {
      const stored = new Uint8Array(nonceBytes + tagBytes + value.length)
      const nonce = randomFillSync(stored.subarray(0, nonceBytes))
      stored.set(xsalsa20poly1305(key, nonce).encrypt(value), nonceBytes)
      return stored
    },
  }

  function open(data: Uint8Array): Uint8Array {
    try {
      return xsalsa20poly1305(key, data.subarray(0, nonceBytes)).decrypt(data.subarray(nonceBytes))
    } catch (cause) {
      // Upstream's words for a box that does not open, whatever the reason.
      throw new Error('output array was not large enough for encryption', { cause })
    }
  }
}
