/** The value itself, or a copy if keeping it would keep a much larger buffer (a pool, a network read) alive. */
export function ownBytes(value: Uint8Array): Uint8Array {
  return value.buffer.byteLength > 2 * value.byteLength ? new Uint8Array(value) : value
}
