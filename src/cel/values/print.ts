// Values in messages, as Go's %v prints them.
import { toText } from './convert.ts'
import { CelBytes, CelDouble, CelDuration, CelTimestamp, CelUint, type CelValue } from './value.ts'

/** A key or index in `no such key: x`. */
export function printKey(key: CelValue): string {
  if (typeof key !== 'object') return String(key)
  const isScalar = key instanceof CelUint || key instanceof CelDouble || key instanceof CelDuration || key instanceof CelTimestamp || key instanceof CelBytes
  return isScalar ? toText(key) : 'null'
}
