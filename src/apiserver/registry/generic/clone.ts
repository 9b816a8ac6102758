import type { JsonValue } from '../../../apimachinery/json-value.ts'

declare global {
  interface JSON {
    isRawJSON(value: unknown): boolean
  }
}

/** A deep copy of a JSON value; integers kept as text (RawJson) are immutable and shared. */
export function cloneJson<T>(value: T): T {
  return clone(value as JsonValue) as T
}

function clone(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(clone)
  if (JSON.isRawJSON(value)) return value
  const copy: { [key: string]: JsonValue } = {}
  for (const key of Object.keys(value)) {
    const member = clone((value as { [key: string]: JsonValue })[key]!)
    if (key === '__proto__') Object.defineProperty(copy, key, { value: member, enumerable: true, configurable: true, writable: true })
    else copy[key] = member
  }
  return copy
}
