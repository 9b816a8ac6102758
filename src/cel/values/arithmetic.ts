// `+ - * / %` and negation, with the overflows of int64 and uint64. Source: cel-go common/types/overflow.go, {int,uint,double,...}.go.
import { checkTextLength } from './bounds.ts'
import { concatenate } from './collections.ts'
import { noSuchOverload } from './no-such-overload.ts'
import { CelBytes, CelDouble, CelDuration, CelError, type CelInt, CelList, CelTimestamp, CelUint, type CelValue, int } from './value.ts'

const int64Max = 2n ** 63n - 1n
const int64Min = -(2n ** 63n)
const uint64Max = 2n ** 64n - 1n

/** The years 1 to 9999, in seconds since 1970. */
export const timestampSecondsMin = -62_135_596_800
export const timestampSecondsMax = 253_402_300_799

/** @throws {CelError} */
export function checkedInt(value: bigint): CelInt {
  if (value > int64Max || value < int64Min) throw new CelError('integer overflow')
  return int(value)
}

/** @throws {CelError} */
export function checkedUint(value: bigint): CelUint {
  if (value > uint64Max || value < 0n) throw new CelError('unsigned integer overflow')
  return new CelUint(value)
}

/** @throws {CelError} */
export function checkedDuration(nanoseconds: bigint): CelDuration {
  if (nanoseconds > int64Max || nanoseconds < int64Min) throw new CelError('duration overflow')
  return new CelDuration(nanoseconds)
}

/** @throws {CelError} */
export function checkedTimestamp(seconds: number, nanos: number, offset = 0): CelTimestamp {
  if (!(seconds >= timestampSecondsMin && seconds <= timestampSecondsMax)) throw new CelError('timestamp overflow')
  return new CelTimestamp(seconds, nanos, offset)
}

const isInt = (value: CelValue): value is CelInt => typeof value === 'number' || typeof value === 'bigint'

export function add(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    return Number.isSafeInteger(sum) ? sum : checkedInt(BigInt(a) + BigInt(b))
  }
  if (typeof a === 'string' && typeof b === 'string') {
    checkTextLength(a.length + b.length)
    return a + b
  }
  if (isInt(a) && isInt(b)) return checkedInt(BigInt(a) + BigInt(b))
  if (a instanceof CelList && b instanceof CelList) return concatenate(a, b)
  if (a instanceof CelDouble && b instanceof CelDouble) return new CelDouble(a.value + b.value)
  if (a instanceof CelUint && b instanceof CelUint) return checkedUint(a.value + b.value)
  if (a instanceof CelDuration && b instanceof CelDuration) return checkedDuration(a.nanoseconds + b.nanoseconds)
  if (a instanceof CelTimestamp && b instanceof CelDuration) return addToTimestamp(a, b.nanoseconds)
  if (a instanceof CelDuration && b instanceof CelTimestamp) return addToTimestamp(b, a.nanoseconds)
  if (a instanceof CelBytes && b instanceof CelBytes) {
    checkTextLength(a.value.length + b.value.length)
    return new CelBytes(Buffer.concat([a.value, b.value]))
  }
  throw noSuchOverload('_+_', a)
}

export function subtract(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b
    return Number.isSafeInteger(difference) ? difference : checkedInt(BigInt(a) - BigInt(b))
  }
  if (isInt(a) && isInt(b)) return checkedInt(BigInt(a) - BigInt(b))
  if (a instanceof CelDouble && b instanceof CelDouble) return new CelDouble(a.value - b.value)
  if (a instanceof CelUint && b instanceof CelUint) return checkedUint(a.value - b.value)
  if (a instanceof CelDuration && b instanceof CelDuration) return checkedDuration(a.nanoseconds - b.nanoseconds)
  if (a instanceof CelTimestamp && b instanceof CelDuration) return addToTimestamp(a, -b.nanoseconds)
  if (a instanceof CelTimestamp && b instanceof CelTimestamp)
    return checkedDuration(BigInt(a.seconds - b.seconds) * nanosecondsPerSecond + BigInt(a.nanos - b.nanos))
  throw noSuchOverload('_-_', a)
}

export function multiply(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b
    return Number.isSafeInteger(product) ? product + 0 : checkedInt(BigInt(a) * BigInt(b))
  }
  if (isInt(a) && isInt(b)) return checkedInt(BigInt(a) * BigInt(b))
  if (a instanceof CelDouble && b instanceof CelDouble) return new CelDouble(a.value * b.value)
  if (a instanceof CelUint && b instanceof CelUint) return checkedUint(a.value * b.value)
  throw noSuchOverload('_*_', a)
}

export function divide(a: CelValue, b: CelValue): CelValue {
  if (a instanceof CelDouble && b instanceof CelDouble) return new CelDouble(a.value / b.value)
  return integerQuotient(a, b, '_/_', (x, y) => x / y)
}

export function modulo(a: CelValue, b: CelValue): CelValue {
  return integerQuotient(a, b, '_%_', (x, y) => x % y)
}

function integerQuotient(a: CelValue, b: CelValue, operator: '_/_' | '_%_', compute: (x: bigint, y: bigint) => bigint): CelValue {
  const byZero = operator === '_/_' ? 'division by zero' : 'modulus by zero'
  if (isInt(a) && isInt(b)) {
    if (b === 0) throw new CelError(byZero)
    // The smallest int divided by -1 overflows, and so does its remainder in cel-go.
    if (typeof a === 'bigint' && a === int64Min && b === -1) throw new CelError('integer overflow')
    return int(compute(BigInt(a), BigInt(b)))
  }
  if (!(a instanceof CelUint) || !(b instanceof CelUint)) throw noSuchOverload(operator, a)
  if (b.value === 0n) throw new CelError(byZero)
  return new CelUint(compute(a.value, b.value))
}

export function negate(value: CelValue): CelValue {
  if (typeof value === 'number') return 0 - value
  if (typeof value === 'bigint') return checkedInt(-value)
  if (value instanceof CelDouble) return new CelDouble(-value.value)
  if (value instanceof CelDuration) return checkedDuration(-value.nanoseconds)
  throw noSuchOverload('-_', value)
}

const nanosecondsPerSecond = 1_000_000_000n

function addToTimestamp({ seconds, nanos, offset }: CelTimestamp, nanoseconds: bigint): CelTimestamp {
  const total = BigInt(seconds) * nanosecondsPerSecond + BigInt(nanos) + nanoseconds
  const rest = ((total % nanosecondsPerSecond) + nanosecondsPerSecond) % nanosecondsPerSecond
  return checkedTimestamp(Number((total - rest) / nanosecondsPerSecond), Number(rest), offset)
}
