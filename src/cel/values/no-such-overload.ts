// What is said of operands that an operator does not know. Upstream asks first whether the left one is of a type that has the operator at all,
// and names the operator only if not. Source: cel-go interpreter/interpretable.go (evalBinary), common/types (traits).
import type { TypeKind } from '../types/cel-type.ts'
import { typeOfValue } from './type-of-value.ts'
import { CelError, type CelValue } from './value.ts'

const numbers: readonly TypeKind[] = ['int', 'uint', 'double']
const times: readonly TypeKind[] = ['timestamp', 'duration']
const having: ReadonlyMap<string, ReadonlySet<TypeKind>> = new Map([
  ['_+_', new Set<TypeKind>([...numbers, ...times, 'string', 'bytes', 'list'])],
  ['_-_', new Set([...numbers, ...times])],
  ['_*_', new Set(numbers)],
  ['_/_', new Set(numbers)],
  ['_%_', new Set<TypeKind>(['int', 'uint'])],
  ['-_', new Set<TypeKind>(['bool', 'int', 'double', 'duration'])],
  ...['_<_', '_<=_', '_>_', '_>=_'].map((name): [string, Set<TypeKind>] => [name, new Set<TypeKind>([...numbers, ...times, 'bool', 'string', 'bytes'])]),
])

export function noSuchOverload(operator: string, left: CelValue): CelError {
  const known = having.get(operator)?.has(typeOfValue(left).kind)
  return new CelError(known ? 'no such overload' : `no such overload: ${operator}`)
}
