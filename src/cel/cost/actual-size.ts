import { CelBytes, CelList, CelMap, type CelValue } from '../values/value.ts'

/** The size of a value that has one, else 1: what costs are counted from. UTF-16 units of strings are close enough and known at once. */
export function actualSize(value: CelValue): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 1
  if (value instanceof CelList || value instanceof CelMap) return value.size
  return value instanceof CelBytes ? value.value.length : 1
}
