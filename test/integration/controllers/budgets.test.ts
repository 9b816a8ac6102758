import { afterAll, beforeAll, expect, test } from 'vitest'
import { daemonSets, deployments, podDisruptionBudgets, pods } from '../../../src/api/resources.ts'
import { eventually } from '../../support/eventually.ts'
import { type ControlPlane, startPlayedControlPlane } from './control-plane.ts'

const namespace = 'default'
let plane: ControlPlane

beforeAll(async () => {
  plane = await startPlayedControlPlane()
})
afterAll(() => plane.stop())

const spec = (name: string) => ({
  selector: { matchLabels: { app: name } },
  template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
})

const createBudget = (name: string, limits: object) =>
  plane.client.create(podDisruptionBudgets, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { namespace, name },
    spec: { ...limits, selector: { matchLabels: { app: name } } },
  } as never)
const statusOf = async (name: string) => (await plane.client.get(podDisruptionBudgets, { namespace, name })).status

test('a budget allows what its Deployment can spare; an eviction spends it', async () => {
  const { client } = plane
  await createBudget('web', { maxUnavailable: '34%' })
  await client.create(deployments, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name: 'web' },
    spec: { replicas: 3, ...spec('web') },
  } as never)
  await eventually(async () => {
    expect(await statusOf('web')).toMatchObject({ expectedPods: 3, currentHealthy: 3, desiredHealthy: 1, disruptionsAllowed: 2, observedGeneration: 1 })
  })
  await client.patch(podDisruptionBudgets, { namespace, name: 'web' }, { type: 'merge', patch: { spec: { maxUnavailable: 0 } } })
  await eventually(async () => expect(await statusOf('web')).toMatchObject({ disruptionsAllowed: 0, observedGeneration: 2 }))
  const [pod] = (await client.list(pods, { namespace, labelSelector: 'app=web' })).items
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name: pod!.metadata.name } }
  const evict = () => client.createSubresource(pods, { namespace, name: pod!.metadata.name }, 'eviction', eviction)
  await expect(evict()).rejects.toMatchObject({ code: 429 })
  await client.patch(podDisruptionBudgets, { namespace, name: 'web' }, { type: 'merge', patch: { spec: { maxUnavailable: 1 } } })
  await eventually(async () => expect((await statusOf('web'))?.disruptionsAllowed).toBe(1))
  await evict()
})

test('pods whose controller cannot be scaled: nothing may go, and the condition says why', async () => {
  const { client } = plane
  await createBudget('agent', { maxUnavailable: 1 })
  const daemonSet = await client.create(daemonSets, {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { namespace, name: 'agent' },
    spec: spec('agent'),
  } as never)
  const { uid } = daemonSet.metadata
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid, controller: true }]
  const metadata = { namespace, name: 'agent', labels: { app: 'agent' }, ownerReferences, finalizers: ['example.com/stay'] }
  await client.create(pods, { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ name: 'c', image: 'i' }] } } as never)
  await eventually(async () => {
    const status = await statusOf('agent')
    expect(status?.disruptionsAllowed).toBe(0)
    expect(status?.conditions?.[0]).toMatchObject({
      status: 'False',
      reason: 'SyncFailed',
      message: 'daemonsets.apps does not implement the scale subresource',
    })
  })
})
