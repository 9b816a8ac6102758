import { expect, test } from 'vitest'
import type { ResourceQuota } from '../../../api/core/v1.ts'
import type { KubeObject } from '../../../api/object.ts'
import { conflict } from '../../../apimachinery/api-error.ts'
import type { Client } from '../../../client/client.ts'
import { FakeClock } from '../../../util/fake/clock.ts'
import { attributesFor } from '../fake/attributes.ts'
import { newResourceQuota } from './plugin.ts'

type List = { [name: string]: string }
const object = (kind: string, name: string, spec: object = {}) =>
  ({ apiVersion: 'v1', kind, metadata: { name, namespace: 'ns' }, spec }) as unknown as KubeObject
const pod = (requests?: List, rest: object = {}) => object('Pod', 'p', { containers: [{ name: 'c', resources: { requests } }], ...rest })

/** A cluster with one quota, whose status is guarded by its resourceVersion as in a real one. */
function cluster(hard: List, used: List, spec: object = {}) {
  let version = 1
  let stored = { ...object('ResourceQuota', 'q', { hard, ...spec }), status: { hard, used } } as unknown as ResourceQuota
  const update = (async (_: unknown, next: ResourceQuota) => {
    if (next.metadata.resourceVersion !== stored.metadata.resourceVersion) throw conflict({ group: '', plural: 'resourcequotas' }, 'q', 'modified')
    stored = { ...next, metadata: { ...next.metadata, resourceVersion: String(++version) } }
    return stored
  }) as unknown as Client['update']
  const plugin = () => newResourceQuota({ quotas: { inNamespace: () => [stored] }, client: { update }, clock: new FakeClock(), limited: [] })
  return { plugin, used: () => stored.status?.used }
}

async function refusal(quota: ReturnType<typeof cluster>, id: string, overrides: object): Promise<string> {
  try {
    await quota.plugin().validate!(attributesFor(id, overrides))
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

test.each([
  ['fits', { pods: '2' }, { pods: '1' }, pod(), ''],
  ['one too many', { pods: '1' }, { pods: '1' }, pod(), 'exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1'],
  ['not counted yet', { pods: '1' }, {}, pod(), 'status unknown for quota: q, resources: pods'],
  ['must say what it needs', { 'requests.cpu': '1' }, { 'requests.cpu': '0' }, pod(), 'failed quota: q: must specify requests.cpu for: c'],
  ['amounts are exact', { cpu: '1' }, { cpu: '999m' }, pod({ cpu: '2m' }), 'exceeded quota: q, requested: cpu=2m, used: cpu=999m, limited: cpu=1'],
])('%s', async (_, hard, used, created, why) => {
  expect(await refusal(cluster(hard, used), 'pods', { object: created })).toBe(why && `pods "p" is forbidden: ${why}`)
})

test('a quota with a scope counts only what is in it', async () => {
  const quota = cluster({ pods: '0' }, { pods: '0' }, { scopes: ['BestEffort'] })
  expect(await refusal(quota, 'pods', { object: pod({ cpu: '1' }) })).toBe('')
  expect(await refusal(quota, 'pods', { object: pod() })).toContain('exceeded quota')
})

test('an update is charged the difference', async () => {
  const quota = cluster({ 'services.nodeports': '2' }, { 'services.nodeports': '1' })
  const service = (ports: number) => object('Service', 's', { type: 'NodePort', ports: Array.from({ length: ports }, () => ({})) })
  expect(await refusal(quota, 'services', { operation: 'UPDATE', oldObject: service(1), object: service(2) })).toBe('')
  expect(quota.used()).toEqual({ 'services.nodeports': '2' })
})

test('a dry run is checked but not charged', async () => {
  const quota = cluster({ configmaps: '1' }, { configmaps: '0' })
  expect(await refusal(quota, 'configmaps', { object: object('ConfigMap', 'c'), dryRun: true })).toBe('')
  expect(quota.used()).toEqual({ configmaps: '0' })
})

test('of many creates at once, on two servers, exactly as many pass as fit', async () => {
  const quota = cluster({ configmaps: '5' }, { configmaps: '0' })
  const servers = [quota.plugin(), quota.plugin()]
  const creates = Array.from({ length: 20 }, (_, i) => servers[i % 2]!.validate!(attributesFor('configmaps', { object: object('ConfigMap', `c${i}`) })))
  const results = await Promise.allSettled(creates.map((create) => Promise.resolve(create)))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
  expect(quota.used()).toEqual({ configmaps: '5' })
})
