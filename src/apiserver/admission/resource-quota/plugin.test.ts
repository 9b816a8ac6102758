import { describe, expect, test } from 'vitest'
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
function cluster(hard: List, used: List, spec: object = {}, limited?: object) {
  let version = 1
  let updates = 0
  let stored = { ...object('ResourceQuota', 'q', { hard, ...spec }), status: { hard, used } } as unknown as ResourceQuota
  const update = (async (_: unknown, next: ResourceQuota) => {
    if (next.metadata.resourceVersion !== stored.metadata.resourceVersion) throw conflict({ group: '', plural: 'resourcequotas' }, 'q', 'modified')
    updates++
    stored = { ...next, metadata: { ...next.metadata, resourceVersion: String(++version) } }
    return stored
  }) as unknown as Client['update']
  const plugin = () =>
    newResourceQuota({ quotas: { inNamespace: () => [stored] }, client: { update }, clock: new FakeClock(), limited: limited ? [limited] : [] })
  return { plugin, used: () => stored.status?.used, updates: () => updates }
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

test('requests that come while a charge is under way are charged by one update', async () => {
  const quota = cluster({ configmaps: '100' }, { configmaps: '0' })
  const plugin = quota.plugin()
  const creates = Array.from({ length: 50 }, (_, i) => Promise.resolve(plugin.validate!(attributesFor('configmaps', { object: object('ConfigMap', `c${i}`) }))))
  await Promise.all(creates)
  expect(quota.used()).toEqual({ configmaps: '50' })
  expect(quota.updates()).toBe(2)
})

test('of those that are charged together, each is checked against those before it', async () => {
  const quota = cluster({ 'requests.cpu': '1', pods: '10' }, { 'requests.cpu': '0', pods: '0' })
  const plugin = quota.plugin()
  const ask = (cpu: string) => Promise.resolve(plugin.validate!(attributesFor('pods', { object: pod({ cpu }) })))
  const results = await Promise.allSettled([ask('100m'), ask('600m'), ask('500m'), ask('300m')])
  // 100m + 600m; 500m does not fit, 300m does.
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  expect(quota.used()).toEqual({ 'requests.cpu': '1', pods: '3' })
})

test('who waits too long is told so', async () => {
  const clock = new FakeClock()
  const stuck = { quotas: { inNamespace: () => [stored] }, client: { update: () => new Promise<never>(() => {}) }, clock, limited: [] }
  const stored = { ...object('ResourceQuota', 'q', {}), status: { hard: { pods: '1' }, used: { pods: '0' } } } as unknown as ResourceQuota
  const create = Promise.resolve(newResourceQuota(stuck).validate!(attributesFor('pods', { object: pod() })))
  const outcome = expect(create).rejects.toThrow('resource quota evaluation timed out')
  await clock.advance(10_000)
  await outcome
})

describe('what may be used only under a quota', () => {
  const limit = (limited: object, hard: List = {}, spec: object = {}) =>
    cluster(hard, Object.fromEntries(Object.keys(hard).map((name) => [name, '0'])), spec, limited)
  const cpu = { resource: 'pods', matchContains: ['requests.cpu'] }
  const critical = { resource: 'pods', matchScopes: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high', 'higher'] }] }

  test.each<[string, ReturnType<typeof limit>, object, string]>([
    ['is refused without one', limit(cpu), pod({ cpu: '1' }), 'pods "p" is forbidden: insufficient quota to consume: requests.cpu'],
    ['is refused under one for something else', limit(cpu, { pods: '5' }), pod({ cpu: '1' }), 'insufficient quota to consume: requests.cpu'],
    ['passes under one', limit(cpu, { 'requests.cpu': '5' }), pod({ cpu: '1' }), ''],
    ['is nothing to who does not use it', limit(cpu), pod({ memory: '1' }), ''],
    ['is nothing to other resources', limit(cpu), object('ConfigMap', 'c'), ''],
    [
      'a scope without a quota',
      limit(critical),
      pod({}, { priorityClassName: 'high' }),
      'insufficient quota to match these scopes: [{PriorityClass In [high higher]}]',
    ],
    [
      'a scope with one',
      limit(critical, { pods: '5' }, { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'Exists' }] } }),
      pod({}, { priorityClassName: 'high' }),
      '',
    ],
    ['another class', limit(critical), pod({}, { priorityClassName: 'low' }), ''],
  ])('%s', async (_, quota, created, why) => {
    const id = (created as KubeObject).kind === 'Pod' ? 'pods' : 'configmaps'
    const message = await refusal(quota, id, { object: created })
    if (why) expect(message).toContain(why)
    else expect(message).toBe('')
  })
})

describe('scopes', () => {
  const inScope = (scopeName: string, operator = 'Exists', values?: string[]) => ({
    scopeSelector: { matchExpressions: [{ scopeName, operator, ...(values ? { values } : {}) }] },
  })
  const crossing = { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'k', namespaces: ['other'] }] } } }
  const sized = { containers: [{ name: 'c', resources: { requests: { cpu: '1' } } }] }
  // Whether a quota of no pods refuses the pod: that is, whether the pod is in its scope.
  test.each<[string, object, object, boolean]>([
    ['Terminating', { scopes: ['Terminating'] }, { activeDeadlineSeconds: 5 }, true],
    ['not Terminating', { scopes: ['Terminating'] }, {}, false],
    ['NotTerminating', { scopes: ['NotTerminating'] }, {}, true],
    ['BestEffort', { scopes: ['BestEffort'] }, {}, true],
    ['not BestEffort', { scopes: ['BestEffort'] }, sized, false],
    ['NotBestEffort', { scopes: ['NotBestEffort'] }, sized, true],
    ['both must fit', { scopes: ['NotBestEffort', 'Terminating'] }, sized, false],
    ['CrossNamespacePodAffinity', inScope('CrossNamespacePodAffinity'), crossing, true],
    ['affinity at home', inScope('CrossNamespacePodAffinity'), {}, false],
    ['any class', inScope('PriorityClass'), { priorityClassName: 'a' }, true],
    ['no class', inScope('PriorityClass'), {}, false],
    ['one of the classes', inScope('PriorityClass', 'In', ['a', 'b']), { priorityClassName: 'b' }, true],
    ['none of the classes', inScope('PriorityClass', 'In', ['a', 'b']), { priorityClassName: 'c' }, false],
    ['not of a class', inScope('PriorityClass', 'NotIn', ['a']), { priorityClassName: 'c' }, true],
    ['without class not of a class', inScope('PriorityClass', 'NotIn', ['a']), {}, true],
    ['DoesNotExist', inScope('PriorityClass', 'DoesNotExist'), {}, true],
    ['DoesNotExist, but does', inScope('PriorityClass', 'DoesNotExist'), { priorityClassName: 'a' }, false],
    ['of claims only', inScope('VolumeAttributesClass'), {}, false],
  ])('%s', async (_, spec, podSpec, isIn) => {
    expect((await refusal(cluster({ pods: '0' }, { pods: '0' }, spec), 'pods', { object: pod({}, podSpec) })).includes('exceeded quota')).toBe(isIn)
  })

  const claim = (spec: object, status: object = {}) => ({ ...object('PersistentVolumeClaim', 'c', spec), status })
  test.each<[string, string, string[] | undefined, object, boolean]>([
    ['has a class', 'Exists', undefined, claim({ volumeAttributesClassName: 'gold' }), true],
    ['has none', 'Exists', undefined, claim({}), false],
    ['has had one', 'In', ['gold'], claim({ volumeAttributesClassName: 'silver' }, { currentVolumeAttributesClassName: 'gold' }), true],
    ['is to have one', 'In', ['gold'], claim({}, { modifyVolumeStatus: { targetVolumeAttributesClassName: 'gold' } }), true],
    ['one of two is another', 'NotIn', ['gold'], claim({ volumeAttributesClassName: 'silver' }, { currentVolumeAttributesClassName: 'gold' }), true],
    ['all are that', 'NotIn', ['gold'], claim({ volumeAttributesClassName: 'gold' }), false],
  ])('a claim that %s', async (_, operator, values, created, isIn) => {
    const quota = cluster({ persistentvolumeclaims: '0' }, { persistentvolumeclaims: '0' }, inScope('VolumeAttributesClass', operator, values))
    expect((await refusal(quota, 'persistentvolumeclaims', { object: created })).includes('exceeded quota')).toBe(isIn)
  })
})

describe('what counts how', () => {
  const claim = (storage: string, storageClassName = 'fast') => object('PersistentVolumeClaim', 'c', { storageClassName, resources: { requests: { storage } } })
  const service = (type: string, ports: number, rest: object = {}) =>
    object('Service', 's', { type, ports: Array.from({ length: ports }, () => ({ port: 1, nodePort: 3 })), ...rest })
  const devices = (...requests: object[]) => object('ResourceClaim', 'r', { devices: { requests } })
  const exactly = (deviceClassName: string, rest: object = {}) => ({ exactly: { deviceClassName, ...rest } })

  test.each<[string, string, object, string, string]>([
    ['pods by count', 'pods', pod(), 'count/pods', '1'],
    ['huge pages', 'pods', pod({ 'hugepages-2Mi': '4Mi' }), 'requests.hugepages-2Mi', '4Mi'],
    ['devices of a vendor', 'pods', pod({ 'nvidia.com/gpu': '2' }), 'requests.nvidia.com/gpu', '2'],
    ['workloads by count', 'apps/deployments', object('Deployment', 'd'), 'count/deployments.apps', '1'],
    ['custom resources by count', 'example.com/things', object('Thing', 't'), 'count/things.example.com', '1'],
    ['claims of a class', 'persistentvolumeclaims', claim('1Gi'), 'fast.storageclass.storage.k8s.io/persistentvolumeclaims', '1'],
    ['storage of a class', 'persistentvolumeclaims', claim('1Gi'), 'fast.storageclass.storage.k8s.io/requests.storage', '1Gi'],
    ['storage in whole bytes', 'persistentvolumeclaims', claim('1500m'), 'requests.storage', '2'],
    ['load balancers', 'services', service('LoadBalancer', 2), 'services.loadbalancers', '1'],
    ['their node ports', 'services', service('LoadBalancer', 2), 'services.nodeports', '2'],
    ['node ports not allocated', 'services', service('LoadBalancer', 2, { allocateLoadBalancerNodePorts: false }), 'services.nodeports', '2'],
    ['node ports', 'services', service('NodePort', 3), 'services.nodeports', '3'],
    ['no node ports', 'services', service('ClusterIP', 3), 'services', '1'],
    [
      'devices of a class',
      'resource.k8s.io/resourceclaims',
      devices(exactly('gpu', { count: 2 }), exactly('gpu')),
      'gpu.deviceclass.resource.k8s.io/devices',
      '3',
    ],
    ['all devices', 'resource.k8s.io/resourceclaims', devices(exactly('gpu', { allocationMode: 'All' })), 'gpu.deviceclass.resource.k8s.io/devices', '32'],
    [
      'the most of alternatives',
      'resource.k8s.io/resourceclaims',
      devices({
        firstAvailable: [
          { deviceClassName: 'gpu', count: 1 },
          { deviceClassName: 'gpu', count: 4 },
        ],
      }),
      'gpu.deviceclass.resource.k8s.io/devices',
      '4',
    ],
  ])('%s', async (_, id, created, name, amount) => {
    const quota = cluster({ [name]: '100Gi' }, { [name]: '0' })
    expect(await refusal(quota, id, { object: created })).toBe('')
    expect(quota.used()).toEqual({ [name]: amount })
  })

  test('a resize is charged the difference, and refused when it does not fit', async () => {
    const quota = cluster({ 'requests.cpu': '1' }, { 'requests.cpu': '500m' })
    const resize = (to: string) => ({ operation: 'UPDATE', subresource: 'resize', oldObject: pod({ cpu: '500m' }), object: pod({ cpu: to }) })
    expect(await refusal(quota, 'pods', resize('1500m'))).toContain(
      'exceeded quota: q, requested: requests.cpu=1, used: requests.cpu=500m, limited: requests.cpu=1',
    )
    expect(await refusal(quota, 'pods', resize('700m'))).toBe('')
    expect(quota.used()).toEqual({ 'requests.cpu': '700m' })
    // What shrinks is given back by the controller.
    expect(await refusal(quota, 'pods', resize('100m'))).toBe('')
    expect(quota.used()).toEqual({ 'requests.cpu': '700m' })
  })

  test('what a controller reports is charged, but not refused', async () => {
    const quota = cluster({ 'requests.storage': '1Gi' }, { 'requests.storage': '1Gi' })
    const grown = (storage: string) => ({ ...claim('1Gi'), status: { allocatedResources: { storage } } })
    const report = { operation: 'UPDATE', subresource: 'status', oldObject: claim('1Gi'), object: grown('3Gi') }
    expect(await refusal(quota, 'persistentvolumeclaims', report)).toBe('')
    expect(quota.used()).toEqual({ 'requests.storage': '3Gi' })
  })
})
