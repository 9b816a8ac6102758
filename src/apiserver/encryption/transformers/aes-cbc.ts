// AES-CBC with PKCS#7 padding: IV (16 bytes), ciphertext. Nothing is authenticated: weak, for values that upstream wrote so.
// Source: k8s.io/apiserver pkg/storage/value/encrypt/aes/aes.go (NewCBCTransformer).
import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto'
import type { Transformer } from './transformer.ts'

const blockBytes = 16

/** @param key 16, 24 or 32 bytes */
export function newAesCbc(key: Uint8Array): Transformer {
  const algorithm = `aes-${key.length * 8}-cbc`
  return {
    fromStorage(data) {
      if (data.length < blockBytes) throw new Error('the stored data was shorter than the required size')
      if (data.length % blockBytes !== 0) throw new Error('the stored data is not a multiple of the block size')
      if (data.length === blockBytes) throw new Error('invalid PKCS7 data (empty or not padded)')
      const decipher = createDecipheriv(algorithm, key, data.subarray(0, blockBytes)).setAutoPadding(false)
      return { value: withoutPadding(Buffer.concat([decipher.update(data.subarray(blockBytes)), decipher.final()])), stale: false }
    },
    toStorage(value) {
      const iv = randomFillSync(new Uint8Array(blockBytes))
      const cipher = createCipheriv(algorithm, key, iv)
      return Buffer.concat([iv, cipher.update(value), cipher.final()])
    },
  }
}

/** Of PKCS#7, in Go's order of checks: padding may be as long as the whole value, as upstream allows. */
function withoutPadding(padded: Uint8Array): Uint8Array {
  const size = padded.at(-1)!
  if (size === 0 || size > padded.length) throw new Error('invalid PKCS7 data (empty or not padded)')
  const value = padded.subarray(0, padded.length - size)
  if (padded.subarray(value.length).some((byte) => byte !== size)) throw new Error('invalid padding on input')
  return value
}
