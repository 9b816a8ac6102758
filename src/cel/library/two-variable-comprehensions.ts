// Loops over index and element, or key and value: `m.all(k, v, p)`, transformList, transformMap, transformMapEntry.
// Source: cel-go ext/comprehensions.go.
import type { Expr } from '../ast/expr.ts'
import type { Library } from '../declarations.ts'
import { type Macro, MacroError, type MacroHelper } from '../parser/macro.ts'
import { iterationVariable, quantifierMacros } from '../parser/standard-macros.ts'
import { mapType, paramType } from '../types/cel-type.ts'
import { ValueMap } from '../values/collections.ts'
import { printKey } from '../values/print.ts'
import { CelError, type CelMap, type CelValue } from '../values/value.ts'

const k = paramType('K')
const v = paramType('V')
const mapOfKV = mapType(k, v)

function variables(helper: MacroHelper, args: readonly Expr[]): { iterVar: string; iterVar2: string } {
  const iterVar = iterationVariable(args[0]!, helper, 'argument must be a simple name')
  const iterVar2 = iterationVariable(args[1]!, helper, 'argument must be a simple name')
  if (iterVar === iterVar2) throw new MacroError(`duplicate variable name: ${iterVar}`, args[1])
  return { iterVar, iterVar2 }
}

/** A macro with an optional filter between the variables and the transformation. */
const transform = (
  name: string,
  accuInit: (helper: MacroHelper) => Expr,
  grow: (helper: MacroHelper, args: { key: string; transformed: Expr }) => Expr,
): Macro[] =>
  [3, 4].map((argCount) => ({
    name,
    member: true,
    argCount,
    expand(helper, target, args) {
      const names = variables(helper, args)
      const grown = grow(helper, { key: names.iterVar, transformed: args.at(-1)! })
      return helper.comprehension({
        range: target!,
        ...names,
        accuVar: helper.accuVar,
        accuInit: accuInit(helper),
        condition: helper.literal(true),
        step: argCount === 4 ? helper.call('_?_:_', args[2]!, grown, helper.accuIdent()) : grown,
        result: helper.accuIdent(),
      })
    },
  }))

/** The map with another entry. @throws {CelError} if it has one of the key */
function insert(map: CelMap, key: CelValue, value: CelValue): CelMap {
  const extended = ValueMap.extended(map, key, value)
  if (!extended) throw new CelError(`insert failed: key ${printKey(key)} already exists`)
  return extended
}

function insertAll(map: CelMap, added: CelMap): CelMap {
  let extended = map
  for (const key of added.keys()) extended = insert(extended, key, added.get(key)!)
  return extended
}

export const twoVariableComprehensionsLibrary: Library = {
  name: 'cel.lib.ext.comprev2',
  macros: [
    ...quantifierMacros(['exists_one', 'existsOne'], 3, variables),
    ...transform(
      'transformList',
      (helper) => helper.list(),
      (helper, { transformed }) => helper.call('_+_', helper.accuIdent(), helper.list(transformed)),
    ),
    ...transform(
      'transformMap',
      (helper) => helper.map(),
      (helper, { key, transformed }) => helper.call('cel.@mapInsert', helper.accuIdent(), helper.ident(key), transformed),
    ),
    ...transform(
      'transformMapEntry',
      (helper) => helper.map(),
      (helper, { transformed }) => helper.call('cel.@mapInsert', helper.accuIdent(), transformed),
    ),
  ],
  functions: [
    {
      name: 'cel.@mapInsert',
      overloads: [
        {
          id: '@mapInsert_map_map',
          args: [mapOfKV, mapOfKV],
          result: mapOfKV,
          evaluate: insertAll,
        },
        {
          id: '@mapInsert_map_key_value',
          args: [mapOfKV, k, v],
          result: mapOfKV,
          evaluate: insert,
        },
      ],
    },
  ],
}
