// Values and types of the public suite as ours. Protobuf messages are out of scope: what is made of them is `undefined`.
import type { Type } from '@bufbuild/cel-spec/cel/expr/checked_pb.js'
import type { Value } from '@bufbuild/cel-spec/cel/expr/value_pb.js'
import {
  anyType,
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
  opaqueType,
  paramType,
  stringType,
  timestampType,
  typeOfType,
  typeType,
  uintType,
  wrapperType,
} from '../types/cel-type.ts'
import { ArrayList, ValueMap } from '../values/collections.ts'
import { CelBytes, CelDouble, CelUint, type CelValue, int } from '../values/value.ts'

const types: readonly CelType[] = [boolType, bytesType, doubleType, durationType, intType, nullType, stringType, timestampType, typeType, uintType]

/** `undefined` for messages and enums. */
export function toValue({ kind }: Value): CelValue | undefined {
  switch (kind.case) {
    case 'nullValue':
      return null
    case 'boolValue':
    case 'stringValue':
      return kind.value
    case 'int64Value':
      return int(kind.value)
    case 'uint64Value':
      return new CelUint(kind.value)
    case 'doubleValue':
      return new CelDouble(kind.value)
    case 'bytesValue':
      return new CelBytes(kind.value)
    case 'typeValue':
      return toTypeValue(kind.value)
    case 'listValue': {
      const values = kind.value.values.map(toValue)
      return values.includes(undefined) ? undefined : new ArrayList(values as CelValue[])
    }
    case 'mapValue': {
      const entries = kind.value.entries.map(({ key, value }) => [toValue(key!), toValue(value!)])
      return entries.flat().includes(undefined) ? undefined : ValueMap.of(entries as [CelValue, CelValue][])
    }
    case 'enumValue':
    case 'objectValue':
    case undefined:
      return undefined
  }
}

function toTypeValue(name: string): CelType | undefined {
  if (name === 'list') return listType(dynType)
  return name === 'map' ? mapType(dynType, dynType) : types.find((type) => type.name === name)
}

const primitives = [undefined, boolType, intType, uintType, doubleType, stringType, bytesType]
const wellKnown = [undefined, anyType, timestampType, durationType]

/** `undefined` for messages. */
export function toType({ typeKind }: Type): CelType | undefined {
  const all = (given: readonly Type[]): CelType[] | undefined => {
    const converted = given.map(toType)
    return converted.includes(undefined) ? undefined : (converted as CelType[])
  }
  switch (typeKind.case) {
    case 'dyn':
      return dynType
    case 'null':
      return nullType
    case 'primitive':
      return primitives[typeKind.value]
    case 'wrapper':
      return wrapperType(primitives[typeKind.value]!)
    case 'wellKnown':
      return wellKnown[typeKind.value]
    case 'typeParam':
      return paramType(typeKind.value)
    case 'type': {
      const of = toType(typeKind.value)
      return of && typeOfType(of)
    }
    case 'listType': {
      const element = toType(typeKind.value.elemType!)
      return element && listType(element)
    }
    case 'mapType': {
      const parts = all([typeKind.value.keyType!, typeKind.value.valueType!])
      return parts && mapType(parts[0]!, parts[1]!)
    }
    case 'abstractType': {
      const parts = all(typeKind.value.parameterTypes)
      return parts && opaqueType(typeKind.value.name, ...parts)
    }
    case 'error':
    case 'function':
    case 'messageType':
    case undefined:
      return undefined
  }
}
