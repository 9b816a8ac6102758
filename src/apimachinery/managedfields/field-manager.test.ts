import { expect, test } from 'vitest'
import { ApiError } from '../api-error.ts'
import type { JsonObject } from '../json-value.ts'
import type { Schema, SchemaField, SchemaType } from '../schema.ts'
import { managerOrUserAgent } from './manager-name.ts'
import { newFieldManager, newFieldManagerFor } from './field-manager.ts'
import { keepManagedFieldsTimes } from './timestamps.ts'
import type { TypeNode } from './type-node.ts'
import { deduced, type TypeSource } from './type-view.ts'

const field = (name: string, type: string, card: SchemaField['card'] = 'one', more: Partial<SchemaField> = {}): SchemaField => ({
  name,
  number: 1,
  type,
  card,
  optional: true,
  omit: 'empty',
  ...more,
})
const type = (fields: SchemaField[], more: Partial<SchemaType> = {}): SchemaType => ({ proto: null, fields, ...more })

/** The shapes of ConfigMap, Deployment and ObjectMeta that matter here. */
const schema: Schema = new Map([
  [
    'Thing',
    type([field('metadata', 'Meta'), field('spec', 'Spec'), field('status', 'Status'), field('data', 'string', 'map')], {
      typeMeta: true,
      gvk: { group: '', version: 'v1', kind: 'Thing' },
    }),
  ],
  [
    'Meta',
    type([
      field('name', 'string'),
      field('uid', 'string'),
      field('labels', 'string', 'map'),
      field('annotations', 'string', 'map'),
      field('finalizers', 'string', 'list', { listType: 'set' }),
      field('managedFields', 'any', 'list', { listType: 'atomic' }),
    ]),
  ],
  [
    'Spec',
    type([
      field('replicas', 'int32', 'one', { ptr: true }),
      field('selector', 'Selector', 'one', { ptr: true }),
      field('containers', 'Container', 'list', { listType: 'map', listMapKeys: ['name'] }),
    ]),
  ],
  ['Selector', type([field('matchLabels', 'string', 'map')], { structType: 'atomic' })],
  [
    'Container',
    type([
      field('name', 'string', 'one', { optional: false }),
      field('image', 'string'),
      field('args', 'string', 'list'),
      field('ports', 'Port', 'list', { listType: 'map', listMapKeys: ['containerPort', 'protocol'] }),
    ]),
  ],
  ['Port', type([field('containerPort', 'int32', 'one', { optional: false }), field('protocol', 'string', 'one', { default: 'TCP' })])],
  ['Status', type([field('message', 'string')])],
])

const manager = newFieldManager(schema)
const common = { typeName: 'Thing', apiVersion: 'v1', subresource: '', nowMs: 0 }

/** Owners and what they own, without times. */
const owners = (object: JsonObject): unknown => {
  const entries = (object['metadata'] as { managedFields?: { manager: string; operation: string; fieldsV1: unknown }[] }).managedFields ?? []
  return entries.map(({ manager, operation, fieldsV1 }) => [`${manager} ${operation}`, fieldsV1])
}

const thing = (rest: JsonObject = {}): JsonObject => ({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'c' }, ...rest })

function update(live: JsonObject | undefined, changes: JsonObject, name: string, nowMs = 0): JsonObject {
  const { metadata: meta = {}, ...rest } = changes
  const metadata = { ...((live?.['metadata'] as JsonObject | undefined) ?? { name: 'c' }), ...(meta as JsonObject) }
  const updated = manager.update({ ...common, live, updated: { ...(live ?? thing()), ...rest, metadata }, manager: name, nowMs })
  return { ...updated, metadata: { ...(updated['metadata'] as JsonObject), uid: 'u' } }
}

function apply(live: JsonObject | undefined, config: JsonObject, name: string, force = false, nowMs = 0): JsonObject {
  const result = manager.apply({ ...common, live, applied: thing(config), manager: name, force, nowMs })
  return { ...result, metadata: { ...(result['metadata'] as JsonObject), uid: 'u' } }
}

function refusal(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    if (error instanceof ApiError) return [error.code, error.message, error.details]
    throw error
  }
  return 'accepted'
}

test('creating owns every field; the server owns name and uid', () => {
  const created = update(undefined, { data: { a: '1', b: '2' }, metadata: { labels: { l: '1' } } }, 'one')
  expect(owners(created)).toEqual([['one Update', { 'f:data': { '.': {}, 'f:a': {}, 'f:b': {} }, 'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } } }]])
  expect((created['metadata'] as JsonObject)['managedFields']).toEqual([
    { manager: 'one', operation: 'Update', apiVersion: 'v1', time: '1970-01-01T00:00:00Z', fieldsType: 'FieldsV1', fieldsV1: expect.anything() },
  ])
})

test('updates split and merge ownership, and who changes nothing gets no new time', () => {
  let live = update(undefined, { data: { a: '1' } }, 'one')
  live = update(live, { data: { a: '1', b: '2' } }, 'two')
  live = update(live, { data: { a: '11', b: '2' } }, 'two', 5000)
  expect(owners(live)).toEqual([
    ['one Update', { 'f:data': {} }],
    ['two Update', { 'f:data': { 'f:a': {}, 'f:b': {} } }],
  ])
  const same = update(live, {}, 'three', 9000)
  expect((same['metadata'] as JsonObject)['managedFields']).toEqual((live['metadata'] as JsonObject)['managedFields'])
  live = update(live, { data: { a: '11' } }, 'three')
  expect(owners(live)).toEqual([
    ['one Update', { 'f:data': {} }],
    ['two Update', { 'f:data': { 'f:a': {} } }],
  ])
})

test('apply: owns what it states, removes what it states no longer', () => {
  let live = apply(undefined, { data: { a: '1', b: '2' } }, 'm1')
  expect([live['data'], owners(live)]).toEqual([{ a: '1', b: '2' }, [['m1 Apply', { 'f:data': { 'f:a': {}, 'f:b': {} } }]]])
  live = apply(live, { data: { a: '1' } }, 'm1')
  expect([live['data'], owners(live)]).toEqual([{ a: '1' }, [['m1 Apply', { 'f:data': { 'f:a': {} } }]]])
  live = apply(live, {}, 'm1')
  expect([live['data'], owners(live)]).toEqual([undefined, []])
})

test("apply: the result is the caller's own", () => {
  const live = apply(undefined, { spec: { containers: [{ name: 'main', image: '1' }] } }, 'm1')
  const before = JSON.stringify(live)
  const applied = thing({ spec: { containers: [{ name: 'side', image: '2' }] } })
  const result = manager.apply({ ...common, live, applied, manager: 'm2', force: false })
  for (const container of (result['spec'] as { containers: JsonObject[] }).containers) container['image'] = 'changed'
  ;(result['metadata'] as { managedFields: JsonObject[] }).managedFields[0]!['manager'] = 'changed'
  expect(JSON.stringify(live)).toBe(before)
  expect(applied).toEqual(thing({ spec: { containers: [{ name: 'side', image: '2' }] } }))
})

test('apply: what another owns too stays', () => {
  let live = apply(undefined, { data: { a: '1', b: '2' } }, 'm1')
  live = apply(live, { data: { b: '2' } }, 'm2')
  live = apply(live, { data: { a: '1' } }, 'm1')
  expect(live['data']).toEqual({ a: '1', b: '2' })
})

test('apply: a second applier of the same values shares them, and has no time since nothing changed', () => {
  const live = apply(apply(undefined, { data: { a: '1' } }, 'm1', false, 5000), { data: { a: '1' } }, 'm2', false, 9000)
  expect((live['metadata'] as JsonObject)['managedFields']).toEqual([
    { manager: 'm2', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': { 'f:a': {} } } },
    { manager: 'm1', operation: 'Apply', apiVersion: 'v1', time: '1970-01-01T00:00:05Z', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': { 'f:a': {} } } },
  ])
})

test('apply: another value is a conflict; force takes it', () => {
  const live = apply(apply(undefined, { data: { a: '1' } }, 'm1'), { data: { b: '2' } }, 'm2')
  expect(refusal(() => apply(live, { data: { a: 'x', b: 'y' } }, 'm3'))).toEqual([
    409,
    'Apply failed with 2 conflicts: conflicts with "m1":\n- .data.a\nconflicts with "m2":\n- .data.b',
    {
      causes: [
        { reason: 'FieldManagerConflict', message: 'conflict with "m1"', field: '.data.a' },
        { reason: 'FieldManagerConflict', message: 'conflict with "m2"', field: '.data.b' },
      ],
    },
  ])
  const forced = apply(live, { data: { a: 'x', b: 'y' } }, 'm3', true)
  expect([forced['data'], owners(forced)]).toEqual([{ a: 'x', b: 'y' }, [['m3 Apply', { 'f:data': { 'f:a': {}, 'f:b': {} } }]]])
})

test('apply: a conflict with an update names its version', () => {
  const live = update(undefined, { data: { a: '1' } }, 'm1')
  expect(refusal(() => apply(live, { data: { a: 'x' } }, 'm3'))).toEqual([
    409,
    'Apply failed with 1 conflict: conflict with "m1" using v1: .data.a',
    { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "m1" using v1', field: '.data.a' }] },
  ])
})

test('lists merge by key, in the order of the configuration; an absent key has its default', () => {
  let live = apply(
    undefined,
    { spec: { containers: [{ name: 'main', image: '1', ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }] }] } },
    'm1',
  )
  const ports = {
    'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} },
    'k:{"containerPort":80,"protocol":"UDP"}': { '.': {}, 'f:containerPort': {}, 'f:protocol': {} },
  }
  expect(owners(live)).toEqual([
    ['m1 Apply', { 'f:spec': { 'f:containers': { 'k:{"name":"main"}': { '.': {}, 'f:image': {}, 'f:name': {}, 'f:ports': ports } } } }],
  ])
  live = apply(
    live,
    {
      spec: {
        containers: [
          { name: 'side', image: 's' },
          { name: 'main', image: '1' },
        ],
      },
    },
    'm2',
  )
  const names = ((live['spec'] as JsonObject)['containers'] as JsonObject[]).map((container) => container['name'])
  expect(names).toEqual(['side', 'main'])
  live = apply(live, { spec: { containers: [{ name: 'side', image: 's' }] } }, 'm2')
  expect(((live['spec'] as JsonObject)['containers'] as JsonObject[]).length).toBe(2)
})

test('sets own their values; atomic structs and lists are owned whole', () => {
  const live = apply(
    undefined,
    { metadata: { name: 'c', finalizers: ['example.com/f'] }, spec: { selector: { matchLabels: { a: 'b' } }, containers: [{ name: 'x', args: ['1'] }] } },
    'm1',
  )
  expect(owners(live)).toEqual([
    [
      'm1 Apply',
      {
        'f:metadata': { 'f:finalizers': { 'v:"example.com/f"': {} } },
        'f:spec': { 'f:containers': { 'k:{"name":"x"}': { '.': {}, 'f:args': {}, 'f:name': {} } }, 'f:selector': {} },
      },
    ],
  ])
})

// Messages of a real API server.
test.each<[string, JsonObject, string]>([
  ['unknown field', { nope: 1 }, '.nope: field not declared in schema'],
  ['wrong scalar', { data: { k: 5 } }, '.data.k: expected string, got &value.valueUnstructured{Value:5}'],
  ['wrong kind', { data: ['x'] }, '.data: expected map, got &{[x]}'],
  ['number', { spec: { replicas: 'two' } }, '.spec.replicas: expected numeric (int or float), got string'],
  ['twice', { spec: { containers: [{ name: 'main' }, { name: 'main' }] } }, '.spec.containers: duplicate entries for key [name="main"]'],
])('a configuration that does not fit its type: %s', (_, config, message) => {
  expect(refusal(() => apply(undefined, config, 'm1'))).toEqual([500, `failed to create typed patch object (/c; /v1, Kind=Thing): ${message}`, undefined])
})

test.each<[JsonObject, string]>([
  [{ data: {} }, 'invalid object type: /, Kind='],
  [{ apiVersion: 'apps/v1', kind: 'Thing' }, 'invalid object type: apps/v1, Kind=Thing'],
  [{ apiVersion: 'v1', kind: 'Other' }, 'invalid object type: /v1, Kind=Other'],
  [{ apiVersion: 'v1', kind: 'Thing', metadata: { managedFields: [{}] } }, 'metadata.managedFields must be nil'],
])('%j is refused', (applied, message) => {
  expect(refusal(() => manager.apply({ ...common, live: undefined, applied, manager: 'm', force: false }))).toEqual([400, message, undefined])
})

test('subresources and reset fields: each endpoint owns only its own', () => {
  const live = apply(undefined, { data: { a: '1' } }, 'm1')
  const status = manager.apply({
    ...common,
    live,
    applied: thing({ status: { message: 'hello' } }),
    manager: 'm1',
    force: false,
    subresource: 'status',
    resetFields: [['data']],
  })
  expect(owners(status)).toHaveLength(2)
  const other = () =>
    manager.apply({ ...common, live: status, applied: thing({ status: { message: 'x' } }), manager: 'kubelet', force: false, subresource: 'status' })
  expect(refusal(other)).toMatchObject([409, 'Apply failed with 1 conflict: conflict with "m1" with subresource "status": .status.message', expect.anything()])
  const main = manager.apply({
    ...common,
    live: status,
    applied: thing({ data: { a: '1' }, status: { message: 'ignored' } }),
    manager: 'm2',
    force: false,
    resetFields: [['status']],
  })
  expect(owners(main)).toContainEqual(['m2 Apply', { 'f:data': { 'f:a': {} } }])
  const some = manager.apply({
    ...common,
    live: status,
    applied: thing({ data: { a: '1', b: '2' } }),
    manager: 'm3',
    force: false,
    writtenFields: [['data', 'b']],
  })
  expect(owners(some)).toContainEqual(['m3 Apply', { 'f:data': { 'f:b': {} } }])
})

test('managedFields by hand: taken when readable, ignored through subresources, forgotten on request', () => {
  const live = apply(undefined, { data: { a: '1' } }, 'm1')
  const hand = { manager: 'hand', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': { 'f:a': {} } } }
  const withEntries = (managedFields: JsonObject[]) => ({ ...live, metadata: { ...(live['metadata'] as JsonObject), managedFields } })
  const put = (managedFields: JsonObject[], subresource = '') =>
    owners(manager.update({ ...common, live, updated: withEntries(managedFields), manager: 'x', subresource }))
  expect(put([hand])).toEqual([['hand Update', { 'f:data': { 'f:a': {} } }]])
  expect(put([hand], 'status')).toEqual(owners(live))
  expect(put([{ ...hand, operation: 'Replace' }])).toEqual(owners(live))
  expect(put([{ ...hand, fieldsType: 'FieldsV9' }])).toEqual(owners(live))
  expect(put([{ ...hand, fieldsV1: { 'x:bad': {} } }])).toEqual([])
  expect([put([]), put([{}])]).toEqual([[], []])
})

test('an object without owners is not tracked until it is applied to', () => {
  const untracked = { ...thing({ data: { a: '1' } }), metadata: { name: 'c', uid: 'u' } }
  expect(owners(manager.update({ ...common, live: untracked, updated: { ...untracked, data: { a: '2' } }, manager: 'x' }))).toEqual([])
  expect(owners(apply(untracked, { data: { b: '2' } }, 'm1'))).toEqual([
    ['m1 Apply', { 'f:data': { 'f:b': {} } }],
    ['before-first-apply Update', { 'f:data': { '.': {}, 'f:a': {} } }],
  ])
})

test('kubectl takes over what client-side apply set and nobody changed', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration'
  const annotations = { [annotation]: '{"apiVersion":"v1","kind":"Thing","metadata":{"name":"c"},"data":{"a":"1","b":"2"}}\n' }
  const live = update(undefined, { data: { a: '1', b: '2' }, metadata: { annotations } }, 'kubectl-client-side-apply')
  const result = apply(live, { data: { a: 'changed' } }, 'kubectl')
  expect(result['data']).toEqual({ a: 'changed', b: '2' })
  expect(owners(result)).toEqual([
    ['kubectl Apply', { 'f:data': { 'f:a': {} } }],
    ['kubectl-client-side-apply Update', { 'f:data': { '.': {}, 'f:b': {} }, 'f:metadata': { 'f:annotations': { '.': {}, [`f:${annotation}`]: {} } } }],
  ])
  expect(((result['metadata'] as JsonObject)['annotations'] as JsonObject)[annotation]).toBe(
    '{"apiVersion":"v1","data":{"a":"changed"},"kind":"Thing","metadata":{"name":"c"}}\n',
  )
  expect(refusal(() => apply(live, { data: { a: 'changed' } }, 'another'))).toMatchObject([409, expect.anything(), expect.anything()])
})

test('the eleventh updater merges the oldest into one entry', () => {
  let live: JsonObject | undefined
  for (let index = 0; index < 12; index++)
    live = update(live, { data: { ...(live?.['data'] as JsonObject | undefined), [`k${index}`]: 'v' } }, `m${index}`, index * 1000)
  const names = (owners(live!) as [string, unknown][]).map(([name]) => name)
  expect(names).toHaveLength(10)
  expect(owners(live!)).toContainEqual(['ancient-changes Update', { 'f:data': { '.': {}, 'f:k0': {}, 'f:k1': {}, 'f:k2': {} } }])
})

test('hostile keys are keys like any other', () => {
  const data = JSON.parse('{"__proto__":"1","constructor":"2","toString":"3"}') as JsonObject
  const live = apply(undefined, { data }, 'm1')
  expect(JSON.stringify(live['data'])).toBe('{"__proto__":"1","constructor":"2","toString":"3"}')
  expect(owners(live)).toEqual([['m1 Apply', { 'f:data': { 'f:__proto__': {}, 'f:constructor': {}, 'f:toString': {} } }]])
  expect(apply(live, { data: { constructor: '2' } as unknown as JsonObject }, 'm1')['data']).toEqual({ constructor: '2' })
})

test('types may come from elsewhere: objects without a schema merge maps by member and lists whole', () => {
  const untyped = newFieldManagerFor({ root: () => deduced, empty: () => ({}) })
  const applied = { apiVersion: 'x/v1', kind: 'Any', metadata: { name: 'a' }, spec: { list: [{ a: 1 }], map: { deep: { x: 1 } } } }
  const result = untyped.apply({
    typeName: '',
    apiVersion: 'x/v1',
    kind: 'Any',
    live: undefined,
    applied,
    manager: 'm',
    force: false,
    subresource: '',
    nowMs: 0,
  })
  expect(owners(result)).toEqual([['m Apply', { 'f:spec': { '.': {}, 'f:list': {}, 'f:map': { '.': {}, 'f:deep': { '.': {}, 'f:x': {} } } } }]])
})

test('a map that loses its last member and stays, since another owns it, becomes null', () => {
  const untyped = newFieldManagerFor({ root: () => deduced, empty: () => ({}) })
  const thing = (spec: JsonObject): JsonObject => ({ apiVersion: 'x/v1', kind: 'Any', metadata: { name: 'a', uid: 'u' }, spec })
  const common = { typeName: '', apiVersion: 'x/v1', kind: 'Any', subresource: '', nowMs: 0 }
  const created = untyped.update({ ...common, live: undefined, updated: thing({ map: {} }), manager: 'creator' })
  const applied = untyped.apply({ ...common, live: created, applied: thing({ map: { a: 1 } }), manager: 'applier', force: false })
  const left = untyped.apply({ ...common, live: applied, applied: thing({}), manager: 'applier', force: false })
  expect(left['spec']).toEqual({ map: null })
  expect(owners(left)).toEqual([
    ['applier Apply', { 'f:spec': {} }],
    ['creator Update', { 'f:spec': { '.': {}, 'f:map': {} } }],
  ])
})

test('a schema that turns parts into a whole: who owned a part owns the whole', () => {
  const typesWhere = (atomic: boolean): TypeSource => {
    const parts: TypeNode = { map: { atomic, field: () => undefined, element: () => ({ scalar: 'string' }) } }
    return {
      root: () => ({ map: { atomic: false, field: (name) => (name === 'data' ? { type: () => parts } : undefined), element: () => deduced } }),
      mayChange: true,
      empty: () => ({}),
    }
  }
  const applied = { apiVersion: 'x/v1', kind: 'Any', metadata: { name: 'a' }, data: { a: '1' } }
  const request = { typeName: '', apiVersion: 'x/v1', kind: 'Any', applied, force: false, subresource: '', nowMs: 0 }
  const live = newFieldManagerFor(typesWhere(false)).apply({ ...request, live: undefined, manager: 'm1' })
  const after = newFieldManagerFor(typesWhere(true)).apply({ ...request, live, manager: 'm2' })
  expect(owners(after)).toContainEqual(['m1 Apply', { 'f:data': {} }])
})

test('a stored object that does not fit its type any more cannot be applied to', () => {
  const item: TypeNode = { map: { atomic: false, field: () => ({ type: () => ({ scalar: 'string' }) }), element: () => undefined } }
  const items: TypeNode = { list: { atomic: false, keys: ['name'], element: () => item } }
  const types: TypeSource = {
    root: () => ({ map: { atomic: false, field: (name) => (name === 'items' ? { type: () => items } : undefined), element: () => deduced } }),
    mayChange: true,
    empty: () => ({}),
  }
  const stored = (...values: JsonObject[]): JsonObject => ({ apiVersion: 'x/v1', kind: 'Any', metadata: { name: 'a', uid: 'u' }, items: values })
  const applied = { apiVersion: 'x/v1', kind: 'Any', metadata: { name: 'a' }, items: [{ name: 'b' }] }
  const request = { typeName: '', apiVersion: 'x/v1', kind: 'Any', applied, force: false, subresource: '', nowMs: 0, manager: 'm' }
  expect(refusal(() => newFieldManagerFor(types).apply({ ...request, live: stored({ note: 'no name' }) }))).toEqual([
    500,
    `failed to create typed live object (/a; x/v1, Kind=Any): .items: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn't have default values for any key fields)`,
    undefined,
  ])
  const twice = [{ name: 'a' }, { name: 'a' }]
  expect(newFieldManagerFor(types).apply({ ...request, live: stored(...twice) })['items']).toEqual([...twice, { name: 'b' }])
})

test('only times of managedFields changed: the old times stay', () => {
  const live = update(undefined, { data: { a: '1' } }, 'one', 1000)
  const later = update(undefined, { data: { a: '1' } }, 'one', 9000)
  expect(keepManagedFieldsTimes(live, later)).toEqual(live)
  const changed = { ...later, data: { a: '2' } }
  expect(keepManagedFieldsTimes(live, changed)).toBe(changed)
})

test('the name of a manager', () => {
  expect([
    managerOrUserAgent('', 'kubectl/v1.36 (linux)'),
    managerOrUserAgent('m', 'kubectl/v1'),
    managerOrUserAgent('', ''),
    managerOrUserAgent('', `${'x'.repeat(200)}/1`).length,
  ]).toEqual(['kubectl', 'm', '', 128])
})

test('values nested too deep for the stack are refused, not fatal', () => {
  let deep: JsonObject = {}
  for (let level = 0; level < 20_000; level++) deep = { a: deep }
  const untyped = newFieldManagerFor({ root: () => deduced, empty: () => ({}) })
  const applied = { apiVersion: 'x/v1', kind: 'Any', metadata: { name: 'a' }, deep }
  const act = () =>
    untyped.apply({ typeName: '', apiVersion: 'x/v1', kind: 'Any', live: undefined, applied, manager: 'm', force: false, subresource: '', nowMs: 0 })
  expect(refusal(act)).toEqual([400, 'exceeded max depth', undefined])
})
