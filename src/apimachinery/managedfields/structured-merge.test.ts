// Histories of updates and applies with the object and the owners they end with: the cases of structured-merge-diff
// merge/{nested,set,duplicates}_test.go.
import { expect, test } from 'vitest'
import { ApiError } from '../api-error.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { newFieldManagerFor } from './field-manager.ts'
import { elementOf } from './list-elements.ts'
import type { TypeNode } from './type-node.ts'
import { deduced } from './type-view.ts'

const numeric: TypeNode = { scalar: 'numeric' }
const text: TypeNode = { scalar: 'string' }
const mapOf = (member: () => TypeNode): TypeNode => ({ map: { atomic: false, field: () => undefined, element: member } })
const struct = (types: { readonly [name: string]: TypeNode }): TypeNode => ({
  map: { atomic: false, field: (name) => (Object.hasOwn(types, name) ? { type: () => types[name]! } : undefined), element: () => undefined },
})
const listOf = (element: TypeNode, ...keys: string[]): TypeNode => ({ list: { atomic: false, keys, element: () => element } })
const deep: TypeNode = mapOf(() => deep)
const fields: ReadonlyMap<string, TypeNode> = new Map([
  ['lists', listOf(struct({ name: text, value: listOf(text) }), 'name')],
  ['maps', listOf(struct({ name: text, value: mapOf(() => text) }), 'name')],
  ['mapOfLists', mapOf(() => listOf(text))],
  ['deep', deep],
  ['struct', struct({ name: text, value: numeric })],
  ['words', listOf(text)],
  ['list', listOf(struct({ name: text, x: numeric, y: numeric }), 'name')],
  ['set', listOf(numeric)],
  ['other', numeric],
])
const root: TypeNode = {
  map: { atomic: false, field: (name) => ({ type: () => fields.get(name) ?? deduced }), element: () => undefined },
}
const manager = newFieldManagerFor({ root: () => root, empty: () => ({}) })

interface Step {
  readonly by: string
  readonly verb: 'update' | 'apply' | 'force'
  readonly says: JsonObject
  /** The fields in conflict: the write is refused. */
  readonly conflicts?: readonly string[]
}

const update = (by: string, says: JsonObject): Step => ({ by, verb: 'update', says })
const apply = (by: string, says: JsonObject, ...conflicts: string[]): Step => ({ by, verb: 'apply', says, conflicts })
const force = (by: string, says: JsonObject): Step => ({ by, verb: 'force', says })

function write(live: JsonObject | undefined, { by, verb, says }: Step): JsonObject {
  const object: JsonObject = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'thing' }, ...says }
  const common = { typeName: '', apiVersion: 'v1', kind: 'Thing', live, manager: by, subresource: '', nowMs: 0 }
  const result = verb === 'update' ? manager.update({ ...common, updated: object }) : manager.apply({ ...common, applied: object, force: verb === 'force' })
  return { ...result, metadata: { ...(result['metadata'] as JsonObject), uid: 'u' } }
}

function conflictsOf(live: JsonObject | undefined, step: Step): readonly unknown[] {
  try {
    write(live, step)
    return []
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return error.details?.causes?.map(({ field }) => field) ?? [error.message]
  }
}

function play(steps: readonly Step[]): { readonly says: JsonObject; readonly owned: { readonly [manager: string]: JsonValue } } {
  let live: JsonObject | undefined
  for (const step of steps) {
    const wanted = step.conflicts ?? []
    if (wanted.length > 0) expect(conflictsOf(live, step)).toEqual(wanted)
    else live = write(live, step)
  }
  const { apiVersion: _, kind: __, metadata, ...says } = live!
  const entries = (metadata as JsonObject)['managedFields'] as { readonly manager: string; readonly fieldsV1: JsonValue }[]
  return { says, owned: Object.fromEntries(entries.map(({ manager: name, fieldsV1 }) => [name, fieldsV1])) }
}

type Case = [name: string, steps: readonly Step[], says: JsonObject, owned: { readonly [manager: string]: JsonValue }]

const check = (_name: string, steps: readonly Step[], says: JsonObject, owned: { readonly [manager: string]: JsonValue }) =>
  expect(play(steps)).toEqual({ says, owned })

const twice = [
  { name: 'a', x: 1 },
  { name: 'a', x: 2 },
  { name: 'b', x: 3 },
]
const [a, b] = ['k:{"name":"a"}', 'k:{"name":"b"}']
const wholly = { '.': {}, 'f:name': {}, 'f:x': {} }

// An update may write an element twice; only applies are refused. Such elements are owned as a whole, never by their fields.
test.each<Case>([
  ['a value twice in a set is owned once', [update('one', { set: [1, 1, 3] })], { set: [1, 1, 3] }, { one: { 'f:set': { '.': {}, 'v:1': {}, 'v:3': {} } } }],
  [
    'who repeats a value owns it',
    [update('one', { set: [1, 3] }), update('two', { set: [1, 1, 3] })],
    { set: [1, 1, 3] },
    { one: { 'f:set': { '.': {}, 'v:3': {} } }, two: { 'f:set': { 'v:1': {} } } },
  ],
  [
    'who removes the repetition owns it',
    [update('one', { set: [1, 1, 3] }), update('two', { set: [1, 3] })],
    { set: [1, 3] },
    { one: { 'f:set': { '.': {}, 'v:3': {} } }, two: { 'f:set': { 'v:1': {} } } },
  ],
  [
    'to state a repeated value once is to change it',
    [update('one', { set: [1, 1, 3] }), apply('two', { set: [1] }, '.set[=1]'), force('two', { set: [1] })],
    { set: [1, 3] },
    { one: { 'f:set': { '.': {}, 'v:3': {} } }, two: { 'f:set': { 'v:1': {} } } },
  ],
  [
    'an apply of another value leaves the repetition',
    [update('one', { set: [1, 1, 3] }), apply('two', { set: [5] })],
    { set: [1, 1, 3, 5] },
    { one: { 'f:set': { '.': {}, 'v:1': {}, 'v:3': {} } }, two: { 'f:set': { 'v:5': {} } } },
  ],
  ['an element twice is owned without its fields', [update('one', { list: twice })], { list: twice }, { one: { 'f:list': { '.': {}, [a]: {}, [b]: wholly } } }],
  [
    'who changes one of the two owns both',
    [update('one', { list: twice }), update('two', { list: [twice[0]!, { name: 'a', x: 9 }, twice[2]!] })],
    { list: [twice[0]!, { name: 'a', x: 9 }, twice[2]!] },
    { one: { 'f:list': { '.': {}, [b]: wholly } }, two: { 'f:list': { [a]: {} } } },
  ],
  [
    'also who adds a field to one of the two',
    [update('one', { list: twice }), update('two', { list: [twice[0]!, { name: 'a', x: 2, y: 3 }, twice[2]!] })],
    { list: [twice[0]!, { name: 'a', x: 2, y: 3 }, twice[2]!] },
    { one: { 'f:list': { '.': {}, [b]: wholly } }, two: { 'f:list': { [a]: {} } } },
  ],
  [
    'who adds the second of an element takes it with its fields',
    [update('one', { list: [twice[0]!, twice[2]!] }), update('two', { list: [twice[0]!, { name: 'a', y: 3 }, twice[2]!] })],
    { list: [twice[0]!, { name: 'a', y: 3 }, twice[2]!] },
    { one: { 'f:list': { '.': {}, [b]: wholly } }, two: { 'f:list': { [a]: {} } } },
  ],
  [
    'who leaves only one of the two takes it with its fields',
    [update('one', { list: twice }), update('two', { list: [twice[1]!, twice[2]!] })],
    { list: [twice[1]!, twice[2]!] },
    { one: { 'f:list': { '.': {}, [b]: wholly } }, two: { 'f:list': { [a]: wholly } } },
  ],
  [
    'an element beside the two is of no concern to them',
    [update('one', { list: twice.slice(0, 2) }), update('two', { list: twice })],
    { list: twice },
    { one: { 'f:list': { '.': {}, [a]: {} } }, two: { 'f:list': { [b]: wholly } } },
  ],
  [
    'an apply elsewhere leaves the two',
    [update('one', { list: twice }), force('two', { other: 5 })],
    { list: twice, other: 5 },
    { one: { 'f:list': { '.': {}, [a]: {}, [b]: wholly } }, two: { 'f:other': {} } },
  ],
  [
    'applied, the two become one, against their owner',
    [update('one', { list: twice }), apply('two', { list: [{ name: 'a', x: 9 }] }, '.list[name="a"]'), force('two', { list: [{ name: 'a', x: 9 }] })],
    { list: [{ name: 'a', x: 9 }, twice[2]!] },
    { one: { 'f:list': { '.': {}, [b]: wholly } }, two: { 'f:list': { [a]: wholly } } },
  ],
  [
    'even when the configuration says what the second says',
    [update('one', { list: twice }), apply('two', { list: [twice[1]!] }, '.list[name="a"]')],
    { list: twice },
    { one: { 'f:list': { '.': {}, [a]: {}, [b]: wholly } } },
  ],
  [
    'applied beside the two',
    [update('one', { list: twice }), force('two', { list: [{ name: 'b', x: 4 }] })],
    { list: [twice[0]!, twice[1]!, { name: 'b', x: 4 }] },
    { one: { 'f:list': { '.': {}, [a]: {}, [b]: { '.': {}, 'f:name': {} } } }, two: { 'f:list': { [b]: wholly } } },
  ],
  [
    'an element that was repeated since is not removed by who applied it',
    [apply('one', { list: [twice[0]!, twice[2]!] }), update('two', { list: twice }), apply('one', { list: [twice[2]!] })],
    { list: twice },
    { one: { 'f:list': { [b]: wholly } }, two: { 'f:list': { [a]: {} } } },
  ],
])('elements that occur twice: %s', check)

const at = (name: string) => `k:{"name":"${name}"}`
const four = ['a', 'b', 'c', 'd']

test.each<Case>([
  [
    'another value in the list of an element',
    [apply('one', { lists: [{ name: 'a', value: ['b', 'c'] }] }), apply('one', { lists: [{ name: 'a', value: ['a', 'c'] }] })],
    { lists: [{ name: 'a', value: ['a', 'c'] }] },
    { one: { 'f:lists': { [at('a')]: { '.': {}, 'f:name': {}, 'f:value': { 'v:"a"': {}, 'v:"c"': {} } } } } },
  ],
  [
    'another element with another list',
    [apply('one', { lists: [{ name: 'a', value: ['b', 'c'] }] }), apply('one', { lists: [{ name: 'b', value: ['a', 'c'] }] })],
    { lists: [{ name: 'b', value: ['a', 'c'] }] },
    { one: { 'f:lists': { [at('b')]: { '.': {}, 'f:name': {}, 'f:value': { 'v:"a"': {}, 'v:"c"': {} } } } } },
  ],
  [
    'other members in the map of an element',
    [apply('one', { maps: [{ name: 'a', value: { b: 'x', c: 'y' } }] }), apply('one', { maps: [{ name: 'a', value: { a: 'x', c: 'z' } }] })],
    { maps: [{ name: 'a', value: { a: 'x', c: 'z' } }] },
    { one: { 'f:maps': { [at('a')]: { '.': {}, 'f:name': {}, 'f:value': { 'f:a': {}, 'f:c': {} } } } } },
  ],
  [
    'other values in a list of a map',
    [apply('one', { mapOfLists: { a: ['b', 'c'] } }), apply('one', { mapOfLists: { a: ['a', 'c'] } })],
    { mapOfLists: { a: ['a', 'c'] } },
    { one: { 'f:mapOfLists': { 'f:a': { '.': {}, 'v:"a"': {}, 'v:"c"': {} } } } },
  ],
  [
    'another list in a map',
    [apply('one', { mapOfLists: { a: ['b', 'c'] } }), apply('one', { mapOfLists: { b: ['a', 'c'] } })],
    { mapOfLists: { b: ['a', 'c'] } },
    { one: { 'f:mapOfLists': { 'f:b': { '.': {}, 'v:"a"': {}, 'v:"c"': {} } } } },
  ],
  [
    'another key between two maps',
    [apply('one', { deep: { a: { b: { c: null } } } }), apply('one', { deep: { a: { d: { c: null } } } })],
    { deep: { a: { d: { c: null } } } },
    { one: { 'f:deep': { 'f:a': { '.': {}, 'f:d': { '.': {}, 'f:c': {} } } } } },
  ],
  [
    'null instead of a struct: only the struct is owned',
    [apply('one', { struct: { name: 'a' } }), apply('one', { struct: null })],
    { struct: null },
    { one: { 'f:struct': {} } },
  ],
  [
    'a struct no longer stated keeps what others added',
    [apply('one', { struct: { name: 'a' } }), update('two', { struct: { name: 'a', value: 1 } }), apply('one', {})],
    { struct: { value: 1 } },
    { two: { 'f:struct': { 'f:value': {} } } },
  ],
  [
    'so does one that is stated empty',
    [apply('one', { struct: { name: 'a' } }), update('two', { struct: { name: 'a', value: 1 } }), apply('one', { struct: {} })],
    { struct: { value: 1 } },
    { one: { 'f:struct': {} }, two: { 'f:struct': { 'f:value': {} } } },
  ],
  [
    'and one that is stated null',
    [apply('one', { struct: { name: 'a' } }), update('two', { struct: { name: 'a', value: 1 } }), apply('one', { struct: null })],
    { struct: { value: 1 } },
    { one: { 'f:struct': {} }, two: { 'f:struct': { 'f:value': {} } } },
  ],
  [
    'what others changed stays theirs',
    [apply('one', { struct: { name: 'a' } }), update('two', { struct: { name: 'b', value: 1 } }), apply('one', { struct: null })],
    { struct: { name: 'b', value: 1 } },
    { one: { 'f:struct': {} }, two: { 'f:struct': { 'f:name': {}, 'f:value': {} } } },
  ],
])('nested: %s', check)

test('a list key that is null is another than an absent one, which has its default', () => {
  const port = struct({ port: numeric, protocol: text })
  const withDefault: TypeNode = { map: { ...port.map!, field: (name) => ({ ...port.map!.field(name)!, ...(name === 'protocol' ? { default: 'TCP' } : {}) }) } }
  const list = listOf(withDefault, 'port', 'protocol').list!
  expect([{ port: 80 }, { port: 80, protocol: null }, { port: 80, protocol: 'UDP' }].map((value) => elementOf(list, value))).toEqual([
    'k:{"port":80,"protocol":"TCP"}',
    'k:{"port":80,"protocol":null}',
    'k:{"port":80,"protocol":"UDP"}',
  ])
})

const owning = (...words: string[]) => ({ 'f:words': Object.fromEntries(words.map((word) => [`v:"${word}"`, {}])) })

test.each<Case>([
  ['values are added where they are stated', [apply('one', { words: ['a', 'c'] }), apply('one', { words: four })], { words: four }, { one: owning(...four) }],
  ['values go', [apply('one', { words: four }), apply('one', { words: ['a', 'c'] })], { words: ['a', 'c'] }, { one: owning('a', 'c') }],
  [
    'values of others stay before the next one that both have',
    [apply('one', { words: ['a', 'c'] }), update('two', { words: four }), apply('one', { words: ['a', 'x', 'c', 'y'] })],
    { words: ['a', 'b', 'x', 'c', 'd', 'y'] },
    { one: owning('a', 'x', 'c', 'y'), two: owning('b', 'd') },
  ],
  [
    'values of others can be shared',
    [apply('one', { words: ['a', 'c'] }), update('two', { words: four }), apply('one', { words: ['a', 'b', 'c'] })],
    { words: four },
    { one: owning('a', 'b', 'c'), two: owning('b', 'd') },
  ],
  [
    'another order is no other owner',
    [apply('one', { words: four }), update('two', { words: ['a', 'd', 'c', 'b'] })],
    { words: ['a', 'd', 'c', 'b'] },
    { one: owning(...four) },
  ],
  [
    'the next apply has its order again',
    [apply('one', { words: four }), update('two', { words: ['a', 'd', 'c', 'b'] }), apply('one', { words: four })],
    { words: four },
    { one: owning(...four) },
  ],
])('the order of sets: %s', check)
