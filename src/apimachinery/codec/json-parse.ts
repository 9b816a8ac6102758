// Request bodies to values. JSON.parse does the work; the careful parser is called for what JSON.parse would get wrong or
// could not put in Go's words, and for the names of duplicate fields, which only strict validation asks for.
import type { JsonObject, JsonValue } from '../json-value.ts'
import type { ScanOptions } from './codec.ts'
import { utf8 } from './go-utf8.ts'
import { depthMax, scanJson } from './json-scan.ts'

export interface ParsedJson {
  readonly value: JsonValue
  /** Paths of fields that were given twice. Computed when first read. */
  readonly duplicates: readonly string[]
}

/** Integers that may not fit a double, halves of surrogate pairs, exponents that may overflow. Strings may match, too: that costs only time. */
const needsCare = /(?:^|[:[,])\s*-?\d{16}|\\u[dD][89a-fA-F]|\d[eE]\+?\d{3}/

/** The same, and numbers that JSON.parse gives, but not as they were written: `1.0`, `1e3`, `0.0000001`. */
const needsMoreCare = /(?:^|[:[,])\s*-?(?:\d{16}|0\.0{6}|\d+(?:\.\d*0|(?:\.\d+)?[eE][-+]?\d+)\s*[,}\]])|\\u[dD][89a-fA-F]|\d[eE]\+?\d{3}/

/** Where neither of them can match, found in less than half the time. */
const mayNeedCare = /[:[,]\s*-?\d+(?:\d{15}|[.eE])|\\u[dD]|^[^{]/

/** @throws {DecodeError} with Go's message */
export function parseJson(body: Uint8Array | string, options: ScanOptions = {}): ParsedJson {
  const text = typeof body === 'string' ? body : utf8(body)
  const care = options.literals ? needsMoreCare : needsCare
  if ((mayNeedCare.test(text) && care.test(text)) || mayBeTooDeep(text)) return scanJson(text, options)
  let value: JsonValue
  try {
    value = JSON.parse(text) as JsonValue
  } catch {
    return scanJson(text, options) // says the same in Go's words
  }
  if (options.merges) return keysInText(text) === keysInValue(value) ? { value, duplicates: [] } : scanJson(text, options)
  return withDuplicates(value, () => (keysInText(text) === keysInValue(value) ? [] : scanJson(text).duplicates))
}

/** A result whose duplicates are looked for when asked. */
export function withDuplicates(value: JsonValue, find: () => readonly string[]): ParsedJson {
  let found: readonly string[] | undefined
  return {
    value,
    get duplicates() {
      return (found ??= find())
    },
  }
}

function mayBeTooDeep(text: string): boolean {
  if (text.length < 2 * depthMax) return false
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x22) {
      i = stringEnd(text, i)
      if (i < 0) return false // not JSON: the parser will say so
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > depthMax) return true
    } else if (code === 0x7d || code === 0x5d) depth--
  }
  return false
}

/**
 * Keys of all objects in a valid JSON text, counted as often as they are given: a colon after a quote is behind a key, or begins a text.
 * Where one begins a text, that is one key too many for {@link keysInValue}, whatever was given twice.
 */
function keysInText(text: string): number {
  let keys = 0
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) {
    const before = text.charCodeAt(at - 1)
    if (before === 0x22) keys++
    else if (before <= 0x20) return keysInSpacedText(text)
  }
  return keys
}

/** The same, exactly. */
function keysInSpacedText(text: string): number {
  let keys = 0
  for (let start = text.indexOf('"'); start >= 0; start = text.indexOf('"', start)) {
    start = stringEnd(text, start) + 1
    let after = start
    while (text.charCodeAt(after) <= 0x20) after++
    if (text.charCodeAt(after) === 0x3a) keys++
  }
  return keys
}

/** Keys of all objects in a value; fewer than in its text when some were given twice. */
function keysInValue(value: JsonValue): number {
  let keys = 0
  const open = [value]
  while (open.length > 0) {
    const next = open.pop()!
    if (typeof next !== 'object' || next === null) continue
    if (!Array.isArray(next)) for (const _ in next) keys++
    for (const member of Array.isArray(next) ? next : Object.values(next as JsonObject)) if (typeof member === 'object') open.push(member)
  }
  return keys
}

/** Index of the quote that closes the string opened at `start`; -1 without one. */
function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end > 0) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++
    if (backslashes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
  return -1
}
