// The careful JSON parser: Go's grammar, Go's messages, exact integers, duplicate keys. It is taken where JSON.parse cannot
// tell what Go would say (json-parse.ts decides). It keeps its own stack, so depth is bounded by `depthMax` alone.
// Source of the messages: Go 1.25 encoding/json scanner.go; sigs.k8s.io/json.
import { getMember, isObject, setMember } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { DecodeError, type ScanOptions } from './codec.ts'
import { fitsInt64, integerToJson, literalToJson } from './raw-json.ts'

/** Go's decoder gives up below this many containers. */
export const depthMax = 10_000
/** sigs.k8s.io/json remembers no more strict errors than this. */
export const strictErrorsMax = 100

interface Frame {
  readonly container: JsonObject | JsonValue[]
  /** Keys seen; undefined for lists. */
  readonly keys: Set<string> | undefined
  key: string
  /** Keys that were reported as given twice. */
  repeated?: Set<string>
}

/** @throws {DecodeError} `invalid character 'x' after top-level value` */
export function scanJson(text: string, options: ScanOptions = {}): { value: JsonValue; duplicates: readonly string[] } {
  return new Scanner(text, options).scan()
}

class Scanner {
  readonly #text: string
  readonly #options: ScanOptions
  #at = 0
  readonly #stack: Frame[] = []
  readonly #duplicates: string[] = []
  /** The first number beyond a double. Go checks all of the grammar before it looks at values. */
  #tooLarge: string | undefined

  constructor(text: string, options: ScanOptions) {
    this.#text = text
    this.#options = options
  }

  scan(): { value: JsonValue; duplicates: readonly string[] } {
    let value = this.#begin()
    // A value is complete when it is not undefined; then it goes into the container around it.
    while (true) {
      if (value === undefined) {
        value = this.#begin()
        continue
      }
      const frame = this.#stack.at(-1)
      if (!frame) break
      if (frame.keys) setMember(frame.container as JsonObject, frame.key, value)
      else (frame.container as JsonValue[]).push(value)
      value = frame.keys ? this.#afterMember(frame) : this.#afterElement(frame)
    }
    this.#space()
    if (this.#at < this.#text.length) throw this.#unexpected('after top-level value')
    if (this.#tooLarge !== undefined) throw new DecodeError(`json: cannot unmarshal number ${this.#tooLarge} into Go value of type float64`)
    return { value, duplicates: this.#duplicates }
  }

  /** Reads a scalar or an empty container whole; of other containers the opening (and first key), then gives undefined. */
  #begin(): JsonValue | undefined {
    this.#space()
    switch (this.#text.charAt(this.#at)) {
      case '{':
        return this.#beginObject()
      case '[':
        return this.#beginList()
      case '"':
        return this.#string()
      case 't':
        return this.#literal('true', true)
      case 'f':
        return this.#literal('false', false)
      case 'n':
        return this.#literal('null', null)
      default:
        return this.#number()
    }
  }

  #beginObject(): JsonValue | undefined {
    this.#open({ container: this.#merged() ?? {}, keys: new Set(), key: '' })
    if (this.#text[this.#at] === '}') return this.#close()
    this.#memberKey(this.#stack.at(-1)!)
    return undefined
  }

  #beginList(): JsonValue | undefined {
    this.#open({ container: [], keys: undefined, key: '' })
    return this.#text[this.#at] === ']' ? this.#close() : undefined
  }

  /** The object that was given before under the key in hand. */
  #merged(): JsonObject | undefined {
    const frame = this.#stack.at(-1)
    if (!this.#options.merges || !frame?.keys) return undefined
    const before = getMember(frame.container as JsonObject, frame.key)
    return isObject(before) ? before : undefined
  }

  #open(frame: Frame): void {
    if (this.#stack.push(frame) > depthMax) throw new DecodeError('exceeded max depth')
    this.#at++
    this.#space()
  }

  #close(): JsonValue {
    this.#at++
    return this.#stack.pop()!.container
  }

  #memberKey(frame: Frame): void {
    this.#space()
    if (this.#text[this.#at] !== '"') throw this.#unexpected('looking for beginning of object key string')
    frame.key = this.#string()
    if (frame.keys!.has(frame.key)) this.#reportDuplicate(frame)
    frame.keys!.add(frame.key)
    this.#space()
    if (this.#text[this.#at] !== ':') throw this.#unexpected('after object key')
    this.#at++
  }

  #afterMember(frame: Frame): JsonValue | undefined {
    this.#space()
    if (this.#text[this.#at] === '}') return this.#close()
    if (this.#text[this.#at] !== ',') throw this.#unexpected('after object key:value pair')
    this.#at++
    this.#memberKey(frame)
    return undefined
  }

  #afterElement(_frame: Frame): JsonValue | undefined {
    this.#space()
    if (this.#text[this.#at] === ']') return this.#close()
    if (this.#text[this.#at] !== ',') throw this.#unexpected('after array element')
    this.#at++
    return undefined
  }

  /** Each key of an object once: the path is long where objects are nested deeply. */
  #reportDuplicate(frame: Frame): void {
    if (this.#duplicates.length >= strictErrorsMax || frame.repeated?.has(frame.key)) return
    frame.repeated = (frame.repeated ?? new Set()).add(frame.key)
    let path = ''
    for (const { container, keys, key } of this.#stack) path += keys ? (path ? '.' : '') + key : `[${(container as JsonValue[]).length}]`
    if (!this.#duplicates.includes(path)) this.#duplicates.push(path)
  }

  #space(): void {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? 'x')) this.#at++
  }

  #literal<T extends JsonValue>(word: string, value: T): T {
    for (let i = 1; i < word.length; i++) {
      this.#at++
      if (this.#text[this.#at] !== word[i]) throw this.#unexpected(`in literal ${word} (expecting '${word[i]}')`)
    }
    this.#at++
    return value
  }

  #string(): string {
    const start = this.#at++
    while (true) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === 0x22) break
      if (Number.isNaN(code) || code < 0x20) throw this.#unexpected('in string literal')
      this.#at++
      if (code === 0x5c) this.#escape()
    }
    this.#at++
    // Checked above, so JSON.parse only undoes the escapes; Go puts U+FFFD for halves of surrogate pairs.
    return (JSON.parse(this.#text.slice(start, this.#at)) as string).toWellFormed()
  }

  #escape(): void {
    const char = this.#text[this.#at] ?? ''
    if (char === '' || !'bfnrt\\/"u'.includes(char)) throw this.#unexpected('in string escape code')
    this.#at++
    if (char !== 'u') return
    for (let i = 0; i < 4; i++, this.#at++) {
      if (!isHexDigit(this.#text.charCodeAt(this.#at))) throw this.#unexpected(String.raw`in \u hexadecimal character escape`)
    }
  }

  #number(): JsonValue {
    const start = this.#at
    const digits = (context: string) => {
      if (!isDigit(this.#text[this.#at])) throw this.#unexpected(context)
      while (isDigit(this.#text[this.#at])) this.#at++
    }
    const negative = this.#text[start] === '-'
    if (negative) this.#at++
    if (this.#text[this.#at] === '0') this.#at++
    else digits(negative ? 'in numeric literal' : 'looking for beginning of value')
    let integer = true
    if (this.#text[this.#at] === '.') {
      integer = false
      this.#at++
      digits('after decimal point in numeric literal')
    }
    if (/^[eE]$/.test(this.#text[this.#at] ?? '')) {
      integer = false
      this.#at++
      if (/^[+-]$/.test(this.#text[this.#at] ?? '')) this.#at++
      digits('in exponent of numeric literal')
    }
    const literal = this.#text.slice(start, this.#at)
    const value = numberOf(literal, integer, this.#options.literals)
    if (value === Infinity || value === -Infinity) this.#tooLarge ??= literal
    return value
  }

  #unexpected(context: string): DecodeError {
    const char = this.#text.codePointAt(this.#at)
    if (char === undefined) return new DecodeError('unexpected end of JSON input')
    return new DecodeError(`invalid character ${quoteByte(firstByte(char))} ${context}`)
  }
}

const isHexDigit = (code: number) => (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66)
const isDigit = (char: string | undefined) => char !== undefined && char >= '0' && char <= '9'

/** Longer ones surely exceed an int64; they are doubles to Go, too, where any number is allowed. */
const int64DigitsMax = 20

function numberOf(text: string, integer: boolean, literals = false): JsonValue {
  if (integer && text.length <= int64DigitsMax) {
    const exact = BigInt(text)
    if (fitsInt64(exact)) return integerToJson(exact)
  }
  const value = Number(text)
  return literals && Number.isFinite(value) && String(value) !== text ? literalToJson(text) : value
}

/** Go's scanner speaks of bytes, not of characters. */
const firstByte = (codePoint: number) => Buffer.from(String.fromCodePoint(codePoint))[0]!

const named = new Map([
  [0x07, String.raw`\a`],
  [0x08, String.raw`\b`],
  [0x0c, String.raw`\f`],
  [0x0a, String.raw`\n`],
  [0x0d, String.raw`\r`],
  [0x09, String.raw`\t`],
  [0x0b, String.raw`\v`],
  [0x27, String.raw`\'`],
  [0x5c, String.raw`\\`],
])

function quoteByte(byte: number): string {
  const name = named.get(byte)
  if (name) return `'${name}'`
  if (byte < 0x20 || byte === 0x7f) return String.raw`'\x${byte.toString(16).padStart(2, '0')}'`
  return byte >= 0x80 && (byte <= 0xa0 || byte === 0xad) ? String.raw`'\u${byte.toString(16).padStart(4, '0')}'` : `'${String.fromCharCode(byte)}'`
}
