// `a.b` and `a[b]`. Source: cel-go interpreter/attributes.go (refQualify), common/types/list.go (IndexOrError).
import { numberOf } from '../values/equal.ts'
import { typeOfValue } from '../values/type-of-value.ts'
import { CelError, CelList, CelMap, CelObject, CelOptional, type CelValue } from '../values/value.ts'
import { printKey } from '../values/print.ts'

/** What is there; `undefined` if nothing is. @throws {CelError} for an index of a type that no list has */
function find(value: CelValue, key: CelValue): CelValue | undefined {
  if (value instanceof CelMap) return value.get(key)
  if (value instanceof CelObject) return typeof key === 'string' ? value.get(key) : undefined
  return value instanceof CelList ? findElement(value, key) : undefined
}

function findElement(list: CelList, key: CelValue): CelValue | undefined {
  const index = numberOf(key)
  if (index === undefined) throw new CelError(`unsupported index type '${typeOfValue(key).name}' in list`)
  if (!Number.isInteger(Number(index))) throw new CelError(`unsupported index value ${String(index)} in list`)
  return index >= 0 && index < list.size ? list.at(Number(index)) : undefined
}

/** @throws {CelError} `no such key: x`, `index out of bounds: 3` */
export function qualify(value: CelValue, key: CelValue): CelValue {
  if (value instanceof CelOptional) return value.value === undefined ? value : qualifyOptionally(value.value, key)
  const found = find(value, key)
  if (found !== undefined) return found
  throw new CelError(value instanceof CelList ? `index out of bounds: ${printKey(key)}` : `no such key: ${printKey(key)}`)
}

/** `a.?b` and `a[?b]`: none if nothing is there, or if a is none. */
export function qualifyOptionally(value: CelValue, key: CelValue): CelOptional {
  if (value instanceof CelOptional) return value.value === undefined ? value : qualifyOptionally(value.value, key)
  const found = find(value, key)
  return found === undefined ? CelOptional.none : CelOptional.of(found)
}

/** `has(a.b)`. */
export function isPresent(value: CelValue, field: string): boolean {
  if (value instanceof CelOptional) return value.value !== undefined && isPresent(value.value, field)
  if (value instanceof CelObject) return value.has(field)
  return value instanceof CelMap && value.get(field) !== undefined
}
