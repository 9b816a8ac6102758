// One step of a field path, in the text form that FieldsV1 uses: `f:<name>` a member, `k:<json>` the element of a list with those
// keys, `v:<json>` the element of a set with that value, `i:<n>` an element by place. Source: structured-merge-diff fieldpath.
import { parseJson } from '../codec/json-parse.ts'
import { goJson, goPrint, goQuote } from '../go-quote.ts'
import { isObject, isRaw } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'

/** `f:spec`, `k:{"name":"main"}`, `v:"example.com/f"`, `i:0`. Equal elements have equal texts. */
export type PathElement = string

export const fieldElement = (name: string): PathElement => `f:${name}`
export const valueElement = (value: JsonValue): PathElement => `v:${goJson(value)}`

/** @throws {SyntaxError} */
function readValue(text: string): JsonValue {
  try {
    return parseJson(text).value
  } catch (cause) {
    throw new SyntaxError(`not JSON: ${text}`, { cause })
  }
}

/** @param keys in any order */
export function keyElement(keys: readonly (readonly [name: string, value: JsonValue])[]): PathElement {
  if (keys.length === 1) return `k:{${goJson(keys[0]![0])}:${goJson(keys[0]![1])}}`
  const parts = keys.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${goJson(name)}:${goJson(value)}`)
  return `k:{${parts.join(',')}}`
}

/**
 * The canonical form of an element that a client wrote.
 * @returns undefined for a kind of element that is not known (a future version may know it; it is dropped)
 * @throws {SyntaxError} when it is malformed
 */
export function readPathElement(text: string): PathElement | undefined {
  if (text.length < 2) throw new SyntaxError('key must be 2 characters long')
  if (text[1] !== ':') throw new SyntaxError(`missing colon: ${text}`)
  const content = text.slice(2)
  switch (text.charAt(0)) {
    case 'f':
      return text
    case 'v':
      return valueElement(readValue(content))
    case 'k': {
      const keys = readValue(content) ?? {}
      if (!isObject(keys)) throw new SyntaxError(`not an object: ${text}`)
      return keyElement(Object.entries(keys))
    }
    case 'i':
      if (!/^[+-]?[0-9]+$/.test(content)) throw new SyntaxError(`not an index: ${text}`)
      return `i:${Number(content)}`
    default:
      return undefined
  }
}

const isNumber = (value: JsonValue) => typeof value === 'number' || isRaw(value)
/** As what compares exactly with other integers, of whatever size. */
const numberOf = (value: JsonValue) => (isRaw(value) ? BigInt(value.rawJSON) : (value as number))
const order = <T extends string | number | bigint>(a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0)

/** The order of kinds of values: numbers, strings, booleans, lists, maps, null. */
function rank(value: JsonValue): number {
  if (isNumber(value)) return 0
  if (typeof value === 'string') return 1
  if (typeof value === 'boolean') return 2
  if (Array.isArray(value)) return 3
  return value === null ? 5 : 4
}

function compareValues(a: JsonValue, b: JsonValue): number {
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  if (typeof a === 'string') return order(a, b as string)
  if (Array.isArray(a)) return compareLists(a, b as JsonValue[])
  if (isObject(a)) return compareKeys(sortedEntries(a), sortedEntries(b as JsonObject))
  return isNumber(a) ? order(numberOf(a), numberOf(b)) : Number(a) - Number(b)
}

function compareLists(a: readonly JsonValue[], b: readonly JsonValue[]): number {
  for (const [index, value] of a.entries()) {
    const difference = index < b.length ? compareValues(value, b[index]!) : 1
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

const sortedEntries = (map: JsonObject) => Object.entries(map).toSorted(([x], [y]) => order(x, y))

function compareKeys(a: readonly [string, JsonValue][], b: readonly [string, JsonValue][]): number {
  for (const [index, [name, value]] of a.entries()) {
    const other = b[index]
    if (!other) return 1
    if (name !== other[0]) return name < other[0] ? -1 : 1
    const difference = compareValues(value, other[1])
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

const kinds = 'fkvi'

/** One key with a text in which every character sorts behind the closing quote: such elements sort as their texts do. */
const plainTextKey = /^k:\{"\w+":"[#-[\]-~]*"\}$/

const valueOf = (element: PathElement) => readValue(element.slice(2))

/** The order of elements in FieldsV1. */
export const comparePathElements = (a: PathElement, b: PathElement): number => compare(a, b, valueOf)

/** {@link comparePathElements} for the sorting of so many elements: of thousands, each is read only once. */
export function pathElementOrder(count: number): (a: PathElement, b: PathElement) => number {
  if (count < 32) return comparePathElements
  const values = new Map<PathElement, JsonValue>()
  const remembered = (element: PathElement) => {
    let value = values.get(element)
    if (value === undefined) values.set(element, (value = valueOf(element)))
    return value
  }
  return (a, b) => compare(a, b, remembered)
}

function compare(a: PathElement, b: PathElement, read: (element: PathElement) => JsonValue): number {
  if (a === b) return 0
  if (a[0] !== b[0]) return kinds.indexOf(a[0]!) - kinds.indexOf(b[0]!)
  if (a[0] === 'f') return a < b ? -1 : 1
  if (plainTextKey.test(a) && plainTextKey.test(b)) return a < b ? -1 : 1
  const [first, second] = [read(a), read(b)]
  return a[0] === 'k' ? compareKeys(Object.entries(first as JsonObject), Object.entries(second as JsonObject)) : compareValues(first, second)
}

function printValue(value: JsonValue): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return goQuote(value)
  if (Array.isArray(value)) return `[${value.map(printValue).join(',')}]`
  if (!isObject(value)) return goPrint(value)
  return sortedEntries(value)
    .map(([name, member]) => `${name}=${printValue(member)}`)
    .join('')
}

/** As messages show it: `.spec`, `[name="main"]`, `[="example.com/f"]`, `[0]`. */
export function printPathElement(element: PathElement): string {
  const content = element.slice(2)
  if (element[0] === 'f') return `.${content}`
  if (element[0] === 'i') return `[${content}]`
  const value = readValue(content)
  if (element[0] === 'v') return `[=${printValue(value)}]`
  return `[${Object.entries(value as JsonObject)
    .map(([name, key]) => `${name}=${printValue(key)}`)
    .join(',')}]`
}

export const printPath = (path: readonly PathElement[]) => path.map(printPathElement).join('')
