import { afterAll, beforeAll, expect, test } from 'vitest'
import { configMaps, deployments, namespaces, pods, resourceQuotas, secrets, serviceAccounts, services } from '../../../src/api/resources.ts'
import { eventually } from '../../support/eventually.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'

const namespace = 'limited'
let plane: ControlPlane

beforeAll(async () => {
  plane = await startControlPlane()
  await plane.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace }, spec: {} } as never)
  await eventually(() => plane.client.get(serviceAccounts, { namespace, name: 'default' }))
})
afterAll(() => plane.stop())

const createQuota = (name: string, spec: object) =>
  plane.client.create(resourceQuotas, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { namespace, name }, spec } as never)
const createPod = (name: string, requests: object = {}) =>
  plane.client.create(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: 'i', resources: { requests } }] },
  } as never)
const usedOf = async (name: string) => (await plane.client.get(resourceQuotas, { namespace, name })).status?.used
const uses = (name: string, used: object) => eventually(async () => expect(await usedOf(name)).toMatchObject(used))

test('objects of all kinds are counted, and given back when they go', async () => {
  const { client } = plane
  await client.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'before' } } as never)
  const hard = {
    pods: '5',
    'requests.cpu': '2',
    secrets: '9',
    configmaps: '9',
    'count/deployments.apps': '3',
    services: '4',
    'services.nodeports': '4',
    resourcequotas: '9',
  }
  await createQuota('all', { hard })
  await uses('all', {
    pods: '0',
    'requests.cpu': '0',
    secrets: '1',
    configmaps: '1',
    'count/deployments.apps': '0',
    services: '0',
    'services.nodeports': '0',
    resourcequotas: '1',
  })
  await createPod('one', { cpu: '500m' })
  await client.create(services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name: 's' },
    spec: { type: 'NodePort', ports: [{ port: 80 }] },
  } as never)
  const template = { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  const spec = { replicas: 0, selector: { matchLabels: { app: 'd' } }, template }
  await client.create(deployments, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace, name: 'd' }, spec } as never)
  await client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: 'm' } } as never)
  await uses('all', { pods: '1', 'requests.cpu': '500m', configmaps: '2', 'count/deployments.apps': '1', services: '1', 'services.nodeports': '1' })
  await client.delete(pods, { namespace, name: 'one' }, { gracePeriodSeconds: 0 })
  await client.delete(services, { namespace, name: 's' })
  await client.delete(deployments, { namespace, name: 'd' })
  await client.delete(configMaps, { namespace, name: 'm' })
  await uses('all', { pods: '0', 'requests.cpu': '0', configmaps: '1', 'count/deployments.apps': '0', services: '0', 'services.nodeports': '0' })
  await client.delete(resourceQuotas, { namespace, name: 'all' })
})

test('scopes count their own pods; new limits and a wrong status are put right', async () => {
  const { client } = plane
  await createQuota('best-effort', { hard: { pods: '5' }, scopes: ['BestEffort'] })
  await createQuota('others', { hard: { pods: '5' }, scopes: ['NotBestEffort'] })
  await uses('best-effort', { pods: '0' })
  await uses('others', { pods: '0' })
  await createPod('plain')
  await createPod('sized', { cpu: '1' })
  await uses('best-effort', { pods: '1' })
  await uses('others', { pods: '1' })
  await client.patch(resourceQuotas, { namespace, name: 'others' }, { type: 'merge', patch: { spec: { hard: { pods: '7' } } } })
  await eventually(async () => expect((await client.get(resourceQuotas, { namespace, name: 'others' })).status?.hard).toEqual({ pods: '7' }))
  await client.patch(resourceQuotas, { namespace, name: 'others' }, { type: 'merge', patch: { status: { hard: { pods: '1' } } } }, { subresource: 'status' })
  await eventually(async () =>
    expect((await client.get(resourceQuotas, { namespace, name: 'others' })).status).toEqual({ hard: { pods: '7' }, used: { pods: '1' } }),
  )
})

test('what was charged for a write that failed comes back', async () => {
  const { client } = plane
  await createQuota('charged', { hard: { 'count/configmaps': '5' } })
  await uses('charged', {})
  await eventually(async () => expect(Number((await usedOf('charged'))?.['count/configmaps'])).toBeGreaterThan(0))
  const before = (await usedOf('charged'))!['count/configmaps']!
  const create = () => client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: 'twice' } } as never)
  await create()
  await expect(create()).rejects.toThrow('already exists')
  const charged = String(Number(before) + 2)
  expect((await usedOf('charged'))!['count/configmaps']).toBe(charged)
  await eventually(async () => expect((await usedOf('charged'))!['count/configmaps']).toBe(String(Number(before) + 1)))
})
