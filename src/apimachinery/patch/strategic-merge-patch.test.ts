import { expect, test } from 'vitest'
import { ApiError } from '../api-error.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import type { Schema, SchemaField, SchemaType } from '../schema.ts'
import { applyStrategicMergePatch } from './strategic-merge-patch.ts'

const field = (name: string, type: string, card: SchemaField['card'] = 'one', more: Partial<SchemaField> = {}): SchemaField => ({
  name,
  number: 1,
  type,
  card,
  optional: true,
  ...more,
})
const type = (...fields: SchemaField[]): SchemaType => ({ proto: null, fields })
const byName = { patchStrategy: 'merge', patchMergeKey: 'name' }

/** The shapes of Pod, Service and ObjectMeta that matter here. */
const schema: Schema = new Map([
  ['Object', type(field('metadata', 'Meta'), field('spec', 'Spec'), field('data', 'string', 'map'))],
  ['Meta', type(field('finalizers', 'string', 'list', { patchStrategy: 'merge' }), field('labels', 'string', 'map'))],
  [
    'Spec',
    type(
      field('containers', 'Container', 'list', byName),
      field('volumes', 'Volume', 'list', { patchStrategy: 'merge,retainKeys', patchMergeKey: 'name' }),
      field('ports', 'Port', 'list', { patchStrategy: 'merge', patchMergeKey: 'port' }),
      field('tolerations', 'Toleration', 'list'),
      field('strategy', 'Strategy', 'one', { patchStrategy: 'retainKeys' }),
      field('whole', 'Strategy', 'one', { patchStrategy: 'replace' }),
    ),
  ],
  ['Container', type(field('name', 'string'), field('image', 'string'), field('env', 'Env', 'list', byName))],
  ['Env', type(field('name', 'string'), field('value', 'string'))],
  ['Volume', type(field('name', 'string'), field('source', 'Source', 'one', { inline: true }))],
  ['Source', type(field('emptyDir', 'Dir'), field('hostPath', 'Dir'))],
  ['Dir', type(field('path', 'string'), field('medium', 'string'))],
  ['Port', type(field('port', 'int32'), field('name', 'string'))],
  ['Toleration', type(field('key', 'string'))],
  ['Strategy', type(field('type', 'string'), field('rollingUpdate', 'Rolling'))],
  ['Rolling', type(field('maxSurge', 'int32'))],
])

function patch(original: JsonObject, change: JsonValue): unknown {
  const before = JSON.stringify([original, change])
  try {
    return applyStrategicMergePatch(schema, 'Object', original, change)
  } catch (error) {
    if (error instanceof ApiError) return `${error.code} ${error.message}`
    throw error
  } finally {
    expect(JSON.stringify([original, change])).toBe(before)
  }
}

const spec = (value: JsonObject) => ({ spec: value })
const abc = {
  containers: [
    { name: 'a', image: 'a' },
    { name: 'b', image: 'b' },
    { name: 'c', image: 'c' },
  ],
}

// Results and messages of a real API server.
test.each<[string, JsonObject, JsonValue, unknown]>([
  [
    'elements merge by key',
    spec({ containers: [{ name: 'a', image: '1' }] }),
    spec({ containers: [{ name: 'a', image: '2' }] }),
    spec({ containers: [{ name: 'a', image: '2' }] }),
  ],
  [
    'a new element comes first',
    spec({ containers: [{ name: 'a' }] }),
    spec({ containers: [{ name: 'side' }] }),
    spec({ containers: [{ name: 'side' }, { name: 'a' }] }),
  ],
  [
    '$patch: delete',
    spec(abc),
    spec({
      containers: [
        { name: 'b', $patch: 'delete' },
        { name: 'zzz', $patch: 'delete' },
      ],
    }),
    spec({ containers: [abc.containers[0]!, abc.containers[2]!] }),
  ],
  ['$patch: replace of a list', spec(abc), spec({ containers: [{ name: 'only' }, { $patch: 'replace' }] }), spec({ containers: [{ name: 'only' }] })],
  ['$patch: replace in a named element empties', spec(abc), spec({ containers: [{ name: 'a', $patch: 'replace' }] }), spec({ containers: [] })],
  ['no merge key', spec(abc), spec({ containers: [{ image: 'no-name' }] }), '500 map: map[image:no-name] does not contain declared merge key: name'],
  ['$patch: merge', spec(abc), spec({ containers: [{ name: 'a', $patch: 'merge' }] }), '500 merging lists cannot yet be specified in the patch'],
  [
    '$patch: nonsense',
    spec(abc),
    spec({ containers: [{ name: 'a', $patch: 'nonsense' }] }),
    '500 unknown patch type: nonsense in map: map[$patch:nonsense name:a]',
  ],
  [
    'keys are compared with their type',
    spec({ ports: [{ port: 80 }] }),
    spec({ ports: [{ port: 80, name: 'x' }] }),
    spec({ ports: [{ port: 80, name: 'x' }] }),
  ],
  [
    'elements of another kind',
    spec({ containers: [{ name: 'a' }] }),
    spec({ containers: ['main'] }),
    '500 list element types are not identical: [[map[name:a]] [main]]',
  ],
  ['lists without strategy are replaced', spec({ tolerations: [{ key: 'a' }] }), spec({ tolerations: [{ key: 'b' }] }), spec({ tolerations: [{ key: 'b' }] })],
  ['another type replaces', spec(abc), spec({ containers: { name: 'a' } }), spec({ containers: { name: 'a' } })],

  [
    '$retainKeys',
    spec({ volumes: [{ name: 'v', emptyDir: {} }] }),
    spec({ volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] }),
    spec({ volumes: [{ name: 'v', hostPath: { path: '/x' } }] }),
  ],
  [
    '$retainKeys of a map',
    spec({ strategy: { type: 'A', rollingUpdate: { maxSurge: 1 } } }),
    spec({ strategy: { $retainKeys: ['type'], type: 'B' } }),
    spec({ strategy: { type: 'B' } }),
  ],
  [
    '$retainKeys keeps what it names',
    spec({ strategy: { type: 'A', rollingUpdate: { maxSurge: 1 } } }),
    spec({ strategy: { $retainKeys: ['type', 'rollingUpdate'], rollingUpdate: { maxSurge: 3 } } }),
    spec({ strategy: { type: 'A', rollingUpdate: { maxSurge: 3 } } }),
  ],
  [
    '$retainKeys without a member',
    spec({ volumes: [{ name: 'v' }] }),
    spec({ volumes: [{ name: 'v', $retainKeys: ['name'], emptyDir: {} }] }),
    '400 invalid patch format of retainKeys',
  ],
  [
    '$retainKeys no list',
    spec({ volumes: [{ name: 'v' }] }),
    spec({ volumes: [{ name: 'v', $retainKeys: 'name' }] }),
    '400 invalid patch format of retainKeys',
  ],
  [
    'null in an inlined struct',
    spec({ volumes: [{ name: 'v', hostPath: {} }] }),
    spec({ volumes: [{ name: 'v', emptyDir: {}, hostPath: null }] }),
    spec({ volumes: [{ name: 'v', emptyDir: {} }] }),
  ],
  ['strategy replace', spec({ whole: { type: 'A', rollingUpdate: {} } }), spec({ whole: { type: 'B' } }), spec({ whole: { type: 'B' } })],

  [
    '$setElementOrder',
    spec(abc),
    spec({ '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }, { name: 'b' }], containers: [{ name: 'a', image: '2' }] }),
    spec({ containers: [abc.containers[2]!, { name: 'a', image: '2' }, abc.containers[1]!] }),
  ],
  [
    '$setElementOrder: live elements keep their place',
    spec({ containers: [{ name: 'c' }, { name: 'a' }, { name: 'b' }] }),
    spec({ '$setElementOrder/containers': [{ name: 'b' }, { name: 'new' }], containers: [{ name: 'new' }] }),
    spec({ containers: [{ name: 'c' }, { name: 'a' }, { name: 'b' }, { name: 'new' }] }),
  ],
  [
    '$setElementOrder alone',
    spec({ containers: [{ name: 'b' }, { name: 'a' }] }),
    spec({ '$setElementOrder/containers': [{ name: 'a' }, { name: 'b' }] }),
    spec({ containers: [{ name: 'a' }, { name: 'b' }] }),
  ],
  // Upstream takes elements out of the live list itself and appends to it: a new element that fills a gap counts as the last live one.
  [
    '$setElementOrder: a new element in the place of a deleted one comes after live elements',
    spec(abc),
    spec({ '$setElementOrder/containers': [{ name: 'b' }, { name: 'x' }], containers: [{ name: 'x' }, { name: 'a', $patch: 'delete' }] }),
    spec({ containers: [abc.containers[1]!, abc.containers[2]!, { name: 'x' }] }),
  ],
  [
    '$setElementOrder: two new elements in the place of one',
    spec({ containers: [{ name: 'a' }, { name: 'd' }] }),
    spec({ '$setElementOrder/containers': [{ name: 'b' }, { name: 'c' }], containers: [{ name: 'b' }, { name: 'c' }, { name: 'a', $patch: 'delete' }] }),
    spec({ containers: [{ name: 'd' }, { name: 'b' }, { name: 'c' }] }),
  ],
  [
    '$setElementOrder: a new element without a deletion comes before live ones',
    spec(abc),
    spec({ '$setElementOrder/containers': [{ name: 'b' }, { name: 'x' }], containers: [{ name: 'x' }] }),
    spec({ containers: [abc.containers[0]!, abc.containers[1]!, { name: 'x' }, abc.containers[2]!] }),
  ],
  [
    '$setElementOrder that omits an element',
    spec(abc),
    spec({ '$setElementOrder/containers': [{ name: 'b' }], containers: [{ name: 'a', image: 'a:3' }] }),
    "500 The order in patch list:\n[map[image:a:3 name:a]]\n doesn't match $setElementOrder list:\n[map[name:b]]\n",
  ],
  [
    '$setElementOrder of an unknown list',
    spec(abc),
    spec({ '$setElementOrder/x': [{ name: 'b' }] }),
    '500 unable to find api field in struct Spec for the json field "x"',
  ],
  [
    '$setElementOrder that ends before a directive',
    spec(abc),
    spec({ '$setElementOrder/containers': [{ name: 'a' }], containers: [{ name: 'a' }, { $patch: 'replace' }] }),
    "500 The order in patch list:\n[map[name:a] map[$patch:replace]]\n doesn't match $setElementOrder list:\n[map[name:a]]\n",
  ],
  ['a directive without its slash', spec(abc), spec({ $setElementOrdercontainers: [] }), '400 invalid patch format of setElementOrder list'],
  ['a deletion without its slash', spec(abc), spec({ $deleteFromPrimitiveListx: [] }), '400 invalid patch format of primitive list'],
  ['$setElementOrder no list', spec(abc), spec({ '$setElementOrder/containers': 'a' }), '500 expected a []interface {}, but received a string'],

  ['sets merge', { metadata: { finalizers: ['a'] } }, { metadata: { finalizers: ['b', 'a'] } }, { metadata: { finalizers: ['b', 'a'] } }],
  [
    'sets: what is not in the patch keeps its place',
    { metadata: { finalizers: ['a', 'b'] } },
    { metadata: { finalizers: ['b', 'c'] } },
    { metadata: { finalizers: ['a', 'b', 'c'] } },
  ],
  [
    '$deleteFromPrimitiveList',
    { metadata: { finalizers: ['a', 'b'] } },
    { metadata: { '$deleteFromPrimitiveList/finalizers': ['a', 'zzz'] } },
    { metadata: { finalizers: ['b'] } },
  ],
  [
    '$deleteFromPrimitiveList no list',
    { metadata: { finalizers: ['a'] } },
    { metadata: { '$deleteFromPrimitiveList/finalizers': 'a' } },
    { metadata: { finalizers: ['a'] } },
  ],
  [
    '$deleteFromPrimitiveList of another type',
    { metadata: { finalizers: ['a'] } },
    { metadata: { '$deleteFromPrimitiveList/finalizers': [1] } },
    '500 list element types are not identical: [[a] [1]]',
  ],
  [
    '$deleteFromPrimitiveList of nothing',
    { metadata: { finalizers: ['a'] } },
    { metadata: { '$deleteFromPrimitiveList/finalizers': [] } },
    { metadata: { finalizers: ['a'] } },
  ],
  // Only scalars are taken out; elements that are maps are merged, whatever the directive calls them.
  [
    '$deleteFromPrimitiveList of maps',
    spec({ containers: [{ name: 'a', image: '1' }] }),
    spec({ '$deleteFromPrimitiveList/containers': [{ name: 'a', image: '2' }] }),
    spec({ containers: [{ name: 'a', image: '2' }] }),
  ],
  [
    '$setElementOrder of a set',
    { metadata: { finalizers: ['b', 'c'] } },
    { metadata: { '$setElementOrder/finalizers': ['c', 'b'], finalizers: ['c'] } },
    { metadata: { finalizers: ['c', 'b'] } },
  ],

  ['map: $patch replace', { data: { a: '1' } }, { data: { $patch: 'replace', only: 'x' } }, { data: { only: 'x' } }],
  ['map: $patch delete', { data: { a: '1' } }, { data: { $patch: 'delete' } }, { data: {} }],
  ['map: $patch merge', { data: { a: '1' } }, { data: { $patch: 'merge', more: 'y' } }, '500 unknown patch type: merge in map: map[$patch:merge more:y]'],
  ['map: null', { data: { a: '1', b: '2' } }, { data: { a: null, zzz: null } }, { data: { b: '2' } }],
  [
    'directives and nulls do not survive where nothing was',
    {},
    { metadata: { labels: { a: null, b: '1' }, finalizers: ['x'] }, data: { $patch: 'delete' } },
    { metadata: { labels: { b: '1' }, finalizers: ['x'] } },
  ],
  ['unknown members are kept for the decoder to judge', { spec: {} }, { spec: { unknown: 1 } }, { spec: { unknown: 1 } }],
  ['no object', {}, [], '400 json: cannot unmarshal array into Go value of type map[string]interface {}'],
  ['null', { data: { a: '1' } }, null, { data: { a: '1' } }],
])('%s', (_, original, change, result) => {
  expect(patch(original, change)).toEqual(result)
})

test('hostile keys are ordinary members', () => {
  const original = JSON.parse('{"data":{"__proto__":"1","constructor":"2"}}') as JsonObject
  expect(JSON.stringify(patch(original, JSON.parse('{"data":{"__proto__":"3","constructor":null,"toString":"x"}}')))).toBe(
    '{"data":{"__proto__":"3","toString":"x"}}',
  )
})
