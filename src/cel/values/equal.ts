// `==`: values of different types are unequal, numbers of different types equal if their values are. Source: cel-go common/types/compare.go.
import { type ElementBudget, elementBudget } from './bounds.ts'
import { CelType } from '../types/cel-type.ts'
import { CelBytes, CelDouble, CelDuration, type CelInt, CelList, CelMap, CelObject, CelOptional, CelTimestamp, CelUint, type CelValue } from './value.ts'

/** @throws {CelError} for values that are nested too deeply within each other to be looked through */
export function isEqual(a: CelValue, b: CelValue, budget?: ElementBudget): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return isScalarEqual(a, b)
  if (a === null || b === null) return a === b
  if (a instanceof CelDouble || a instanceof CelUint) return isScalarEqual(a, b)
  if (a instanceof CelMap) return b instanceof CelMap && isMapEqual(a, b, budget ?? elementBudget())
  if (a instanceof CelList) return b instanceof CelList && isListEqual(a, b, budget ?? elementBudget())
  if (a instanceof CelBytes) return b instanceof CelBytes && isBytesEqual(a.value, b.value)
  if (a instanceof CelTimestamp) return b instanceof CelTimestamp && a.seconds === b.seconds && a.nanos === b.nanos
  if (a instanceof CelDuration) return b instanceof CelDuration && a.nanoseconds === b.nanoseconds
  if (a instanceof CelOptional) return b instanceof CelOptional && isOptionalEqual(a, b, budget)
  if (a instanceof CelType) return b instanceof CelType && a.name === b.name
  return a instanceof CelObject && b instanceof CelObject && a.type.name === b.type.name && a.equals(b)
}

function isScalarEqual(a: CelValue, b: CelValue): boolean {
  const left = numberOf(a)
  if (left === undefined) return a === b
  const right = numberOf(b)
  if (right === undefined) return false
  // Integers have one form each, uints are bigints; with a double all are compared as doubles.
  if (a instanceof CelDouble || b instanceof CelDouble) return Number(left) === Number(right)
  return left === right || (typeof left !== typeof right && BigInt(left) === BigInt(right))
}

/** The mathematical value of a number of any type. */
export function numberOf(value: CelValue): CelInt | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  return value instanceof CelDouble || value instanceof CelUint ? value.value : undefined
}

function isListEqual(a: CelList, b: CelList, budget: ElementBudget): boolean {
  if (a.size !== b.size) return false
  for (let i = 0; i < a.size; i++) {
    budget.take()
    if (!isEqual(a.at(i), b.at(i), budget)) return false
  }
  return true
}

function isMapEqual(a: CelMap, b: CelMap, budget: ElementBudget): boolean {
  if (a.size !== b.size) return false
  for (const key of a.keys()) {
    budget.take()
    const other = b.get(key)
    if (other === undefined || !isEqual(a.get(key)!, other, budget)) return false
  }
  return true
}

const isBytesEqual = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, i) => byte === b[i])

function isOptionalEqual(a: CelOptional, b: CelOptional, budget: ElementBudget | undefined): boolean {
  if (a.value === undefined || b.value === undefined) return a.value === b.value
  return isEqual(a.value, b.value, budget)
}
