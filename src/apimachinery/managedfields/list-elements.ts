// What tells the elements of a merged list apart. Source: structured-merge-diff typed/helpers.go.
import { goJson, goQuote } from '../go-quote.ts'
import { getMember, isObject } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { keyElement, type PathElement, valueElement } from './path-element.ts'
import type { ListType } from './type-node.ts'

/** The element's own value, be it null, else the default. */
function keyOf(list: ListType, element: JsonObject, name: string): JsonValue | undefined {
  const key = getMember(element, name)
  return key === undefined ? list.element().map?.field(name)?.default : key
}

/** @returns the element's path element, or what is wrong with it */
export function listElement(list: ListType, value: JsonValue): { readonly element: PathElement } | { readonly error: string } {
  if (list.keys.length === 0) {
    if (value === null) return { error: "associative list without keys has an element that's an explicit null" }
    if (Array.isArray(value)) return { error: 'not supported: associative list with lists as elements' }
    if (isObject(value)) return { error: "associative list without keys has an element that's a map type" }
    return { element: valueElement(value) }
  }
  if (value === null) return { error: 'associative list with keys may not have a null element' }
  if (!isObject(value)) return { error: 'associative list with keys may not have non-map elements' }
  const keys: [string, JsonValue][] = []
  for (const name of list.keys) {
    const key = keyOf(list, value, name)
    if (key !== undefined) keys.push([name, key])
  }
  if (keys.length > 0) return { element: keyElement(keys) }
  const names = list.keys.map(goQuote).join(' ')
  return { error: `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)` }
}

/** {@link listElement} without the reasons: undefined for an element that has none. */
export function elementOf(list: ListType, value: JsonValue): PathElement | undefined {
  if (list.keys.length !== 1 || !isObject(value)) {
    const found = listElement(list, value)
    return 'element' in found ? found.element : undefined
  }
  const name = list.keys[0]!
  const key = keyOf(list, value, name)
  return key === undefined ? undefined : `k:{"${name}":${goJson(key)}}`
}

/** Elements by path element, in order of first appearance; elements that have none are left out. */
export function indexElements(list: ListType, values: readonly JsonValue[]): Map<PathElement, JsonValue[]> {
  const index = new Map<PathElement, JsonValue[]>()
  for (const value of values) {
    const element = elementOf(list, value)
    if (element === undefined) continue
    const same = index.get(element)
    if (same) same.push(value)
    else index.set(element, [value])
  }
  return index
}
