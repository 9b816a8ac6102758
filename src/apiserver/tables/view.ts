// Reading cells out of objects by path: absent members are what Go's zero values print as.
import type { JsonObject, JsonValue } from '../../apimachinery/json-value.ts'

export function at(object: JsonValue | undefined, path: string): JsonValue | undefined {
  let value = object
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as JsonObject)[part]
  }
  return value ?? undefined
}

/** A scalar as text; anything else as JSON. */
export const show = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value))

/** A string; `otherwise` when absent or empty. */
export function text(object: JsonValue | undefined, path: string, otherwise = ''): string {
  const value = at(object, path)
  if (value === undefined || value === '') return otherwise
  return show(value)
}

/** A number; 0 when absent. */
export function number(object: JsonValue | undefined, path: string): number {
  const value = at(object, path)
  return typeof value === 'number' ? value : 0
}

export const flag = (object: JsonValue | undefined, path: string, otherwise = false): boolean => {
  const value = at(object, path)
  return typeof value === 'boolean' ? value : otherwise
}

export function items(object: JsonValue | undefined, path: string): readonly JsonObject[] {
  const value = at(object, path)
  return Array.isArray(value) ? (value as JsonObject[]) : []
}

export function strings(object: JsonValue | undefined, path: string): readonly string[] {
  const value = at(object, path)
  return Array.isArray(value) ? value.map(show) : []
}

export function members(object: JsonValue | undefined, path: string): Readonly<Record<string, JsonValue>> {
  const value = at(object, path)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

export const condition = (object: JsonValue | undefined, type: string): JsonObject | undefined =>
  items(object, 'status.conditions').find((each) => each['type'] === type)

/** Annotation or label, whose keys may contain dots. */
export function entry(object: JsonValue | undefined, path: string, key: string): string | undefined {
  const value = members(object, path)
  return Object.hasOwn(value, key) ? show(value[key]) : undefined
}
