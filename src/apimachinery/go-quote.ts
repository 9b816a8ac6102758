// Texts as Go's strconv.Quote, %q, %v and encoding/json write them: error messages of the API quote what users sent.
import { getMember, isRaw } from './json-equal.ts'
import type { JsonValue } from './json-value.ts'

/** Characters that Go's quoted texts have a short escape for. */
export const goEscapes: ReadonlyMap<string, string> = new Map([
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['\\', '\\\\'],
  ['"', '\\"'],
])

/** unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space. */
export const isPrintable = (char: string) => /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(char)

const hex = (code: number, digits: number) => code.toString(16).padStart(digits, '0')

/** `strconv.Quote`: what `%q` prints for a string. */
export function goQuote(text: string): string {
  if (/^[ !#-[\]-~]*$/.test(text)) return `"${text}"`
  let out = ''
  for (const char of text) {
    const code = char.codePointAt(0)!
    if (goEscapes.has(char)) out += goEscapes.get(char)!
    else if (isPrintable(char)) out += char
    else if (code < 0x20 || code === 0x7f) out += `\\x${hex(code, 2)}`
    else if (code >= 0xd800 && code <= 0xdfff) out += '\ufffd'
    else if (code < 0x10000) out += `\\u${hex(code, 4)}`
    else out += `\\U${hex(code, 8)}`
  }
  return `"${out}"`
}

/** Texts that stand in JSON as they are. */
const plain = /^[\w ./:;,=+@%~#$^*()[\]{}|!?-]*$/
const htmlSpecial = /[<>&\u2028\u2029]/
const htmlSpecials = new RegExp(htmlSpecial, 'g')

/** `json.Marshal`: JSON.stringify with Go's escapes of <, >, &, U+2028 and U+2029. */
export function goJson(value: unknown): string {
  if (typeof value === 'string' && plain.test(value)) return `"${value}"`
  const text = JSON.stringify(value ?? null)
  return htmlSpecial.test(text) ? text.replaceAll(htmlSpecials, (char) => `\\u${hex(char.charCodeAt(0), 4)}`) : text
}

/** `%v` of a decoded JSON value: `map[a:1 b:[x y]]`, keys sorted. */
export function goPrint(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '<nil>'
  if (isRaw(value)) return value.rawJSON
  if (Array.isArray(value)) return `[${value.map(goPrint).join(' ')}]`
  if (typeof value !== 'object') return String(value)
  const keys = Object.keys(value).sort()
  return `map[${keys.map((key) => `${key}:${goPrint(getMember(value, key))}`).join(' ')}]`
}
