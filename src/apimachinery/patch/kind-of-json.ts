import { isRaw } from '../json-equal.ts'
import type { JsonValue } from '../json-value.ts'

/** How Go's decoder names what it found: `cannot unmarshal array into ...`. */
export function kindOfJson(value: JsonValue): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return isRaw(value) ? 'number' : typeof value
}
