// `[3, 1, 2].sort()`, slice, flatten, distinct, reverse, sortBy, lists.range. Source: cel-go ext/lists.go (version 3).
import type { Expr } from '../ast/expr.ts'
import { actualSize } from '../cost/actual-size.ts'
import { addEstimates, type CallEstimate, type CostNode, costMax, fixed, multiplyEstimates, scaleEstimate, type SizeEstimate } from '../cost/estimates.ts'
import { stringTraversalFactor } from '../cost/standard-costs.ts'
import type { FunctionDeclaration, Library, Overload } from '../declarations.ts'
import { type Macro, MacroError } from '../parser/macro.ts'
import { expandMap } from '../parser/standard-macros.ts'
import {
  boolType,
  bytesType,
  type CelType,
  doubleType,
  durationType,
  dynType,
  intType,
  listType,
  paramType,
  stringType,
  timestampType,
  uintType,
} from '../types/cel-type.ts'
import { elementBudget } from '../values/bounds.ts'
import { ArrayList } from '../values/collections.ts'
import { compare } from '../values/compare.ts'
import { isEqual } from '../values/equal.ts'
import { typeOfValue } from '../values/type-of-value.ts'
import { CelBytes, CelError, CelList, type CelValue } from '../values/value.ts'

const comparable = [intType, uintType, doubleType, boolType, durationType, timestampType, stringType, bytesType]
const comparableNames: ReadonlySet<string> = new Set(comparable.map(({ name }) => name))
const listOfT = listType(paramType('T'))
const dynList = listType(dynType)

const isInt = (value: CelValue | undefined): value is number | bigint => typeof value === 'number' || typeof value === 'bigint'

function listFrom(value: CelValue | undefined): CelList {
  if (value instanceof CelList) return value
  throw new CelError('no such overload')
}

/** More are not made. */
const rangeMax = 10_000_000

function range(size: CelValue): CelList {
  const count = Number(size)
  if (count < 0) throw new CelError(`lists.range: size must be non-negative, got ${count}`)
  if (count > rangeMax) throw new CelError(`lists.range: size ${count} exceeds maximum allowed (${rangeMax})`)
  return new ArrayList(Array.from({ length: count }, (_each, index) => index))
}

function slice(list: CelList, start: CelValue, end: CelValue): CelList {
  const [from, to] = [Number(start), Number(end)]
  const call = `cannot slice(${from}, ${to})`
  if (from < 0 || to < 0) throw new CelError(`${call}, negative indexes not supported`)
  if (from > to) throw new CelError(`${call}, start index must be less than or equal to end index`)
  if (list.size < to) throw new CelError(`${call}, list is length ${list.size}`)
  return new ArrayList(Array.from({ length: to - from }, (_each, index) => list.at(from + index)))
}

/** What is no list stays as it is. */
function flatten(given: CelValue, levels: CelValue = 1): CelList {
  const budget = elementBudget()
  const flat: CelValue[] = []
  const add = (list: CelList, depth: number) => {
    for (const element of list) {
      budget.take()
      if (depth > 0 && element instanceof CelList) add(element, depth - 1)
      else flat.push(element)
    }
  }
  if (!isInt(levels)) throw new CelError('no such overload')
  if (levels < 0) throw new CelError('level must be non-negative')
  add(listFrom(given), Number(levels))
  return new ArrayList(flat)
}

function distinct(list: CelList): CelList {
  const budget = elementBudget()
  const found: CelValue[] = []
  for (const element of list) if (!found.some((other) => isEqual(element, other, budget))) found.push(element)
  return new ArrayList(found)
}

/** What has no order, such as NaN, is not less than anything. */
function isLess(a: CelValue, b: CelValue): boolean {
  try {
    return compare(a, b) < 0
  } catch (error) {
    if (error instanceof CelError) return false
    throw error
  }
}

/** `given` in the order of its elements' keys. @param associated a key for each element */
function sortByKeys(given: CelValue, associated: CelValue): CelList {
  const [list, keys] = [listFrom(given), listFrom(associated)]
  if (list.size !== keys.size) {
    const sizes = `${list.size} and ${keys.size} elements respectively`
    throw new CelError(`@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got ${sizes}`)
  }
  if (list.size === 0) return list
  const type = typeOfValue(keys.at(0)).name
  if (!comparableNames.has(type)) throw new CelError('list elements must be comparable')
  const pairs = Array.from({ length: list.size }, (_each, index) => ({ key: keys.at(index), element: list.at(index) }))
  if (pairs.some(({ key }) => typeOfValue(key).name !== type)) throw new CelError('list elements must have the same type')
  pairs.sort((a, b) => (isLess(a.key, b.key) ? -1 : isLess(b.key, a.key) ? 1 : 0))
  return new ArrayList(pairs.map(({ element }) => element))
}

const callCost = 1
/** cel-go's ListCreateBaseCost. */
const listCreateCost = 10

/** Of a list that is made. */
const estimate = (size: SizeEstimate, factor = 1): CallEstimate => ({
  cost: addEstimates(scaleEstimate(size, factor), fixed(callCost + listCreateCost)),
  resultSize: size,
})
const actual = (size: number, factor = 1) => Math.floor(size * factor) + callCost + listCreateCost

/** Every element is compared with every other. */
const compareFactor = 2
const factorOf = (ofText: boolean) => compareFactor + (ofText ? stringTraversalFactor : 0)
const estimateCompared = (size: SizeEstimate, elements?: CelType) =>
  estimate(multiplyEstimates(size, size), factorOf(elements === stringType || elements === bytesType))

function actualCompared(list: CelValue): number {
  const size = actualSize(list)
  const first = list instanceof CelList && list.size > 0 ? list.at(0) : undefined
  return actual(size * size, factorOf(typeof first === 'string' || first instanceof CelBytes))
}

/** The number that the expression itself says. */
function literalOf({ expr }: CostNode, otherwise: number): number {
  return expr?.kind === 'literal' && isInt(expr.value) ? Math.max(0, Number(expr.value)) : otherwise
}
const exactly = (size: number): SizeEstimate => ({ min: size, max: size })

const flattenOverload = (id: string, args: readonly CelType[], result: CelType): Overload => ({
  id,
  member: true,
  args,
  result,
  estimateCost: ({ target, args: [levels], sizeOf }) => estimate(sizeOf(target!), levels ? literalOf(levels, costMax) : 1),
  actualCost: ([list, levels = 1]) => actual(actualSize(list!), Math.max(0, Number(levels))),
})

const functions: readonly FunctionDeclaration[] = [
  {
    name: 'slice',
    overloads: [
      {
        id: 'list_slice',
        member: true,
        args: [listOfT, intType, intType],
        result: listOfT,
        evaluate: slice,
        estimateCost({ target, args: [start, end], sizeOf }) {
          const size = sizeOf(target!)
          return estimate(exactly(Math.max(0, literalOf(end!, size.max) - literalOf(start!, 0))))
        },
        actualCost: ([, start, end]) => actual(Math.max(0, Number(end) - Number(start))),
      },
    ],
  },
  {
    name: 'flatten',
    overloads: [flattenOverload('list_flatten', [listType(listOfT)], listOfT), flattenOverload('list_flatten_int', [dynList, intType], dynList)],
    evaluate: flatten,
  },
  {
    name: 'sort',
    overloads: comparable.map((type) => ({
      id: `list_${type.name}_sort`,
      member: true,
      args: [listType(type)],
      result: listType(type),
      estimateCost: ({ target, sizeOf }) => estimateCompared(sizeOf(target!), type),
      actualCost: ([list]) => actualCompared(list!),
    })),
    evaluate: (list: CelValue) => sortByKeys(list, list),
  },
  {
    name: '@sortByAssociatedKeys',
    overloads: comparable.map((type) => ({
      id: `list_${type.name}_sortByAssociatedKeys`,
      member: true,
      args: [listOfT, listType(type)],
      result: listOfT,
      estimateCost: ({ args: [keys], sizeOf }) => estimateCompared(sizeOf(keys!), type),
      actualCost: ([, keys]) => actualCompared(keys!),
    })),
    evaluate: sortByKeys,
  },
  {
    name: 'lists.range',
    overloads: [
      {
        id: 'lists_range',
        args: [intType],
        result: listType(intType),
        evaluate: range,
        estimateCost: ({ args: [size] }) => estimate(exactly(literalOf(size!, costMax))),
        actualCost: ([size]) => actual(Math.max(0, Number(size))),
      },
    ],
  },
  {
    name: 'reverse',
    overloads: [
      {
        id: 'list_reverse',
        member: true,
        args: [listOfT],
        result: listOfT,
        evaluate: (list: CelList) => new ArrayList([...list].toReversed()),
        estimateCost: ({ target, sizeOf }) => estimate(sizeOf(target!)),
        actualCost: ([list]) => actual(actualSize(list!)),
      },
    ],
  },
  {
    name: 'distinct',
    overloads: [
      {
        id: 'list_distinct',
        member: true,
        args: [listOfT],
        result: listOfT,
        evaluate: distinct,
        estimateCost: ({ target, sizeOf }) => estimateCompared(sizeOf(target!)),
        actualCost: ([list]) => actualCompared(list!),
      },
    ],
  },
]

const sortable: ReadonlySet<Expr['kind']> = new Set<Expr['kind']>(['list', 'select', 'ident', 'comprehension', 'call'])
const input = '@__sortBy_input__'

/** `list.sortBy(e, key of e)`: the list is bound to a variable, whose elements are mapped to their keys. */
const sortBy: Macro = {
  name: 'sortBy',
  member: true,
  argCount: 2,
  expand(helper, target, args) {
    if (!sortable.has(target!.kind)) {
      throw new MacroError('sortBy can only be applied to a list, identifier, comprehension, call or select expression', target)
    }
    return helper.comprehension({
      range: helper.list(),
      iterVar: '#unused',
      accuVar: input,
      accuInit: target!,
      condition: helper.literal(false),
      step: helper.ident(input),
      result: helper.memberCall('@sortByAssociatedKeys', helper.ident(input), expandMap(helper, helper.ident(input), args)!),
    })
  },
}

export const listsLibrary: Library = { name: 'cel.lib.ext.lists', macros: [sortBy], functions }
