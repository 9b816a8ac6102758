// Equality of JSON values, safe against keys such as `__proto__`.
import type { JsonObject, JsonValue, RawJson } from './json-value.ts'

/** TypeScript's library does not know it yet. */
const { isRawJSON } = JSON as unknown as { isRawJSON(this: void, value: unknown): boolean }

/** Raw JSON has no prototype: the cheap test spares nearly all calls of the other. */
export const isRaw = (value: unknown): value is RawJson =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null && isRawJSON(value)

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value) && !isRaw(value)

/** The same JSON, whatever the order of keys. `undefined` members count as absent. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) return Array.isArray(b) && listsEqual(a, b, jsonEqual)
  if (Array.isArray(b)) return false
  if (isRaw(a) || isRaw(b)) return isRaw(a) && isRaw(b) && a.rawJSON === b.rawJSON
  return objectsEqual(a as JsonObject, b as JsonObject, jsonEqual)
}

type Equal = (a: unknown, b: unknown) => boolean

// Loops, not callbacks: this runs on every write, and a frame less per level lets it go deeper.
function listsEqual(a: readonly unknown[], b: readonly unknown[], equal: Equal): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (!equal(a[index], b[index])) return false
  return true
}

function objectsEqual(a: JsonObject, b: JsonObject, equal: Equal): boolean {
  for (const key of Object.keys(a)) if (!equal(a[key], getMember(b, key))) return false
  for (const key of Object.keys(b)) if (!Object.hasOwn(a, key) && !equal(undefined, b[key])) return false
  return true
}

const isEmpty = (value: unknown) =>
  value === undefined || value === null || (Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0)

/** {@link jsonEqual}, but absent, null and empty lists or maps are the same: Go's `Semantic.DeepEqual` (quantities in canonical form). */
export function semanticEqual(a: unknown, b: unknown): boolean {
  if (a === b || (isEmpty(a) && isEmpty(b))) return true
  if (Array.isArray(a)) return Array.isArray(b) && listsEqual(a, b, semanticEqual)
  return isObject(a) && isObject(b) ? objectsEqual(a, b, semanticEqual) : jsonEqual(a, b)
}

/** Sets a member under any key, also `__proto__`, as an ordinary one. */
export function setMember(object: JsonObject, key: string, value: JsonValue): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
  else object[key] = value
}

/** A member under any key; undefined when the object has none of its own. */
export const getMember = (object: JsonObject, key: string): JsonValue | undefined => (Object.hasOwn(object, key) ? object[key] : undefined)

/** A copy of all containers, keys in the same order. */
export function cloneJson<T extends JsonValue>(value: T): T
export function cloneJson(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null || isRaw(value)) return value
  if (Array.isArray(value)) return value.map((item) => cloneJson(item))
  return mapMembers(value, cloneJson)
}

/** A new object with the same keys. */
export function mapMembers(object: JsonObject, change: (value: JsonValue, key: string) => JsonValue): JsonObject {
  const result: JsonObject = {}
  for (const key of Object.keys(object)) setMember(result, key, change(object[key]!, key))
  return result
}
