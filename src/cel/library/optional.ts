// Values that may be missing: `a.?b`, `optional.of(x)`, `orValue`. Source: cel-go cel/library.go (optionalLib, version 2).
import { actualSize } from '../cost/actual-size.ts'
import { stringTraversalFactor } from '../cost/standard-costs.ts'
import type { Library, Overload } from '../declarations.ts'
import type { Expr } from '../ast/expr.ts'
import { type Macro, MacroError, type MacroHelper } from '../parser/macro.ts'
import { boolType, dynType, intType, listType, mapType, optionalType, paramType, stringType } from '../types/cel-type.ts'
import { ArrayList } from '../values/collections.ts'
import { isZero } from '../values/is-zero.ts'
import { CelError, type CelList, CelOptional, type CelValue } from '../values/value.ts'

const k = paramType('K')
const v = paramType('V')
const optionalOfV = optionalType(v)
const listOfV = listType(v)
const mapOfKV = mapType(k, v)

const elementOf = (list: CelList, index: number) => (list.size === 0 ? CelOptional.none : CelOptional.of(list.at(index)))

function unwrap(list: CelList): CelList {
  const values: CelValue[] = []
  for (const element of list) {
    if (!(element instanceof CelOptional)) throw new CelError('value is not optional')
    if (element.value !== undefined) values.push(element.value)
  }
  return new ArrayList(values)
}

const unwrapCost = ([list]: readonly CelValue[]) => Math.max(1, Math.ceil(actualSize(list!) * stringTraversalFactor))

/** `x.optMap(v, f)` is `x.hasValue() ? optional.of(f of x.value()) : optional.none()`; optFlatMap leaves out the `of`. */
const mapping = (name: string, wrap: (helper: MacroHelper, mapped: Expr) => Expr): Macro => ({
  name,
  member: true,
  argCount: 2,
  expand(helper, target, args) {
    const [variable, mapped] = args as [Expr, Expr]
    if (variable.kind !== 'ident') throw new MacroError(`${name}() variable name must be a simple identifier`, variable)
    const bound = helper.comprehension({
      range: helper.list(),
      iterVar: '#unused',
      accuVar: variable.name,
      accuInit: helper.memberCall('value', helper.copy(target!)),
      condition: helper.literal(false),
      step: helper.ident(variable.name),
      result: mapped,
    })
    return helper.call('_?_:_', helper.memberCall('hasValue', target!), wrap(helper, bound), helper.call('optional.none'))
  },
})

const indexed = (prefix: string, listArg = listOfV, mapArg = mapOfKV): Overload[] => [
  { id: `${prefix}list_optindex_optional_int`, args: [listArg, intType], result: optionalOfV },
  { id: `${prefix}map_optindex_optional_value`, args: [mapArg, k], result: optionalOfV },
]

export const optionalLibrary: Library = {
  name: 'cel.lib.optional',
  types: [optionalType(v)],
  macros: [mapping('optMap', (helper, mapped) => helper.call('optional.of', mapped)), mapping('optFlatMap', (_helper, mapped) => mapped)],
  functions: [
    {
      name: 'optional.of',
      overloads: [{ id: 'optional_of', args: [v], result: optionalOfV, evaluate: (value: CelValue) => CelOptional.of(value) }],
    },
    {
      name: 'optional.ofNonZeroValue',
      overloads: [
        {
          id: 'optional_ofNonZeroValue',
          args: [v],
          result: optionalOfV,
          evaluate: (value: CelValue) => (isZero(value) ? CelOptional.none : CelOptional.of(value)),
        },
      ],
    },
    { name: 'optional.none', overloads: [{ id: 'optional_none', args: [], result: optionalOfV, evaluate: () => CelOptional.none }] },
    {
      name: 'optional.unwrap',
      overloads: [{ id: 'optional_unwrap', args: [listType(optionalOfV)], result: listOfV, evaluate: unwrap, actualCost: unwrapCost }],
    },
    {
      name: 'unwrapOpt',
      overloads: [{ id: 'optional_unwrapOpt', member: true, args: [listType(optionalOfV)], result: listOfV, evaluate: unwrap, actualCost: unwrapCost }],
    },
    {
      name: 'value',
      overloads: [
        {
          id: 'optional_value',
          member: true,
          args: [optionalOfV],
          result: v,
          evaluate({ value }: CelOptional) {
            if (value === undefined) throw new CelError('optional.none() dereference')
            return value
          },
        },
      ],
    },
    {
      name: 'hasValue',
      overloads: [{ id: 'optional_hasValue', member: true, args: [optionalOfV], result: boolType, evaluate: ({ value }: CelOptional) => value !== undefined }],
    },
    // These two run in the planner: the alternative is evaluated only if it is needed.
    { name: 'or', overloads: [{ id: 'optional_or_optional', member: true, args: [optionalOfV, optionalOfV], result: optionalOfV }] },
    { name: 'orValue', overloads: [{ id: 'optional_orValue_value', member: true, args: [optionalOfV, v], result: v }] },
    { name: '_?._', overloads: [{ id: 'select_optional_field', args: [dynType, stringType], result: optionalOfV }] },
    { name: '_[?_]', overloads: [...indexed(''), ...indexed('optional_', optionalType(listOfV), optionalType(mapOfKV))] },
    {
      name: '_[_]',
      overloads: [
        { id: 'optional_list_index_int', args: [optionalType(listOfV), intType], result: optionalOfV },
        { id: 'optional_map_index_value', args: [optionalType(mapOfKV), k], result: optionalOfV },
      ],
    },
    {
      name: 'first',
      overloads: [{ id: 'list_first', member: true, args: [listOfV], result: optionalOfV, evaluate: (list: CelList) => elementOf(list, 0) }],
    },
    {
      name: 'last',
      overloads: [{ id: 'list_last', member: true, args: [listOfV], result: optionalOfV, evaluate: (list: CelList) => elementOf(list, list.size - 1) }],
    },
  ],
}
