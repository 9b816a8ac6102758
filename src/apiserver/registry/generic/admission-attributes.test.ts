// What plugins are told of a write must be what is in the store: a validator that is shown another old object can be deceived
// (CVE-2021-25735). Every stored resource and each of its subresources, through the store that all of them share.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codec } from '../../../api/codec.ts'
import type { KubeObject, Mutable } from '../../../api/object.ts'
import { resourceFacts } from '../../../api/resource-facts.ts'
import { cloneJson } from '../../../apimachinery/json-equal.ts'
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import { drivers } from '../../../storage/drivers/index.ts'
import { systemClock } from '../../../util/clock.ts'
import type { AdmissionPlugin, ValidatingAttributes } from '../../admission/admission.ts'
import { Registry } from './registry.ts'
import type { WriteContext } from './store-context.ts'

const seen: { readonly phase: string; readonly attributes: ValidatingAttributes }[] = []
const spy: AdmissionPlugin = {
  name: 'Spy',
  handles: () => true,
  admit: (attributes) => void seen.push({ phase: 'admit', attributes: { ...attributes, object: clone(attributes.object) } }),
  validate: (attributes) => void seen.push({ phase: 'validate', attributes: { ...attributes, object: clone(attributes.object) } }),
}
const clone = (object: KubeObject | undefined) => object && (cloneJson(object as unknown as JsonObject) as unknown as KubeObject)

let registry: Registry
const storage = drivers.memory({ clock: systemClock })
beforeAll(() => {
  registry = new Registry({ storage, codec, clock: systemClock, strategies: new Map(), admission: [spy] })
})
afterAll(async () => {
  registry.stop()
  await storage.close()
})

const contextOf = (namespace: string, name: string, subresource: string): WriteContext => ({
  user: { name: 'u', groups: [], extra: new Map() },
  group: '',
  namespace,
  name,
  subresource,
  dryRun: false,
  clock: systemClock,
  options: {},
  signal: new AbortController().signal,
  warn: () => {},
  annotate: () => {},
})

const writable = [...resourceFacts].flatMap(([id, facts]) => {
  if (facts.storageVersion === undefined || facts.storageVersion !== (facts.group ? `${facts.group}/${facts.version}` : facts.version)) return []
  const subresources = Object.entries(facts.subresources ?? {}).filter(([, { kind, verbs }]) => kind === facts.kind && verbs.includes('update'))
  return ['', ...subresources.map(([name]) => name)].map((subresource) => [id, subresource] as const)
})

test('nodes, their status and the subresources of pods are among them', () => {
  for (const each of [
    ['v1/nodes', ''],
    ['v1/nodes', 'status'],
    ['v1/pods', 'ephemeralcontainers'],
    ['v1/pods', 'resize'],
  ])
    expect(writable).toContainEqual(each)
})

test.each(writable)('%s %s', async (id, subresource) => {
  const store = registry.store(id)!
  const { namespaced, kind } = store.resource
  const namespace = namespaced ? 'ns' : ''
  const name = `object${subresource}`
  const object = {
    apiVersion: store.apiVersion,
    kind,
    metadata: { name, ...(namespaced ? { namespace } : {}), labels: { color: 'red' } },
  } as unknown as Mutable<KubeObject>
  const created = await store.create(contextOf(namespace, name, ''), object)
  const before = clone(created.object)!
  seen.length = 0
  await store.update(contextOf(namespace, name, subresource), name, (live) => {
    const next = clone(live) as Mutable<KubeObject>
    next.metadata.labels = { color: 'blue' }
    return next
  })
  expect(seen.map(({ phase }) => phase)).toEqual(['admit', 'validate'])
  for (const { attributes } of seen) {
    expect(attributes).toMatchObject({ operation: 'UPDATE', subresource, name, namespace: id === 'v1/namespaces' ? name : namespace })
    expect(attributes.oldObject).toEqual(before)
    expect(attributes.object?.metadata.labels).toEqual({ color: 'blue' })
  }
  seen.length = 0
  await store.delete(contextOf(namespace, name, ''), name, { gracePeriodSeconds: 0 })
  for (const { attributes } of seen) {
    expect(attributes).toMatchObject({ operation: 'DELETE', object: undefined })
    expect(attributes.oldObject?.metadata.labels).toEqual({ color: 'blue' })
  }
  expect(seen.length).toBeGreaterThan(0)
})
