import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Deployment } from '../../../src/api/apps/v1.ts'
import type { Pod } from '../../../src/api/core/v1.ts'
import { deployments, endpointSlices, endpoints, pods, replicaSets, services } from '../../../src/api/resources.ts'
import { eventually } from '../../support/eventually.ts'
import { type ControlPlane, startPlayedControlPlane, unlessMissing } from './control-plane.ts'

const namespace = 'default'
let plane: ControlPlane

beforeAll(async () => {
  plane = await startPlayedControlPlane()
})
afterAll(() => plane.stop())

function deployment(name: string, replicas: number, image = 'one'): Deployment {
  const labels = { app: name }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image, ports: [{ name: 'http', containerPort: 8080 }] }] } },
    },
  } as unknown as Deployment
}

const podsOf = async (name: string): Promise<readonly Pod[]> => (await plane.client.list(pods, { namespace, labelSelector: `app=${name}` })).items

async function rolledOut(name: string): Promise<Deployment> {
  return eventually(async () => {
    const d = await plane.client.get(deployments, { namespace, name })
    expect(d.status?.conditions?.find((c) => c.type === 'Progressing')?.reason).toBe('NewReplicaSetAvailable')
    expect(d.status?.observedGeneration).toBe(d.metadata.generation)
    return d
  })
}

test('a Deployment runs, is updated step by step, and is numbered', async () => {
  const { client } = plane
  await client.create(deployments, deployment('web', 3))
  expect((await rolledOut('web')).metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1')
  await client.patch(
    deployments,
    { namespace, name: 'web' },
    { type: 'strategic', patch: { spec: { template: { spec: { containers: [{ name: 'c', image: 'two' }] } } } } },
  )
  await eventually(async () => {
    const live = (await podsOf('web')).filter((pod) => !pod.metadata.deletionTimestamp)
    expect(live.map((pod) => pod.spec.containers[0]?.image)).toEqual(['two', 'two', 'two'])
  })
  expect((await rolledOut('web')).metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2')
})

test('an update that cannot start leaves enough of the old pods', async () => {
  const { client } = plane
  await client.create(deployments, deployment('stuck', 4))
  await rolledOut('stuck')
  await client.patch(
    deployments,
    { namespace, name: 'stuck' },
    { type: 'strategic', patch: { spec: { template: { spec: { containers: [{ name: 'c', image: 'broken' }] } } } } },
  )
  // 25 % of 4: one more, one fewer. 1 surge + 1 replaced = 2 new, 3 old.
  await eventually(async () => {
    const images = (await podsOf('stuck')).map((pod) => pod.spec.containers[0]?.image).toSorted()
    expect(images).toEqual(['broken', 'broken', 'one', 'one', 'one'])
  })
})

test('a pod whose labels change is released and replaced; an orphan that matches is adopted', async () => {
  const { client } = plane
  await client.create(deployments, deployment('loose', 2))
  await rolledOut('loose')
  const [first] = await podsOf('loose')
  await client.patch(pods, first!.metadata, { type: 'merge', patch: { metadata: { labels: { app: 'free' } } } })
  await eventually(async () => {
    expect((await client.get(pods, first!.metadata)).metadata.ownerReferences ?? []).toEqual([])
    expect(await podsOf('loose')).toHaveLength(2)
  })
})

test('a Service has endpoints of its ready pods, in both forms', async () => {
  const { client } = plane
  await client.create(deployments, deployment('served', 2))
  await client.create(services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name: 'served' },
    spec: { selector: { app: 'served' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  } as never)
  await eventually(async () => {
    const { items } = await client.list(endpointSlices, { namespace, labelSelector: 'kubernetes.io/service-name=served' })
    expect(items).toHaveLength(1)
    expect(items[0]!.endpoints?.filter((e) => e.conditions?.ready)).toHaveLength(2)
    expect(items[0]!.ports?.[0]?.port).toBe(8080)
    const old = await client.get(endpoints, { namespace, name: 'served' })
    expect(old.subsets?.[0]?.addresses).toHaveLength(2)
  })
  await client.delete(services, { namespace, name: 'served' })
  await eventually(async () => {
    expect((await client.list(endpointSlices, { namespace, labelSelector: 'kubernetes.io/service-name=served' })).items).toEqual([])
    expect(await unlessMissing(client.get(endpoints, { namespace, name: 'served' }))).toBeUndefined()
  })
})

for (const { policy, left } of [
  { policy: 'Background', left: { sets: 0, pods: 0 } },
  { policy: 'Foreground', left: { sets: 0, pods: 0 } },
  { policy: 'Orphan', left: { sets: 1, pods: 2 } },
] as const) {
  test(`a Deployment deleted with ${policy} leaves ${left.pods} pods`, async () => {
    const { client } = plane
    const name = policy.toLowerCase()
    await client.create(deployments, deployment(name, 2))
    await rolledOut(name)
    await client.delete(deployments, { namespace, name }, { propagationPolicy: policy })
    await eventually(async () => {
      expect(await unlessMissing(client.get(deployments, { namespace, name }))).toBeUndefined()
      const sets = (await client.list(replicaSets, { namespace, labelSelector: `app=${name}` })).items
      expect({ sets: sets.length, pods: (await podsOf(name)).length }).toEqual(left)
      expect(sets.every((rs) => !rs.metadata.ownerReferences?.length)).toBe(true)
    })
  })
}
