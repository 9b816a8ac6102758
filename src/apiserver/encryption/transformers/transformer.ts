// What a provider does to a stored value. Source: k8s.io/apiserver pkg/storage/value/transformer.go (Kubernetes 1.36).

/** A value as it was before it was stored. */
export interface ReadValue {
  readonly value: Uint8Array
  /** Not what the provider and key that write now would have written: an update is to rewrite it, also when it changes nothing. */
  readonly stale: boolean
}

export interface Transformer {
  /**
   * @param data as stored, without the prefixes that led here; never changed
   * @param key the storage key: the authenticated data of the providers that have such
   * @returns a promise only when a key must be fetched from a KMS plugin first
   * @throws {Error} when it cannot be read; the message is upstream's
   */
  fromStorage(data: Uint8Array, key: string): ReadValue | Promise<ReadValue>
  /** @returns a new array. @throws {Error} when no key may be used for writing now */
  toStorage(value: Uint8Array, key: string): Uint8Array
}

/** What a stored value begins with when a provider other than identity wrote it. */
const encryptedPrefix = Buffer.from('k8s:enc:')

export const isEncrypted = (stored: Uint8Array) => startsWith(stored, encryptedPrefix)

export function startsWith(data: Uint8Array, prefix: Uint8Array): boolean {
  if (data.length < prefix.length) return false
  for (let index = 0; index < prefix.length; index++) if (data[index] !== prefix[index]) return false
  return true
}
