// The type a value has at run time, without parameters' details: what `type(x)` answers and errors name.
import {
  boolType,
  bytesType,
  type CelType,
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
  if (typeof value === 'string') return stringType
  if (typeof value === 'number' || typeof value === 'bigint') return intType
  if (typeof value === 'boolean') return boolType
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
  return typeType
}
