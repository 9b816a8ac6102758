// Where admission plugins meet a real server: storage, other requests, subresources.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configMaps, events, namespaces, nodes, pods, resourceQuotas, serviceAccounts, services } from '../../../src/api/resources.ts'
import type { ResourceQuota } from '../../../src/api/core/v1.ts'
import { isForbidden } from '../../../src/apimachinery/api-error.ts'
import type { Client } from '../../../src/client/client.ts'
import { startApiServer, type TestApiServer } from '../../support/api-server.ts'
import { eventually } from '../../support/eventually.ts'

const namespace = 'ns'
let api: TestApiServer
let client: Client

const createNamespace = (name: string, labels = {}) => client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } } as never)
const createAccount = (name: string) =>
  client.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: name, name: 'default' } } as never)
const podOf = (name: string, spec: object = {}, metadata: object = {}) =>
  ({ apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name, ...metadata }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } }) as never
const configMapOf = (name: string, at = namespace) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: at, name } }) as never

/** A quota that the controller, which does not run here, would have counted. */
async function createQuota(name: string, hard: Record<string, string>, at = namespace): Promise<void> {
  const created = await client.create(resourceQuotas, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { namespace: at, name }, spec: { hard } } as never)
  const used = Object.fromEntries(Object.keys(hard).map((each) => [each, '0']))
  await client.update(resourceQuotas, { ...(created as ResourceQuota), status: { hard, used } }, { subresource: 'status' })
}
const usedOf = async (name: string, at = namespace) => (await client.get(resourceQuotas, { namespace: at, name })).status?.used

beforeAll(async () => {
  const limits = 'apiVersion: eventratelimit.admission.k8s.io/v1alpha1\nkind: Configuration\nlimits: [{type: User, qps: 1, burst: 3}]'
  const security =
    'apiVersion: pod-security.admission.config.k8s.io/v1\nkind: PodSecurityConfiguration\ndefaults: {enforce: baseline}\nexemptions: {namespaces: [free], usernames: [trusted]}'
  api = await startApiServer({
    admission: {
      enabled: ['EventRateLimit', 'NamespaceAutoProvision'],
      disabled: [],
      configuration: new Map([
        ['EventRateLimit', limits],
        ['PodSecurity', security],
      ]),
    },
  })
  client = api.client
  await createNamespace(namespace)
  await createAccount(namespace)
})
afterAll(() => api.stop())

describe('quotas', () => {
  test('64 creators at once get exactly what there is', async () => {
    await createNamespace('crowded')
    await createQuota('maps', { 'count/configmaps': '100' }, 'crowded')
    await createQuota('both', { configmaps: '150' }, 'crowded')
    const creator = async (id: number) => {
      let created = 0
      for (let i = 0; i < 5; i++) {
        await client.create(configMaps, configMapOf(`m-${id}-${i}`, 'crowded')).then(
          () => created++,
          (error: unknown) => {
            if (!isForbidden(error)) throw error
          },
        )
      }
      return created
    }
    const created = await Promise.all(Array.from({ length: 64 }, (_, id) => creator(id)))
    expect(created.reduce((a, b) => a + b)).toBe(100)
    expect((await client.list(configMaps, { namespace: 'crowded' })).items).toHaveLength(100)
    expect(await usedOf('maps', 'crowded')).toEqual({ 'count/configmaps': '100' })
  })

  test('many creates are charged by few updates', async () => {
    await createNamespace('busy')
    await createQuota('maps', { configmaps: '5000' }, 'busy')
    const versionOf = async () => (await client.get(resourceQuotas, { namespace: 'busy', name: 'maps' })).metadata.resourceVersion
    const ending = new AbortController()
    let updates = 0
    const watching = (async () => {
      for await (const { type } of client.watch(resourceQuotas, { namespace: 'busy', resourceVersion: await versionOf() }, ending.signal))
        if (type === 'MODIFIED') updates++
    })().catch(() => {})
    let next = 0
    const creator = async () => {
      while (next < 1000) await client.create(configMaps, configMapOf(`m-${next++}`, 'busy'))
    }
    await Promise.all(Array.from({ length: 64 }, creator))
    expect(await usedOf('maps', 'busy')).toEqual({ configmaps: '1k' })
    await eventually(() => expect(updates).toBeGreaterThan(0))
    ending.abort()
    await watching
    expect(updates).toBeLessThan(500)
  })

  test('an update that is refused charges nothing', async () => {
    await createNamespace('ports')
    await createQuota('ports', { 'services.nodeports': '1' }, 'ports')
    const service = (type: string, ...ports: number[]) =>
      ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace: 'ports', name: 's' },
        spec: { type, ports: ports.map((port) => ({ name: `p${port}`, port })) },
      }) as never
    const created = await client.create(services, service('NodePort', 80))
    expect(await usedOf('ports', 'ports')).toEqual({ 'services.nodeports': '1' })
    const grown = { ...created, spec: { ...created.spec, ports: [...created.spec.ports!, { name: 'more', port: 81 }] } } as never
    await expect(client.update(services, grown)).rejects.toThrow(
      'services "s" is forbidden: exceeded quota: ports, requested: services.nodeports=1, used: services.nodeports=1, limited: services.nodeports=1',
    )
    expect(await usedOf('ports', 'ports')).toEqual({ 'services.nodeports': '1' })
  })
})

test('events beyond the rate are answered with 429, of each user', async () => {
  const create = (as: Client, name: string) =>
    as.create(events, { apiVersion: 'v1', kind: 'Event', metadata: { namespace, name }, involvedObject: { kind: 'Pod', namespace, name: 'p' } } as never)
  const [noisy, quiet] = ['noisy', 'quiet'].map((name) => api.clientOf({ name, groups: ['system:masters'] })) as [Client, Client]
  const burst = await Promise.allSettled([1, 2, 3, 4, 5, 6].map((i) => create(noisy, `noisy-${i}`)))
  expect(burst.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(3)
  const refused = burst.find((each) => each.status === 'rejected')
  expect(refused?.reason).toMatchObject({ code: 429, message: 'Too many requests: limit reached on type User for key noisy' })
  await create(quiet, 'quiet-1')
})

describe('Pod Security by configuration', () => {
  test('namespaces without labels have the default, and labels win', async () => {
    await expect(client.create(pods, podOf('host', { hostNetwork: true }))).rejects.toThrow(
      'violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
    )
    await createNamespace('labelled', { 'pod-security.kubernetes.io/enforce': 'privileged' })
    await createAccount('labelled')
    await client.create(pods, podOf('host', { hostNetwork: true }, { namespace: 'labelled' }))
  })

  test('exempt namespaces and users are not held to it', async () => {
    await createNamespace('free')
    await createAccount('free')
    await client.create(pods, podOf('host', { hostNetwork: true }, { namespace: 'free' }))
    await api.clientOf({ name: 'trusted', groups: ['system:masters'] }).create(pods, podOf('trusted', { hostNetwork: true }))
  })
})

test('a namespace is made for who needs it, but not by a dry run', async () => {
  await client.create(configMaps, configMapOf('first', 'made'))
  expect((await client.get(namespaces, { name: 'made' })).metadata.name).toBe('made')
  await expect(client.create(configMaps, configMapOf('first', 'not-made'), { dryRun: true })).rejects.toThrow('namespaces "not-made" not found')
})

test('a pod that is faster than the controller waits for the default account', async () => {
  await createNamespace('new')
  const created = client.create(pods, podOf('early', {}, { namespace: 'new' }))
  await createAccount('new')
  expect((await created).spec.serviceAccountName).toBe('default')
})

test('a bound pod gets the zone and region of its node, whatever it said itself', async () => {
  const labels = { 'topology.kubernetes.io/zone': 'a', 'topology.kubernetes.io/region': 'r', 'example.com/rack': '7' }
  await client.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', labels } } as never)
  await client.create(pods, podOf('bound', {}, { labels: { 'topology.kubernetes.io/zone': 'z', app: 'x' } }))
  const target = { kind: 'Node', name: 'n1' }
  await client.createSubresource(pods, { namespace, name: 'bound' }, 'binding', {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: 'bound' },
    target,
  } as never)
  expect((await client.get(pods, { namespace, name: 'bound' })).metadata.labels).toEqual({
    'topology.kubernetes.io/zone': 'a',
    'topology.kubernetes.io/region': 'r',
    app: 'x',
  })
})

test('a resize beyond what the node has is refused at once', async () => {
  const status = { allocatable: { cpu: '2', memory: '1Gi' }, capacity: { cpu: '2', memory: '1Gi' } }
  await client.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n2', labels: { 'kubernetes.io/os': 'linux' } }, status } as never)
  const containers = (cpu: string) => [{ name: 'c', image: 'i', resources: { requests: { cpu, memory: '64Mi' } } }]
  await client.create(pods, podOf('sized', { nodeName: 'n2', containers: containers('1') }))
  const resize = (cpu: string) =>
    client.patch(pods, { namespace, name: 'sized' }, { type: 'strategic', patch: { spec: { containers: containers(cpu) } } }, { subresource: 'resize' })
  await expect(resize('3')).rejects.toMatchObject({
    message: `pods "sized" is forbidden: Node didn't have enough allocatable resources: cpu, requested: 3000, allocatable: 2000`,
    details: { causes: [{ reason: 'NodeCapacity' }] },
  })
  expect((await resize('1500m')).spec.containers[0]!.resources?.requests?.['cpu']).toBe('1500m')
})
