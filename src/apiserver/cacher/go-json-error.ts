import { isUtf8 } from 'node:buffer'
import { DecodeError } from '../../apimachinery/codec/codec.ts'
import { scanJson } from '../../apimachinery/codec/json-scan.ts'

/** What Go's decoder says of bytes that are no JSON: `invalid character 'x' looking for beginning of value`. */
export function goSyntaxError(json: Uint8Array): string {
  if (isUtf8(json)) {
    try {
      scanJson(Buffer.from(json).toString('utf8'))
    } catch (error) {
      if (error instanceof DecodeError) return error.message
      throw error
    }
  }
  // Other bytes than text: most likely the first is wrong already.
  const first = json.find((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)
  if (first === undefined) return 'unexpected end of JSON input'
  return `invalid character ${goQuotedByte(first)} looking for beginning of value`
}

/** A byte as Go quotes it in syntax errors: the rune with its number. */
function goQuotedByte(byte: number): string {
  if (byte === 0x27) return String.raw`'\''`
  if (byte === 0x22) return `'"'`
  if (byte === 0x5c) return String.raw`'\\'`
  if (byte >= 0x20 && byte < 0x7f) return `'${String.fromCharCode(byte)}'`
  if (byte < 0x80) return `'\\x${byte.toString(16).padStart(2, '0')}'`
  if (byte >= 0xa1 && byte !== 0xad) return `'${String.fromCharCode(byte)}'`
  return `'\\u${byte.toString(16).padStart(4, '0')}'`
}
