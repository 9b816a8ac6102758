// `<` and its kin. Source: cel-go common/types/{int,uint,double,string,bytes,timestamp,duration,bool}.go (Compare).
import { numberOf } from './equal.ts'
import { noSuchOverload } from './no-such-overload.ts'
import { CelBytes, CelDouble, CelDuration, CelError, CelTimestamp, type CelValue } from './value.ts'

/**
 * Negative, zero or positive.
 * @param operator who asks, for the message
 * @throws {CelError} for values that have no order, and for NaN
 */
export function compare(a: CelValue, b: CelValue, operator = '_<_'): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b)
  const left = numberOf(a)
  const right = numberOf(b)
  if (left !== undefined && right !== undefined) return compareNumbers(a, b, left, right)
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (a instanceof CelTimestamp && b instanceof CelTimestamp) return a.seconds - b.seconds || a.nanos - b.nanos
  if (a instanceof CelDuration && b instanceof CelDuration) return sign(a.nanoseconds, b.nanoseconds)
  if (a instanceof CelBytes && b instanceof CelBytes) return compareBytes(a.value, b.value)
  throw noSuchOverload(operator, a)
}

const sign = (a: number | bigint, b: number | bigint) => (a < b ? -1 : a > b ? 1 : 0)

/** Integers are compared exactly, with doubles as doubles. */
function compareNumbers(a: CelValue, b: CelValue, left: number | bigint, right: number | bigint): number {
  if (!(a instanceof CelDouble) && !(b instanceof CelDouble)) return sign(left, right)
  if (Number.isNaN(left) || Number.isNaN(right)) throw new CelError('NaN values cannot be ordered')
  return sign(Number(left), Number(right))
}

/** In the order of code points, as Go compares UTF-8. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i)
    const right = b.charCodeAt(i)
    if (left === right) continue
    // Surrogates stand for code points above all others.
    const leftSurrogate = left >= 0xd800 && left <= 0xdfff
    const rightSurrogate = right >= 0xd800 && right <= 0xdfff
    if (leftSurrogate !== rightSurrogate) return leftSurrogate ? 1 : -1
    return left - right
  }
  return a.length - b.length
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}
