// Values of the language. Numbers are the choice that matters: most expressions compare small integers.
//
//   int     a JavaScript number if it is a safe integer, else a bigint: always in that one form, see `int()`. -0 never occurs.
//   double  CelDouble, so that 1 and 1.0 stay different things
//   uint    CelUint
//   string, bool, null   themselves
//   list, map            CelList, CelMap: interfaces over arrays, JSON, or whatever is computed as late as it is asked for
//   objects, opaque      subclasses of CelObject
//   types                CelType itself
import type { CelType } from '../types/cel-type.ts'

/** An int64 in its one form: a number if safe, else a bigint. */
export type CelInt = number | bigint

export type CelValue =
  | null
  | boolean
  | CelInt
  | string
  | CelUint
  | CelDouble
  | CelBytes
  | CelTimestamp
  | CelDuration
  | CelList
  | CelMap
  | CelObject
  | CelOptional
  | CelType

/** An error of an evaluation. `&&`, `||` and comprehensions may absorb it; anything else that is thrown passes through them. */
export class CelError extends Error {
  override readonly name = 'CelError'

  constructor(message: string) {
    // A stack costs more than the evaluation of a small expression, and tells nothing about the expression.
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = limit
  }
}

/** The one form of an int64. The caller makes sure that it is in range. */
export function int(value: bigint): CelInt {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
}

export class CelUint {
  /** 0 to 2^64-1. */
  readonly value: bigint
  constructor(value: bigint) {
    this.value = value
  }
}

export class CelDouble {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

export class CelBytes {
  readonly value: Uint8Array
  constructor(value: Uint8Array) {
    this.value = value
  }
}

/** An instant between the years 1 and 9999. */
export class CelTimestamp {
  /** Since 1970, rounded down. */
  readonly seconds: number
  /** 0 to 999,999,999. */
  readonly nanos: number
  /** Minutes east of UTC of the text it was read from; it is printed so, and means nothing else. */
  readonly offset: number
  constructor(seconds: number, nanos: number, offset = 0) {
    this.seconds = seconds
    this.nanos = nanos
    this.offset = offset
  }
}

export class CelDuration {
  /** An int64, as in Go. */
  readonly nanoseconds: bigint
  constructor(nanoseconds: bigint) {
    this.nanoseconds = nanoseconds
  }
}

/** A list. Subclasses may hold anything that can be turned into values one by one. */
export abstract class CelList {
  abstract readonly size: number
  /** @param index from 0 to size - 1; the caller checks */
  abstract at(index: number): CelValue

  *[Symbol.iterator](): Iterator<CelValue> {
    for (let i = 0; i < this.size; i++) yield this.at(i)
  }
}

/** A map. Keys are bool, int, uint or string; numbers of different types are the same key if they are equal. */
export abstract class CelMap {
  abstract readonly size: number
  /** The value of a key, which may be any value; `undefined` if there is none. */
  abstract get(key: CelValue): CelValue | undefined
  /** In an order that stays the same. */
  abstract keys(): Iterable<CelValue>
}

/** A value of an object or opaque type. */
export abstract class CelObject {
  /** Its type; the name is what dispatch and `type(x)` look at. */
  abstract readonly type: CelType

  /** The value of a field; `undefined` if it is not set, which is the error `no such key: NAME`. */
  get(_field: string): CelValue | undefined {
    return undefined
  }

  /** Whether `has(x.field)`. */
  has(field: string): boolean {
    return this.get(field) !== undefined
  }

  /** Whether `==`; asked only with objects whose types have the same name. */
  equals(other: CelObject): boolean {
    return this === other
  }

  /** Whether it counts as empty for `optional.ofNonZeroValue`. */
  isZero(): boolean {
    return false
  }
}

export class CelOptional {
  static readonly none = new CelOptional(undefined)
  readonly value: CelValue | undefined

  private constructor(value: CelValue | undefined) {
    this.value = value
  }

  static of(value: CelValue): CelOptional {
    return new CelOptional(value)
  }
}
