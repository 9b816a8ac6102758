// Maps from names to bytes (base64). A null is no bytes: a client may send it, and it is stored as empty bytes.
type ByteValues = { readonly [key: string]: string | null } | undefined

export const totalBytes = (values: ByteValues): number =>
  Object.values(values ?? {}).reduce((sum, text) => (text === null ? sum : sum + Buffer.byteLength(text, 'base64')), 0)

/** As the values are when they have been stored and read. */
export function withoutNulls(values: ByteValues): void {
  for (const key in values) if (values[key] === null) (values as { [key: string]: string })[key] = ''
}
