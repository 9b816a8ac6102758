// `[1, 2, 3].sum()`. Source: k8s.io/apiserver pkg/cel/library/lists.go.
import type { Library, Overload } from '../../declarations.ts'
import {
  boolType,
  bytesType,
  type CelType,
  doubleType,
  durationType,
  intType,
  listType,
  paramType,
  stringType,
  timestampType,
  uintType,
} from '../../types/cel-type.ts'
import { compare } from '../../values/compare.ts'
import { isEqual } from '../../values/equal.ts'
import { CelDouble, CelDuration, CelError, CelList, CelUint, type CelInt, type CelValue, int } from '../../values/value.ts'
import { functions, member } from './opaque.ts'

function listFrom(value: CelValue | undefined): CelList {
  if (value instanceof CelList) return value
  throw new CelError('no such overload')
}

const isInt = (value: CelValue): value is CelInt => typeof value === 'number' || typeof value === 'bigint'

function isSorted(list: CelList): boolean {
  let previous: CelValue | undefined
  for (const item of list) {
    if (previous !== undefined && compare(previous, item) > 0) return false
    previous = item
  }
  return true
}

function extreme(list: CelList, name: 'min' | 'max'): CelValue {
  const sign = name === 'min' ? 1 : -1
  let found: CelValue | undefined
  for (const item of list) if (found === undefined || compare(found, item) * sign > 0) found = item
  if (found === undefined) throw new CelError(`${name} called on empty list`)
  return found
}

function checked(value: bigint, fits: bigint, what: string): bigint {
  if (value !== fits) throw new CelError(what)
  return value
}

const signedSum = (a: bigint, b: bigint, what: string) => checked(a + b, BigInt.asIntN(64, a + b), what)

function add(a: CelValue, b: CelValue): CelValue {
  if (isInt(a) && isInt(b)) return int(signedSum(BigInt(a), BigInt(b), 'integer overflow'))
  if (a instanceof CelUint && b instanceof CelUint) {
    const sum = a.value + b.value
    return new CelUint(checked(sum, BigInt.asUintN(64, sum), 'unsigned integer overflow'))
  }
  if (a instanceof CelDouble && b instanceof CelDouble) return new CelDouble(a.value + b.value)
  if (a instanceof CelDuration && b instanceof CelDuration) return new CelDuration(signedSum(a.nanoseconds, b.nanoseconds, 'duration overflow'))
  throw new CelError('no such overload')
}

function sum(list: CelList, zero: CelValue): CelValue {
  let total = zero
  for (const item of list) total = add(total, item)
  return total
}

function indexOf(list: CelList, wanted: CelValue): number {
  for (let i = 0; i < list.size; i++) if (isEqual(list.at(i), wanted)) return i
  return -1
}

function lastIndexOf(list: CelList, wanted: CelValue): number {
  for (let i = list.size - 1; i >= 0; i--) if (isEqual(list.at(i), wanted)) return i
  return -1
}

const summable: readonly (readonly [name: string, type: CelType, zero: CelValue])[] = [
  ['int', intType, 0],
  ['uint', uintType, new CelUint(0n)],
  ['double', doubleType, new CelDouble(0)],
  ['duration', durationType, new CelDuration(0n)],
]
const comparable: readonly (readonly [name: string, type: CelType])[] = [
  ['int', intType],
  ['uint', uintType],
  ['double', doubleType],
  ['bool', boolType],
  ['duration', durationType],
  ['timestamp', timestampType],
  ['string', stringType],
  ['bytes', bytesType],
]
const anything = paramType('A')
const extremes = (name: 'min' | 'max'): readonly Overload[] =>
  comparable.map(([of, type]) => member(`list_${of}_${name}_${of}`, [listType(type)], type, (list) => extreme(listFrom(list), name)))

export const listsLibrary: Library = {
  name: 'kubernetes.lists',
  functions: functions({
    isSorted: comparable.map(([of, type]) => member(`list_${of}_is_sorted_bool`, [listType(type)], boolType, (list) => isSorted(listFrom(list)))),
    sum: summable.map(([of, type, zero]) => member(`list_${of}_sum_${of}`, [listType(type)], type, (list) => sum(listFrom(list), zero))),
    max: extremes('max'),
    min: extremes('min'),
    indexOf: [member('list_a_index_of_int', [listType(anything), anything], intType, (list, item) => indexOf(listFrom(list), item!))],
    lastIndexOf: [member('list_a_last_index_of_int', [listType(anything), anything], intType, (list, item) => lastIndexOf(listFrom(list), item!))],
  }),
}
