// The type a value has at run time, without parameters' details: what `type(x)` answers and errors name.
import {
  boolType,
  bytesType,
  CelType,
  doubleType,
  durationType,
  dynType,
  intType,
  listType,
  mapType,
  nullType,
  optionalType,
  stringType,
  timestampType,
  typeType,
  uintType,
} from '../types/cel-type.ts'
import { CelBytes, CelDouble, CelDuration, CelList, CelMap, CelObject, CelOptional, CelTimestamp, CelUint, type CelValue } from './value.ts'

const listOfDyn = listType(dynType)
const mapOfDyn = mapType(dynType, dynType)
const optionalOfDyn = optionalType(dynType)

export function typeOfValue(value: CelValue): CelType {
  switch (typeof value) {
    case 'string':
      return stringType
    case 'number':
    case 'bigint':
      return intType
    case 'boolean':
      return boolType
    default:
  }
  if (value === null) return nullType
  if (value instanceof CelMap) return mapOfDyn
  if (value instanceof CelList) return listOfDyn
  if (value instanceof CelObject) return value.type
  if (value instanceof CelDouble) return doubleType
  if (value instanceof CelUint) return uintType
  if (value instanceof CelBytes) return bytesType
  if (value instanceof CelTimestamp) return timestampType
  if (value instanceof CelDuration) return durationType
  if (value instanceof CelOptional) return optionalOfDyn
  if (value instanceof CelType) return typeType
  throw new TypeError(`no value of the language: ${String(value)}`)
}
