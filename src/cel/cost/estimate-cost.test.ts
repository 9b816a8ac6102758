import { expect, test } from 'vitest'
import { compile } from '../compile.ts'
import { bindingsLibrary } from '../library/bindings.ts'
import { setsLibrary } from '../library/sets.ts'
import { standardEnvironment } from '../library/standard/standard-environment.ts'
import { stringsLibrary } from '../library/strings/strings.ts'
import { bytesType, type CelType, dynType, intType, listType, mapType, objectType, stringType, timestampType } from '../types/cel-type.ts'
import { estimateCost } from './estimate-cost.ts'
import { costMax } from './estimates.ts'

const message = objectType('Message', [
  ['count', intType],
  ['name', stringType],
])
const listOfInt = listType(intType)
const listOfString = listType(stringType)
const nestedMap = mapType(stringType, mapType(stringType, message))

/** What cel-go's own tests expect (checker/cost_test.go), with Kubernetes' costs of strings, and the reason for each number. */
const cases: readonly {
  expr: string
  variables?: Readonly<Record<string, CelType>>
  /** The most that is known of sizes, by path. */
  sizes?: Readonly<Record<string, number>>
  cost: readonly [min: number, max: number]
  because: string
}[] = [
  { expr: '"Hello World!"', cost: [0, 0], because: 'constants are free' },
  { expr: 'input', variables: { input: listOfInt }, cost: [1, 1], because: 'reading a variable is the unit' },
  { expr: 'input["key"]', variables: { input: mapType(stringType, stringType) }, cost: [2, 2], because: 'variable, key' },
  { expr: 'input.count', variables: { input: message }, cost: [2, 2], because: 'variable, field' },
  { expr: 'input.count', variables: { input: dynType }, cost: [1, 1], because: 'fields of what is not known are free, as upstream has it' },
  { expr: 'has(input.count)', variables: { input: message }, cost: [2, 2], because: 'variable, presence' },
  { expr: 'input.getFullYear()', variables: { input: timestampType }, cost: [2, 2], because: 'variable, call' },
  { expr: '[1, 2, 3]', cost: [10, 10], because: 'a list' },
  { expr: '{"a": 1, "b": 2}', cost: [30, 30], because: 'a map' },
  { expr: 'input.all(x, true)', variables: { input: listOfInt }, sizes: { input: 100 }, cost: [2, 302], because: '2 + 100 * (accumulator, condition, ...)' },
  {
    expr: 'input.all(x, x.all(y, true))',
    variables: { input: listType(listOfInt) },
    sizes: { input: 50, 'input.@items': 10 },
    cost: [2, 1752],
    because: '2 + 50 * (3 + 2 + 10 * 3)',
  },
  { expr: '[1, 2, 3].all(x, true)', cost: [20, 20], because: 'list 10, result 1, 3 * 3' },
  { expr: 'input.matches("[0-9]")', variables: { input: stringType }, sizes: { input: 500 }, cost: [3, 103], because: '1 + (1..501)/10 * 5/4' },
  { expr: '"123".matches("[0-9]")', cost: [2, 2], because: 'ceil(4/10) * ceil(5/4)' },
  { expr: 'true || false', cost: [0, 0], because: 'logic is free' },
  { expr: '1 < 2', cost: [1, 1], because: 'a comparison' },
  { expr: '2 in [1, 2, 3]', cost: [13, 13], because: 'list 10, three elements' },
  { expr: 'true ? 1 : 2', cost: [0, 0], because: 'a choice is free' },
  { expr: 'string(input)', variables: { input: bytesType }, sizes: { input: 500 }, cost: [1, 51], because: '1 + 500/10' },
  { expr: 'bytes(input)', variables: { input: stringType }, sizes: { input: 500 }, cost: [1, 51], because: '1 + 500/10' },
  {
    expr: 'a.contains(b)',
    variables: { a: stringType, b: stringType },
    sizes: { a: 500, b: 500 },
    cost: [2, 2502],
    because: '2 + 50 * 50',
  },
  { expr: 'a.startsWith(b)', variables: { a: stringType, b: stringType }, sizes: { b: 500 }, cost: [2, 52], because: 'the prefix counts' },
  { expr: 'a.size()', variables: { a: stringType }, cost: [2, 2], because: 'variable, call' },
  {
    expr: '(x > 2 ? a : b).all(y, true)',
    variables: { x: intType, a: listOfInt, b: listOfInt },
    sizes: { a: 1, b: 1 },
    cost: [4, 7],
    because: 'the larger of both lists',
  },
  {
    expr: 'input.all(k, input[k].count > 3)',
    variables: { input: mapType(stringType, message) },
    sizes: { input: 10 },
    cost: [2, 82],
    because: '2 + 10 * 8',
  },
  {
    expr: 'input.all(k, input[k].all(x, true))',
    variables: { input: nestedMap },
    sizes: { input: 5, 'input.@values': 10 },
    cost: [2, 187],
    because: 'an entry of a map knows its path',
  },
  {
    expr: 'input.all(k, input[k].all(k, true) && k.contains(k))',
    variables: { input: nestedMap },
    sizes: { input: 2, 'input.@values': 2, 'input.@keys': 5 },
    cost: [2, 34],
    because: 'the inner k is forgotten again',
  },
  {
    expr: '(a + b).all(x, true)',
    variables: { a: listOfInt, b: listOfInt },
    sizes: { a: 10, b: 10 },
    cost: [4, 64],
    because: 'sizes of joined lists add up',
  },
  {
    expr: '"abcdefg".contains(a + b)',
    variables: { a: stringType, b: stringType },
    sizes: { a: 10, b: 10 },
    cost: [2, 6],
    because: 'sizes of joined strings add up',
  },
  { expr: 'cel.bind(x, a, x + x)', variables: { a: stringType }, sizes: { a: 10 }, cost: [13, 15], because: 'list 10, a, x twice, up to 20/10' },
  { expr: 'a.all(x, x == "")', variables: { a: listOfString }, cost: [2, costMax], because: 'nothing is known of a' },
  { expr: 'a.lowerAscii()', variables: { a: stringType }, sizes: { a: 100 }, cost: [1, 11], because: '1 + 100/10' },
  { expr: 'a.split(",").all(p, true)', variables: { a: stringType }, sizes: { a: 10 }, cost: [2, 34], because: 'as many parts as characters' },
  {
    expr: 'a.replace("x", "yy").size()',
    variables: { a: stringType },
    sizes: { a: 10 },
    cost: [2, 4],
    because: 'traversed twice',
  },
  { expr: 'sets.contains(a, [1, 2])', variables: { a: listOfInt }, sizes: { a: 10 }, cost: [12, 32], because: '1 + list 10 + 1 + 10 * 2' },
  { expr: 'a.join(",")', variables: { a: listOfString }, sizes: { a: 3, 'a.@items': 10 }, cost: [1, 5], because: '1 + (30 + 2)/10' },
]

for (const { expr, variables = {}, sizes = {}, cost, because } of cases)
  test(`${expr}: ${because}`, () => {
    const environment = standardEnvironment.extend({
      libraries: [bindingsLibrary, setsLibrary, stringsLibrary(2)],
      variables: Object.entries(variables).map(([name, type]) => ({ name, type })),
    })
    const compiled = compile(environment, expr)
    if (!compiled.ok) throw new Error(String(compiled.issues))
    const known = new Map(Object.entries(sizes))
    const estimate = estimateCost(environment, compiled.ast, {
      estimateSize({ path }) {
        const max = path && known.get(path.join('.'))
        return max === undefined ? undefined : { min: 0, max }
      },
    })
    expect([estimate.min, estimate.max]).toEqual(cost)
  })
