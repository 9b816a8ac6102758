// Source of the cases: the documentation of cel-go ext/lists.go; costs by its estimators and trackers.
import { describe, expect, test } from 'vitest'
import { estimateCost } from '../cost/estimate-cost.ts'
import { baseEnvironment } from '../kubernetes/environment.ts'
import { compileExpression } from '../kubernetes/expression.ts'
import { evaluate } from '../kubernetes/fake/evaluate.ts'

/** A text that begins with `! ` is an error. */
const check = (source: string, expected: unknown) => {
  const { value } = evaluate(source)
  if (typeof expected === 'string' && expected.startsWith('! ')) expect((value as Error).message).toContain(expected.slice(2))
  else expect(value).toEqual(expected)
}

describe('values', () => {
  test.each<[string, unknown]>([
    ['[1, 2, 3, 4].slice(1, 3)', [2, 3]],
    ['[1, 2].slice(2, 2)', []],
    ['[1, 2].slice(-1, 2)', '! cannot slice(-1, 2), negative indexes not supported'],
    ['[1, 2].slice(2, 1)', '! cannot slice(2, 1), start index must be less than or equal to end index'],
    ['[1, 2].slice(1, 3)', '! cannot slice(1, 3), list is length 2'],
    ['[[1], [2, 3], []].flatten()', [1, 2, 3]],
    ['[dyn(1), dyn([dyn(2), [3, 4]])].flatten()', [1, 2, [3, 4]]],
    ['dyn([1, 2]).flatten()', [1, 2]],
    ['[dyn(1), dyn([dyn(2), dyn([dyn(3), [4]])])].flatten(2)', [1, 2, 3, [4]]],
    ['[dyn(1), [2]].flatten(0)', [1, [2]]],
    ['[[1]].flatten(-1)', '! level must be non-negative'],
    ["dyn('a').flatten()", '! no such overload'],
    ['[1, 2, 2, 3, 3, 3].distinct()', [1, 2, 3]],
    ["['b', 'b', 'c', 'a', 'c'].distinct()", ['b', 'c', 'a']],
    ['[dyn(1), 1.0, [1], [1.0], [2]].distinct().size()', 3],
    ['[].distinct()', []],
    ['[5, 3, 1, 2].reverse()', [2, 1, 3, 5]],
    ['[3, 2, 1].sort()', [1, 2, 3]],
    ["['b', 'c', 'a'].sort()", ['a', 'b', 'c']],
    ['[true, false].sort()', [false, true]],
    ["[duration('2s'), duration('1s')].sort()[0] == duration('1s')", true],
    ["[dyn(1), 'b'].sort()", '! list elements must have the same type'],
    ['[dyn([1]), [2]].sort()', '! list elements must be comparable'],
    ['[[1]].sort()', "! found no matching overload for 'sort'"],
    ['[].sort()', []],
    ['lists.range(4)', [0, 1, 2, 3]],
    ['lists.range(0)', []],
    ['lists.range(-1)', '! lists.range: size must be non-negative, got -1'],
    ["['foo', 'ab', 'c'].sortBy(e, e.size())", ['c', 'ab', 'foo']],
    ["['ab', 'cd', 'x', 'ef'].sortBy(e, e.size())", ['x', 'ab', 'cd', 'ef']],
    ['[3, 1, 2].map(x, x * 2).sortBy(e, -e)', [6, 4, 2]],
    ['[3, 1, 2].sortBy(e, [e])', "! found no matching overload for '@sortByAssociatedKeys'"],
    ['1.sortBy(e, e)', '! sortBy can only be applied to a list, identifier, comprehension, call or select expression'],
    ['[1].sortBy(e.f, e)', '! argument is not an identifier'],
    ['[[3, 1], [2]].map(l, l.sortBy(e, e)).flatten()', [1, 3, 2]],
  ])('%s', check)
})

/** A call that makes a list costs 11 and what its elements are worth; lists of literals are estimated at 10 each, and are there already. */
test.each<[source: string, estimated: number, actual: number]>([
  ['[1, 2, 3, 4].slice(1, 3)', 10 + 11 + 2, 11 + 2],
  ['lists.range(7)', 11 + 7, 11 + 7],
  ['[1, 2, 3].reverse()', 10 + 11 + 3, 11 + 3],
  ['[1, 2, 3].distinct()', 10 + 11 + 18, 11 + 18],
  ["['a', 'b'].sort()", 10 + 11 + 9, 11 + 8],
  ['[[1], [2]].flatten()', 30 + 11 + 2, 11 + 2],
  ['[[[1]], [[2]]].flatten(2)', 50 + 11 + 4, 11 + 4],
])('%s is estimated at %i and costs %i', (source, estimated, actual) => {
  const compiled = compileExpression(baseEnvironment, source)
  if (!compiled.ok) throw new Error(compiled.error.detail)
  expect(estimateCost(baseEnvironment, compiled.ast, { estimateSize: () => undefined })).toEqual({ min: estimated, max: estimated })
  expect(evaluate(source).cost).toBe(actual)
})

test('nobody makes more than an expression may cost', () => {
  expect(String(evaluate('lists.range(9000000)').value)).toContain('cost limit')
  expect(String(evaluate('lists.range(1000).sort()').value)).toContain('cost limit')
})
