// int(x), string(x), type(x), ... Source: cel-go common/stdlib/standard.go.
import { decodes, encodes } from '../../cost/standard-costs.ts'
import type { FunctionDeclaration } from '../../declarations.ts'
import {
  boolType,
  bytesType,
  type CelType,
  doubleType,
  durationType,
  dynType,
  intType,
  paramType,
  stringType,
  timestampType,
  typeOfType,
  uintType,
} from '../../types/cel-type.ts'
import { toBool, toDouble, toDuration, toInt, toText, toTimestamp, toUint } from '../../values/convert.ts'
import { typeOfValue } from '../../values/type-of-value.ts'
import { CelBytes, type CelValue } from '../../values/value.ts'

const a = paramType('A')

const fromNames = {
  bool: boolType,
  bytes: bytesType,
  double: doubleType,
  duration: durationType,
  int64: intType,
  string: stringType,
  timestamp: timestampType,
  uint64: uintType,
} satisfies Record<string, CelType>
type Name = keyof typeof fromNames

const conversion = (name: string, to: Name, from: readonly Name[], convert: (value: CelValue) => CelValue): FunctionDeclaration => ({
  name,
  overloads: from.map((source) => ({ id: `${source}_to_${to}`, args: [fromNames[source]], result: fromNames[to], evaluate: convert })),
})

function toBytes(value: CelValue): CelValue {
  return typeof value === 'string' ? new CelBytes(new TextEncoder().encode(value)) : value
}

const costs = new Map([
  ['string_to_bytes', encodes],
  ['bytes_to_string', decodes],
])

export const conversions: readonly FunctionDeclaration[] = [
  {
    name: 'type',
    overloads: [{ id: 'type', args: [a], result: typeOfType(a), evaluate: (value: CelValue) => typeOfValue(value) }],
  },
  { name: 'dyn', overloads: [{ id: 'to_dyn', args: [a], result: dynType, evaluate: (value: CelValue) => value }] },
  conversion('bool', 'bool', ['bool', 'string'], toBool),
  conversion('bytes', 'bytes', ['bytes', 'string'], toBytes),
  conversion('double', 'double', ['double', 'int64', 'string', 'uint64'], toDouble),
  conversion('duration', 'duration', ['duration', 'int64', 'string'], toDuration),
  conversion('int', 'int64', ['int64', 'double', 'duration', 'string', 'timestamp', 'uint64'], toInt),
  conversion('string', 'string', ['string', 'bool', 'bytes', 'double', 'duration', 'int64', 'timestamp', 'uint64'], toText),
  conversion('timestamp', 'timestamp', ['timestamp', 'int64', 'string'], toTimestamp),
  conversion('uint', 'uint64', ['uint64', 'double', 'int64', 'string'], toUint),
].map((declaration) => ({ ...declaration, overloads: declaration.overloads.map((overload) => ({ ...overload, ...costs.get(overload.id) })) }))
