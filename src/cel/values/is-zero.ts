import { CelBytes, CelDouble, CelDuration, CelList, CelMap, CelObject, CelTimestamp, CelUint, type CelValue } from './value.ts'

/** Whether a value is empty, as `optional.ofNonZeroValue` means it. Source: cel-go common/types (IsZeroValue). */
export function isZero(value: CelValue): boolean {
  if (value === null || value === 0 || value === '' || value === false) return true
  if (value instanceof CelUint) return value.value === 0n
  if (value instanceof CelDouble) return value.value === 0
  if (value instanceof CelList || value instanceof CelMap) return value.size === 0
  if (value instanceof CelBytes) return value.value.length === 0
  if (value instanceof CelDuration) return value.nanoseconds === 0n
  // Go's zero time is the first instant of the year 1.
  if (value instanceof CelTimestamp) return value.seconds === -62_135_596_800 && value.nanos === 0
  return value instanceof CelObject && value.isZero()
}
