// Objects as YAML, in the style of Go's emitter, which users of kubectl know: keys sorted, lists not indented below their key,
// long lines folded behind column 80. Source: sigs.k8s.io/yaml goyaml.v2 (encode.go, emitterc.go, resolve.go).
import { isObject } from '../../apimachinery/json-equal.ts'
import type { JsonObject, JsonValue, RawJson } from '../../apimachinery/json-value.ts'

const widthMax = 80

export function encodeYaml(object: JsonObject): string {
  return Object.keys(object).length === 0 ? '{}\n' : mapping(object, 0)
}

/** One item of a list that is a member of the document. */
export const encodeYamlItem = (value: JsonValue): string => sequence([value], 0)

function mapping(object: JsonObject, indent: number): string {
  return Object.keys(object)
    .sort()
    .map((key) => `${' '.repeat(indent)}${member(key, object[key]!, indent)}`)
    .join('')
}

function member(key: string, value: JsonValue, indent: number): string {
  const name = scalar(key, { column: indent, indent, isKey: true })
  if (isContainer(value)) return `${name}:${container(value, indent, indent)}`
  return `${name}: ${scalarValue(value, { column: indent + name.length + 2, indent: indent + 2, isKey: false })}\n`
}

const isContainer = (value: JsonValue): value is JsonValue[] | JsonObject => Array.isArray(value) || isObject(value)

/** What follows a colon; a list begins in the column of its key. */
function container(value: JsonValue[] | JsonObject, indent: number, listIndent: number): string {
  if (Array.isArray(value)) return value.length === 0 ? ' []\n' : `\n${sequence(value, listIndent)}`
  return Object.keys(value).length === 0 ? ' {}\n' : `\n${mapping(value, indent + 2)}`
}

function sequence(values: readonly JsonValue[], indent: number): string {
  const pad = ' '.repeat(indent)
  return values
    .map((value) => {
      if (!isContainer(value)) return `${pad}- ${scalarValue(value, { column: indent + 2, indent: indent + 2, isKey: false })}\n`
      if (Array.isArray(value)) return value.length === 0 ? `${pad}- []\n` : `${pad}- ${sequence(value, indent + 2).slice(indent + 2)}`
      return Object.keys(value).length === 0 ? `${pad}- {}\n` : `${pad}- ${mapping(value, indent + 2).slice(indent + 2)}`
    })
    .join('')
}

interface Place {
  /** Where the scalar begins. */
  readonly column: number
  /** Of its continuation lines. */
  readonly indent: number
  /** Keys stay on one line. */
  readonly isKey: boolean
}

function scalarValue(value: string | number | boolean | null | RawJson | JsonObject, place: Place): string {
  if (typeof value === 'string') return scalar(value, place)
  if (typeof value === 'object' && value !== null) return (value as RawJson).rawJSON
  return String(value)
}

function scalar(text: string, place: Place): string {
  if (text.includes('\n') && !place.isKey && !unprintable.test(text)) return literal(text, place.indent)
  if (unprintable.test(text) || resolvesToOther(text)) return doubleQuoted(text, place)
  if (isPlain(text)) return fold(text, place, true)
  return `'${fold(text.replaceAll("'", "''"), { ...place, column: place.column + 1 }, false)}'`
}

const unprintable = /[^\t\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]|\ufeff/u

/** Text that without quotes would be read as something else than a string. */
function resolvesToOther(text: string): boolean {
  return (
    /^(~|null|Null|NULL|<<|)$/.test(text) ||
    /^(y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF|true|True|TRUE|false|False|FALSE)$/.test(text) ||
    /^[-+]?(\.inf|\.Inf|\.INF)$|^(\.nan|\.NaN|\.NAN)$/.test(text) ||
    /^[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+|[0-9][0-9_]*)$/.test(text) ||
    /^[-+]?(\.[0-9_]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?$/.test(text) ||
    /^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/.test(text) ||
    /^\d{4}-\d{1,2}-\d{1,2}([Tt ]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[-+]\d\d:\d\d)?)?$/.test(text)
  )
}

function isPlain(text: string): boolean {
  if (/^[#,[\]{}&*!|>'"%@`]/.test(text) || /^[-?:]( |$)/.test(text) || /^(---|\.\.\.)/.test(text)) return false
  return !/^ | $|\n|\t|: |:$| #/.test(text)
}

/** Breaks a line at single spaces once it is too long. @param atEnds whether the first and last characters may be breaks */
function fold(text: string, { column, indent, isKey }: Place, atEnds: boolean): string {
  if (isKey || column + text.length <= widthMax || !text.includes(' ')) return text
  let out = ''
  let at = column
  let wasSpace = false
  for (let i = 0; i < text.length; i++) {
    const isSpace = text[i] === ' '
    const inside = atEnds || (i > 0 && i < text.length - 1)
    if (isSpace && !wasSpace && at > widthMax && inside && text[i + 1] !== ' ') {
      out += `\n${' '.repeat(indent)}`
      at = indent
    } else {
      out += text[i]!
      at++
    }
    wasSpace = isSpace
  }
  return out
}

const escapes: Readonly<Record<string, string>> = {
  '"': String.raw`\"`,
  '\\': String.raw`\\`,
  '\n': String.raw`\n`,
  '\t': String.raw`\t`,
  '\r': String.raw`\r`,
  '\0': String.raw`\0`,
  '\x1b': String.raw`\e`,
}

function doubleQuoted(text: string, place: Place): string {
  let escaped = ''
  for (const char of text) {
    const known = Object.hasOwn(escapes, char) ? escapes[char]! : undefined
    const code = char.codePointAt(0)!
    const hex = code.toString(16).toUpperCase()
    if (known !== undefined) escaped += known
    else if (unprintable.test(char))
      escaped += code <= 0xff ? `\\x${hex.padStart(2, '0')}` : code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
    else escaped += char
  }
  return `"${fold(escaped, { ...place, column: place.column + 1 }, false)}"`
}

function literal(text: string, indent: number): string {
  const body = text.replace(/\n+$/, '')
  const tail = text.length - body.length
  const chomp = tail === 0 ? '-' : tail === 1 && body !== '' ? '' : '+'
  const hint = /^[ \n]/.test(text) ? '2' : ''
  const lines = body.split('\n').map((line) => (line === '' ? '' : `${' '.repeat(indent)}${line}`))
  return `|${hint}${chomp}\n${lines.join('\n')}${'\n'.repeat(Math.max(0, tail - 1))}`
}
