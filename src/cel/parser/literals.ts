// The values of literals. Source: cel-go parser/unescape.go, parser.go (visitInt, ...).
import { CelBytes, type CelInt, int } from '../values/value.ts'

/** A literal without a value; the message is cel-go's. */
export class LiteralError extends Error {
  override readonly name = 'LiteralError'
}

const int64Max = 2n ** 63n - 1n
const uint64Max = 2n ** 64n - 1n

/** @param text with an optional sign, decimal or `0x` */
export function parseInt64(text: string): CelInt {
  const negative = text.startsWith('-')
  const digits = negative ? text.slice(1) : text
  if (digits.length < 16 && !digits.startsWith('0x')) return negative ? 0 - Number(digits) : Number(digits)
  const value = negative ? -BigInt(digits) : BigInt(digits)
  if (value > int64Max || value < -int64Max - 1n) throw new LiteralError('invalid int literal')
  return int(value)
}

export function parseUint64(text: string): bigint {
  const value = BigInt(text.slice(0, -1))
  if (value > uint64Max) throw new LiteralError('invalid uint literal')
  return value
}

export function parseDouble(text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value)) throw new LiteralError('invalid double literal')
  return value
}

/** @param token a STRING with its quotes */
export function parseString(token: string): string {
  const { body, raw } = unquote(token)
  const text = body.replaceAll(/\r\n?/g, '\n')
  if (raw || !text.includes('\\')) return text
  return text.replaceAll(escapes, (_all, octal?: string, hex?: string, short?: string, long?: string, char?: string) => {
    if (char !== undefined) return named.get(char)!
    const code = octal !== undefined ? Number.parseInt(octal, 8) : Number.parseInt((hex ?? short ?? long)!, 16)
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw new LiteralError('invalid unicode code point')
    return String.fromCodePoint(code)
  })
}

/** @param token a BYTES with its prefix and quotes */
export function parseBytes(token: string): CelBytes {
  const { body, raw } = unquote(token.slice(1))
  const text = body.replaceAll(/\r\n?/g, '\n')
  if (raw || !text.includes('\\')) return new CelBytes(new TextEncoder().encode(text))
  const parts: Uint8Array[] = []
  let at = 0
  for (const match of text.matchAll(escapes)) {
    parts.push(new TextEncoder().encode(text.slice(at, match.index)))
    const [, octal, hex, short, long, char] = match
    if (short !== undefined || long !== undefined) throw new LiteralError(`unable to unescape string`)
    if (char !== undefined) parts.push(new TextEncoder().encode(named.get(char)!))
    else parts.push(Uint8Array.of(octal !== undefined ? Number.parseInt(octal, 8) : Number.parseInt(hex!, 16)))
    at = match.index + match[0].length
  }
  parts.push(new TextEncoder().encode(text.slice(at)))
  return new CelBytes(Uint8Array.from(parts.flatMap((part) => [...part])))
}

const escapes = /\\(?:([0-3][0-7][0-7])|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([abfnrtv"'\\?`]))/g

const named: ReadonlyMap<string, string> = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
  ['?', '?'],
  ['`', '`'],
])

function unquote(token: string): { body: string; raw: boolean } {
  const raw = token.startsWith('r') || token.startsWith('R')
  const quoted = raw ? token.slice(1) : token
  const quotes = quoted.length >= 6 && quoted.startsWith(quoted[0]!.repeat(3)) ? 3 : 1
  return { body: quoted.slice(quotes, -quotes), raw }
}
