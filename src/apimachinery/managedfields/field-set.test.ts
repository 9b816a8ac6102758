import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonValue } from '../json-value.ts'
import {
  below,
  difference,
  type FieldSet,
  hasPath,
  intersection,
  matching,
  paths,
  readSet,
  recursiveDifference,
  setOfFields,
  sortSet,
  union,
} from './field-set.ts'
import { printPath } from './path-element.ts'

const list = (set: FieldSet) => [...paths(set)].map((path) => path.map((element) => element.slice(2)).join('.')).sort()
const set = (...fields: string[]) => setOfFields(fields.map((field) => field.split('.')))

test('the form is that of FieldsV1', () => {
  expect(set('data', 'data.a', 'spec.x')).toEqual({ 'f:data': { '.': {}, 'f:a': {} }, 'f:spec': { 'f:x': {} } })
  expect(list(set('data', 'data.a', 'spec.x'))).toEqual(['data', 'data.a', 'spec.x'])
  expect([hasPath(set('a.b'), ['f:a']), hasPath(set('a.b'), ['f:a', 'f:b'])]).toEqual([false, true])
  expect([below(set('a'), 'f:a'), below(set('a.b'), 'f:a')]).toEqual([undefined, { 'f:b': {} }])
})

test('removing a parent leaves its children, unless asked otherwise', () => {
  expect(list(difference(set('a', 'a.b', 'a.c', 'd'), set('a', 'a.c')))).toEqual(['a.b', 'd'])
  expect(list(recursiveDifference(set('a', 'a.b', 'a.c', 'd'), set('a')))).toEqual(['d'])
  expect(list(recursiveDifference(set('a', 'a.b', 'a.c', 'd'), set('a.b')))).toEqual(['a', 'a.c', 'd'])
  expect(list(matching(set('a', 'a.x', 'a.x.r', 'a.x.r.s', 'a.x.q', 'a.y.q', 'b'), set('a.*.r'))!)).toEqual(['a', 'a.x', 'a.x.r', 'a.x.r.s'])
  expect(matching(set('a.b'), set('a.c'))).toBeUndefined()
})

test('nothing to remove gives the same object', () => {
  const fields = set('a.b', 'c')
  expect(difference(fields, set('x', 'a'))).toBe(fields)
  expect(sortSet(fields)).toBe(fields)
})

test('elements are sorted as the API server sorts them: fields, then keys by value, then values', () => {
  const sorted = sortSet({ 'v:"b"': {}, 'v:2': {}, 'v:10': {}, 'k:{"port":443}': {}, 'k:{"port":80}': {}, 'f:b': {}, 'f:a': {} })
  expect(Object.keys(sorted)).toEqual(['f:a', 'f:b', 'k:{"port":80}', 'k:{"port":443}', 'v:2', 'v:10', 'v:"b"'])
})

test('keys and values may be lists and maps: they sort element by element, and absent before present', () => {
  const inOrder = ['v:9007199254740993', 'v:9007199254740995', 'v:[1]', 'v:[1,1]', 'v:[2]', 'v:[10]', 'v:{"a":1}', 'v:{"a":1,"b":0}', 'v:{"a":2}', 'v:null']
  const shuffled = Object.fromEntries(inOrder.toReversed().map((element) => [element, {}]))
  expect(Object.keys(sortSet(shuffled))).toEqual(inOrder)
})

test('what a client wrote is made canonical', () => {
  expect(readSet({ 'f:l': { 'k:{ "b":1, "a":"x" }': { '.': {} } }, 'x:unknown': { 'f:a': {} } })).toEqual({ 'f:l': { 'k:{"a":"x","b":1}': {} } })
  const set = { 'k:null': {}, 'v:9007199254740993': {}, 'v:1e3': {}, 'v:1000.5': {} }
  expect(Object.keys(readSet(set))).toEqual(['k:{}', 'v:1000', 'v:1000.5', 'v:9007199254740993'])
  for (const bad of [{ nocolon: {} }, { f: {} }, { 'k:notjson': {} }, { 'f:a': 1 }, { 'i:x': {} }, []] as JsonValue[])
    expect(() => readSet(bad)).toThrow(SyntaxError)
  expect(readSet(JSON.parse('{"f:__proto__":{"f:x":{}}}') as JsonValue)).toEqual({ 'f:__proto__': { 'f:x': {} } })
})

test('paths print as in messages', () => {
  expect(printPath(['f:spec', 'k:{"name":"main"}', 'f:ports', 'k:{"containerPort":80,"protocol":"TCP"}', 'f:x'])).toBe(
    '.spec[name="main"].ports[containerPort=80,protocol="TCP"].x',
  )
  expect(printPath(['k:{"name":[1,"x"]}', 'v:{"a":1,"b":"y"}', 'v:null'])).toBe('[name=[1,"x"]][=a=1b="y"][=null]')
  expect(printPath(['f:metadata', 'f:finalizers', 'v:"example.com/f"'])).toBe('.metadata.finalizers[="example.com/f"]')
})

// The model: plain sets of dotted paths.
const field = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'))
const fields = fc.uniqueArray(field, { maxLength: 8 })

test('the algebra is that of sets of paths', () => {
  fc.assert(
    fc.property(fields, fields, (left, right) => {
      const [a, b] = [set(...left), set(...right)]
      expect(list(union(a, b))).toEqual([...new Set([...left, ...right])].sort())
      expect(list(intersection(a, b))).toEqual(left.filter((path) => right.includes(path)).sort())
      expect(list(difference(a, b))).toEqual(left.filter((path) => !right.includes(path)).sort())
      expect(list(recursiveDifference(a, b))).toEqual(left.filter((path) => !right.some((other) => path === other || path.startsWith(`${other}.`))).sort())
      expect(readSet(union(a, b) as JsonValue)).toEqual(union(a, b))
    }),
  )
})
