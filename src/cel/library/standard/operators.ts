// Operators as functions. Source: cel-go common/stdlib/standard.go, common/overloads/overloads.go.
import { comparesTexts, concatenates, joinsLists, searchesList } from '../../cost/standard-costs.ts'
import type { FunctionDeclaration, Overload } from '../../declarations.ts'
import {
  boolType,
  bytesType,
  type CelType,
  doubleType,
  durationType,
  intType,
  listType,
  mapType,
  paramType,
  stringType,
  timestampType,
  uintType,
} from '../../types/cel-type.ts'
import { add, divide, modulo, multiply, negate, subtract } from '../../values/arithmetic.ts'
import { elementBudget } from '../../values/bounds.ts'
import { compare } from '../../values/compare.ts'
import { isEqual } from '../../values/equal.ts'
import { CelError, CelList, CelMap, type CelValue } from '../../values/value.ts'

const a = paramType('A')
const b = paramType('B')
const listOfA = listType(a)
const mapOfAB = mapType(a, b)

/** Names of types in ids of overloads. */
const named = {
  bool: boolType,
  bytes: bytesType,
  double: doubleType,
  duration: durationType,
  int64: intType,
  list: listOfA,
  string: stringType,
  timestamp: timestampType,
  uint64: uintType,
} satisfies Record<string, CelType>
type Name = keyof typeof named

const same = (prefix: string, names: readonly Name[], result?: CelType): Overload[] =>
  names.map((name) => ({ id: `${prefix}_${name}`, args: [named[name], named[name]], result: result ?? named[name] }))

const mixed = (prefix: string, left: Name, right: Name, result: Name): Overload => ({
  id: `${prefix}_${left}_${right}`,
  args: [named[left], named[right]],
  result: named[result],
})

const withCosts = (overloads: readonly Overload[], costs: Readonly<Record<string, Partial<Overload>>>): Overload[] =>
  overloads.map((overload) => ({ ...overload, ...costs[overload.id] }))

function ordering(name: string, prefix: string, holds: (order: number) => boolean): FunctionDeclaration {
  const overloads: Overload[] = [
    ...same(prefix, ['bool', 'int64'], boolType),
    ...crossType(prefix, 'int64', ['double', 'uint64']),
    ...same(prefix, ['uint64'], boolType),
    ...crossType(prefix, 'uint64', ['double', 'int64']),
    ...same(prefix, ['double'], boolType),
    ...crossType(prefix, 'double', ['int64', 'uint64']),
    ...same(prefix, ['string', 'bytes', 'timestamp', 'duration'], boolType),
  ]
  return {
    name,
    overloads: withCosts(overloads, { [`${prefix}_string`]: comparesTexts, [`${prefix}_bytes`]: comparesTexts }),
    evaluate: (left, right) => holds(compare(left!, right!, name)),
  }
}

const crossType = (prefix: string, left: Name, rights: readonly Name[]): Overload[] =>
  rights.map((right) => ({ ...mixed(prefix, left, right, 'bool'), crossTypeComparison: true }))

/** These run inside the planner; here are only their signatures. */
const planned: readonly FunctionDeclaration[] = [
  { name: '_?_:_', overloads: [{ id: 'conditional', args: [boolType, a, a], result: a }] },
  { name: '_&&_', overloads: [{ id: 'logical_and', args: [boolType, boolType], result: boolType }] },
  { name: '_||_', overloads: [{ id: 'logical_or', args: [boolType, boolType], result: boolType }] },
  { name: '@not_strictly_false', overloads: [{ id: 'not_strictly_false', args: [boolType], result: boolType }] },
  { name: '_==_', overloads: [{ id: 'equals', args: [a, a], result: boolType, ...comparesTexts }] },
  { name: '_!=_', overloads: [{ id: 'not_equals', args: [a, a], result: boolType, ...comparesTexts }] },
  {
    name: '_[_]',
    overloads: [
      { id: 'index_list', args: [listOfA, intType], result: a },
      { id: 'index_map', args: [mapOfAB, a], result: b },
    ],
  },
]

export const operators: readonly FunctionDeclaration[] = [
  ...planned,
  {
    name: '!_',
    overloads: [{ id: 'logical_not', args: [boolType], result: boolType }],
    evaluate(value) {
      if (typeof value !== 'boolean') throw new CelError('no such overload')
      return !value
    },
  },
  {
    name: '_+_',
    overloads: withCosts(
      [
        ...same('add', ['bytes', 'double']),
        mixed('add', 'duration', 'duration', 'duration'),
        mixed('add', 'duration', 'timestamp', 'timestamp'),
        mixed('add', 'timestamp', 'duration', 'timestamp'),
        ...same('add', ['int64', 'list', 'string', 'uint64']),
      ],
      { add_bytes: concatenates, add_string: concatenates, add_list: joinsLists },
    ),
    evaluate: (left, right) => add(left!, right!),
  },
  {
    name: '_-_',
    overloads: [
      ...same('subtract', ['double']),
      mixed('subtract', 'duration', 'duration', 'duration'),
      ...same('subtract', ['int64']),
      mixed('subtract', 'timestamp', 'duration', 'timestamp'),
      mixed('subtract', 'timestamp', 'timestamp', 'duration'),
      ...same('subtract', ['uint64']),
    ],
    evaluate: (left, right) => subtract(left!, right!),
  },
  { name: '_*_', overloads: same('multiply', ['double', 'int64', 'uint64']), evaluate: (left, right) => multiply(left!, right!) },
  { name: '_/_', overloads: same('divide', ['double', 'int64', 'uint64']), evaluate: (left, right) => divide(left!, right!) },
  { name: '_%_', overloads: same('modulo', ['int64', 'uint64']), evaluate: (left, right) => modulo(left!, right!) },
  {
    name: '-_',
    overloads: [
      { id: 'negate_double', args: [doubleType], result: doubleType },
      { id: 'negate_int64', args: [intType], result: intType },
    ],
    evaluate: (value) => negate(value!),
  },
  ordering('_<_', 'less', (order) => order < 0),
  ordering('_<=_', 'less_equals', (order) => order <= 0),
  ordering('_>_', 'greater', (order) => order > 0),
  ordering('_>=_', 'greater_equals', (order) => order >= 0),
  {
    name: '@in',
    overloads: [
      { id: 'in_list', args: [a, listOfA], result: boolType, ...searchesList },
      { id: 'in_map', args: [a, mapOfAB], result: boolType },
    ],
    evaluate: (element, container) => isIn(element!, container!),
  },
]

function isIn(element: CelValue, container: CelValue): boolean {
  if (container instanceof CelMap) return container.get(element) !== undefined
  if (!(container instanceof CelList)) throw new CelError('no such overload')
  const budget = elementBudget()
  for (let i = 0; i < container.size; i++) if (isEqual(element, container.at(i), budget)) return true
  return false
}
