// Bytes to text as Go reads them: every byte that is not part of valid UTF-8 becomes one U+FFFD. (The WHATWG decoder, and so Node's, makes
// one of the beginning of a sequence that breaks off.)
import { isUtf8 } from 'node:buffer'

const replacement = [0xef, 0xbf, 0xbd]

export function utf8(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  return text.includes('\ufffd') && !isUtf8(bytes) ? replaced(bytes) : text
}

function replaced(bytes: Uint8Array): string {
  const out = Buffer.allocUnsafe(bytes.length * replacement.length)
  let length = 0
  for (let at = 0; at < bytes.length;) {
    const size = sequenceAt(bytes, at)
    for (let i = 0; i < size; i++) out[length++] = bytes[at + i]!
    if (size === 0) for (const byte of replacement) out[length++] = byte
    at += size || 1
  }
  return out.toString('utf8', 0, length)
}

/** Length of the valid sequence that starts at `at`; 0 when none does. Source: Go 1.25 unicode/utf8 (first, acceptRanges). */
function sequenceAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!
  if (first < 0x80) return 1
  if (first < 0xc2 || first > 0xf4) return 0
  const size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  const second = bytes[at + 1] ?? 0
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (second < low || second > high) return 0
  for (let i = 2; i < size; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0
  return size
}
