// Which implementation of a function is called. Where the checker knew the types, it is decided before anything runs; else by the values.
// Source: cel-go common/decls/decls.go (matchesRuntimeSignature, MaybeNoSuchOverload), interpreter/planner.go.
import type { FunctionDeclaration, Overload } from '../declarations.ts'
import type { CelType } from '../types/cel-type.ts'
import { typeOfValue } from '../values/type-of-value.ts'
import { CelError, CelList, CelMap, CelObject, CelOptional, type CelValue } from '../values/value.ts'

export type Implementation = (...args: CelValue[]) => CelValue

export interface Dispatch {
  readonly call: Implementation
  /** The only overload that comes into question. */
  readonly fixedOverload: Overload | undefined
  /** The overload that would be called, for its cost. */
  overloadOf(this: void, args: readonly CelValue[]): Overload | undefined
}

/** Whether a value may be passed where a type is declared. Of lists and maps one entry is looked at. */
export function fits(type: CelType, value: CelValue): boolean {
  const { kind, name, parameters } = type
  if (kind === 'any' || kind === 'dyn' || kind === 'param') return true
  if (kind === 'wrapper') return value === null || fits(parameters[0]!, value)
  if (kind === 'list') return value instanceof CelList && (value.size === 0 || fits(parameters[0]!, value.at(0)))
  if (kind === 'map') return value instanceof CelMap && fitsEntry(type, value)
  // Objects of schemas may be given as maps.
  if (kind === 'object') return value instanceof CelMap || (value instanceof CelObject && value.type.name === name)
  if (kind === 'opaque') return name === 'optional_type' ? value instanceof CelOptional : value instanceof CelObject && value.type.name === name
  return typeOfValue(value).kind === kind
}

function fitsEntry(type: CelType, map: CelMap): boolean {
  for (const key of map.keys()) return fits(type.parameters[0]!, key) && fits(type.parameters[1]!, map.get(key)!)
  return true
}

const isKnown = ({ kind }: CelType) => kind !== 'dyn' && kind !== 'any' && kind !== 'param' && kind !== 'wrapper' && kind !== 'list' && kind !== 'map'

/** @param argTypes what the checker found out about the arguments, the target first */
export function dispatch(declaration: FunctionDeclaration, overloadIds: readonly string[], argTypes: readonly CelType[]): Dispatch {
  const overloads = declaration.overloads.filter(({ id }) => overloadIds.includes(id))
  const fixedOverload = overloads.length === 1 ? overloads[0]! : undefined
  const overloadOf = fixedOverload ? () => fixedOverload : matching(overloads)
  if (declaration.evaluate) return { call: declaration.evaluate, fixedOverload, overloadOf }
  const isSafe = fixedOverload?.args.every((type, i) => type.kind === 'dyn' || type.kind === 'param' || (isKnown(type) && argTypes[i]!.kind === type.kind))
  if (isSafe && fixedOverload?.evaluate) return { call: fixedOverload.evaluate, fixedOverload, overloadOf }
  const find = matching(overloads)
  const call: Implementation = (...args) => {
    const found = find(args)
    if (found?.evaluate) return found.evaluate(...args)
    throw new CelError(`no such overload: ${declaration.name}(${args.map((arg) => typeOfValue(arg).name).join(', ')})`)
  }
  return { call, fixedOverload, overloadOf }
}

const matching =
  (overloads: readonly Overload[]) =>
  (args: readonly CelValue[]): Overload | undefined =>
    overloads.find((overload) => overload.args.length === args.length && overload.args.every((type, i) => fits(type, args[i]!)))
