import { afterAll, beforeAll, expect, test } from 'vitest'
import { controllerRevisions, daemonSets, jobs, nodes, persistentVolumeClaims, pods, statefulSets } from '../../../src/api/resources.ts'
import { eventually } from '../../support/eventually.ts'
import { type ControlPlane, startPlayedControlPlane, unlessMissing } from './control-plane.ts'

const namespace = 'default'
let plane: ControlPlane

beforeAll(async () => {
  plane = await startPlayedControlPlane()
})
afterAll(() => plane.stop())

const template = (name: string, image = 'one', more: object = {}) => ({
  metadata: { labels: { app: name } },
  spec: { containers: [{ name: 'c', image }], ...more },
})
const podsOf = async (name: string) => (await plane.client.list(pods, { namespace, labelSelector: `app=${name}` })).items
const withImage = (image: string) => ({ type: 'strategic', patch: { spec: { template: { spec: { containers: [{ name: 'c', image }] } } } } }) as const

test('a StatefulSet has numbered pods with claims, and is updated from the top', async () => {
  const { client } = plane
  const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }
  const spec = { replicas: 3, serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template: template('db'), volumeClaimTemplates: [claim] }
  await client.create(statefulSets, { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { namespace, name: 'db' }, spec } as never)
  await eventually(async () => {
    const { status } = await client.get(statefulSets, { namespace, name: 'db' })
    expect(status).toMatchObject({ replicas: 3, readyReplicas: 3, currentReplicas: 3 })
  })
  expect((await podsOf('db')).map((pod) => pod.metadata.name).toSorted()).toEqual(['db-0', 'db-1', 'db-2'])
  expect((await client.list(persistentVolumeClaims, { namespace })).items.map((c) => c.metadata.name).toSorted()).toEqual([
    'data-db-0',
    'data-db-1',
    'data-db-2',
  ])
  await client.patch(statefulSets, { namespace, name: 'db' }, withImage('two'))
  await eventually(async () => {
    const { status } = await client.get(statefulSets, { namespace, name: 'db' })
    expect(status).toMatchObject({ updatedReplicas: 3, readyReplicas: 3 })
    expect(status?.currentRevision).toBe(status?.updateRevision)
    expect((await podsOf('db')).map((pod) => pod.spec.containers[0]?.image)).toEqual(['two', 'two', 'two'])
  })
  expect((await client.list(controllerRevisions, { namespace, labelSelector: 'app=db' })).items).toHaveLength(2)
  await client.patch(statefulSets, { namespace, name: 'db' }, { type: 'merge', patch: { spec: { replicas: 1 } } })
  await eventually(async () => expect((await podsOf('db')).map((pod) => pod.metadata.name)).toEqual(['db-0']))
})

test('a DaemonSet has a pod for each node that fits', async () => {
  const { client } = plane
  for (const name of ['n1', 'n2', 'kept-free']) {
    const taints = name === 'kept-free' ? [{ key: 'example.com/kept-free', effect: 'NoSchedule' }] : []
    await client.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { taints } } as never)
  }
  const spec = { selector: { matchLabels: { app: 'agent' } }, template: template('agent') }
  await client.create(daemonSets, { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { namespace, name: 'agent' }, spec } as never)
  await eventually(async () => {
    const { status } = await client.get(daemonSets, { namespace, name: 'agent' })
    expect(status).toMatchObject({ desiredNumberScheduled: 2, currentNumberScheduled: 2, numberReady: 2, updatedNumberScheduled: 2 })
  })
  await client.patch(daemonSets, { namespace, name: 'agent' }, withImage('two'))
  await eventually(async () => {
    expect((await podsOf('agent')).map((pod) => pod.spec.containers[0]?.image)).toEqual(['two', 'two'])
  })
  await client.delete(nodes, { name: 'n2' })
  await eventually(async () => expect(await podsOf('agent')).toHaveLength(1))
})

test('a Job completes, and an Indexed one has every index', async () => {
  const { client } = plane
  const spec = (name: string) => ({ completions: 3, parallelism: 2, completionMode: 'Indexed', template: template(name, 'done', { restartPolicy: 'Never' }) })
  await client.create(jobs, { apiVersion: 'batch/v1', kind: 'Job', metadata: { namespace, name: 'sum' }, spec: spec('sum') } as never)
  await eventually(async () => {
    const { status } = await client.get(jobs, { namespace, name: 'sum' })
    expect(status?.conditions?.map((c) => `${c.type} ${c.reason}`)).toEqual(['SuccessCriteriaMet CompletionsReached', 'Complete CompletionsReached'])
    expect(status).toMatchObject({ succeeded: 3, completedIndexes: '0-2' })
  })
  expect((await podsOf('sum')).flatMap((pod) => pod.metadata.finalizers ?? [])).toEqual([])
  await client.delete(jobs, { namespace, name: 'sum' }, { propagationPolicy: 'Background' })
  await eventually(async () => expect(await podsOf('sum')).toEqual([]))
})

test('a Job fails when its pods do', async () => {
  const { client } = plane
  const spec = { backoffLimit: 0, template: template('fails', 'failing', { restartPolicy: 'Never' }) }
  await client.create(jobs, { apiVersion: 'batch/v1', kind: 'Job', metadata: { namespace, name: 'fails' }, spec } as never)
  await eventually(async () => {
    const { status } = await client.get(jobs, { namespace, name: 'fails' })
    expect(status?.conditions?.at(-1)).toMatchObject({ type: 'Failed', reason: 'BackoffLimitExceeded' })
    expect(status?.failed).toBe(1)
  })
  await client.delete(jobs, { namespace, name: 'fails' }, { propagationPolicy: 'Foreground' })
  await eventually(async () => expect(await unlessMissing(client.get(jobs, { namespace, name: 'fails' }))).toBeUndefined())
})
