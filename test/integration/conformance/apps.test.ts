// Upstream's test/e2e/apps: rollouts of deployments, stateful sets and daemon sets, on nodes that are played.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import type { Api, Body } from './api.ts'
import { type ConformanceCluster, startConformanceCluster } from './cluster.ts'

let cluster: ConformanceCluster
let api: Api

beforeAll(async () => {
  cluster = await startConformanceCluster()
  ;({ api } = cluster)
})
afterAll(() => cluster[Symbol.asyncDispose]())

const labels = { app: 'tested' }
const template = (image: string) => ({ metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image }] } })
const spec = (image: string) => ({ selector: { matchLabels: labels }, template: template(image) })
const setImage = (path: string, image: string) =>
  api.must(`PATCH ${path}`, { spec: { template: { spec: { containers: [{ name: 'c', image }] } } } }, { type: 'strategic' })
const statusOf = async (path: string) => (await api.must(`GET ${path}`))['status'] as Record<string, unknown>
const podsOf = async (namespace: string) => (await api.must(`GET /api/v1/namespaces/${namespace}/pods`)).items ?? []
const imageOf = (pod: Body) => (pod['spec'] as { containers: { image: string }[] }).containers[0]!.image

async function make(plural: string, kind: string, more: object): Promise<{ namespace: string; path: string }> {
  const namespace = await cluster.newNamespace()
  const root = `/apis/apps/v1/namespaces/${namespace}/${plural}`
  await api.must(`POST ${root}`, { apiVersion: 'apps/v1', kind, metadata: { name: 'tested', labels }, spec: more })
  return { namespace, path: `${root}/tested` }
}

const rolledOut = (path: string, replicas: number) =>
  eventually(async () => {
    const { metadata } = await api.must(`GET ${path}`)
    expect(await statusOf(path)).toMatchObject({
      observedGeneration: metadata['generation'],
      replicas,
      updatedReplicas: replicas,
      availableReplicas: replicas,
    })
  })
const replicaSets = async (namespace: string) => (await api.must(`GET /apis/apps/v1/namespaces/${namespace}/replicasets`)).items ?? []

describe.concurrent('deployments', () => {
  test('Deployment Recreate', async () => {
    const { namespace, path } = await make('deployments', 'Deployment', { ...spec('one'), replicas: 2, strategy: { type: 'Recreate' } })
    await rolledOut(path, 2)
    await using watching = api.watch(`/api/v1/namespaces/${namespace}/pods`)
    await setImage(path, 'two')
    await rolledOut(path, 2)
    // No pod of the new template before all of the old one are gone.
    const seen = watching.events.map(({ type, object }) => [type, imageOf(object)].join(' '))
    const firstNew = seen.indexOf('ADDED two')
    expect(seen.slice(0, firstNew).filter((event) => event === 'DELETED one')).toHaveLength(2)
  })

  test('Deployment RevisionHistoryLimit', async () => {
    const { namespace, path } = await make('deployments', 'Deployment', { ...spec('one'), replicas: 1, revisionHistoryLimit: 0 })
    await rolledOut(path, 1)
    await setImage(path, 'two')
    await eventually(async () => expect((await replicaSets(namespace)).map(imageOfTemplate)).toEqual(['two']))
  })

  test('Deployment Rollover', async () => {
    const { namespace, path } = await make('deployments', 'Deployment', { ...spec('one'), replicas: 3, minReadySeconds: 1 })
    for (const image of ['two', 'three']) await setImage(path, image)
    await rolledOut(path, 3)
    await eventually(async () => expect((await podsOf(namespace)).map(imageOf)).toEqual(['three', 'three', 'three']))
    const sets = await replicaSets(namespace)
    const revision = (set: Body) => set.metadata.annotations?.['deployment.kubernetes.io/revision']
    expect(sets.find((set) => imageOfTemplate(set) === 'three')).toSatisfy((set: Body) => revision(set) === String(sets.length))
    for (const set of sets) if (imageOfTemplate(set) !== 'three') expect((set['spec'] as { replicas: number }).replicas).toBe(0)
  })

  test('Deployment Proportional Scaling', async () => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } }
    // A template that no node takes: the rollout stops half way.
    const { namespace, path } = await make('deployments', 'Deployment', { ...spec('one'), replicas: 10, strategy })
    await rolledOut(path, 10)
    await api.must(`PATCH ${path}`, { spec: { template: { spec: { nodeSelector: { no: 'where' } } } } }, { type: 'strategic' })
    const sizes = async () => (await replicaSets(namespace)).map((set) => (set['spec'] as { replicas: number }).replicas).toSorted((a, b) => b - a)
    await eventually(async () => expect(await sizes()).toEqual([8, 5]))
    await api.must(`PATCH ${path}/scale`, { spec: { replicas: 30 } }, { type: 'merge' })
    await eventually(async () => expect(await sizes()).toEqual([20, 13]))
  })
})
const imageOfTemplate = (set: Body) => (set['spec'] as { template: { spec: { containers: { image: string }[] } } }).template.spec.containers[0]!.image

describe.concurrent('stateful sets', () => {
  const byName = async (namespace: string) => Object.fromEntries((await podsOf(namespace)).map((pod) => [pod.metadata.name, imageOf(pod)]))

  test('StatefulSet, Rolling Update with Partition', async () => {
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 3 } }
    const { namespace, path } = await make('statefulsets', 'StatefulSet', { ...spec('one'), replicas: 3, serviceName: 's', updateStrategy })
    await eventually(async () => expect(await statusOf(path)).toMatchObject({ readyReplicas: 3 }))
    const { currentRevision } = await statusOf(path)
    await setImage(path, 'two')
    await eventually(async () => expect((await statusOf(path))['updateRevision']).not.toBe(currentRevision))
    expect(await byName(namespace)).toEqual({ 'tested-0': 'one', 'tested-1': 'one', 'tested-2': 'one' })
    const to = (partition: number) => api.must(`PATCH ${path}`, { spec: { updateStrategy: { rollingUpdate: { partition } } } }, { type: 'merge' })
    await to(2)
    await eventually(async () => expect(await byName(namespace)).toEqual({ 'tested-0': 'one', 'tested-1': 'one', 'tested-2': 'two' }))
    // A pod that goes comes back in the version of its side of the partition.
    for (const name of ['tested-0', 'tested-2']) {
      await eventually(async () => expect(await statusOf(path)).toMatchObject({ readyReplicas: 3 }))
      await api.must(`DELETE /api/v1/namespaces/${namespace}/pods/${name}`, { gracePeriodSeconds: 0 })
    }
    await eventually(async () => expect(await byName(namespace)).toEqual({ 'tested-0': 'one', 'tested-1': 'one', 'tested-2': 'two' }))
    for (const partition of [1, 0]) await to(partition)
    await eventually(async () => expect(await byName(namespace)).toEqual({ 'tested-0': 'two', 'tested-1': 'two', 'tested-2': 'two' }))
    await eventually(async () => {
      const status = await statusOf(path)
      expect(status['currentRevision']).toBe(status['updateRevision'])
      expect(status).toMatchObject({ updatedReplicas: 3, currentReplicas: 3 })
    })
  })

  test('StatefulSet, Rolling Update', async () => {
    const { namespace, path } = await make('statefulsets', 'StatefulSet', { ...spec('one'), replicas: 3, serviceName: 's' })
    await eventually(async () => expect(await statusOf(path)).toMatchObject({ readyReplicas: 3 }))
    const { currentRevision: first } = await statusOf(path)
    const settled = (image: string) =>
      eventually(async () => {
        const status = await statusOf(path)
        expect(status['currentRevision']).toBe(status['updateRevision'])
        expect(await byName(namespace)).toEqual({ 'tested-0': image, 'tested-1': image, 'tested-2': image })
        return status
      })
    await setImage(path, 'two')
    expect((await settled('two'))['currentRevision']).not.toBe(first)
    await setImage(path, 'one')
    // A roll back finds its revision again instead of making another.
    expect((await settled('one'))['currentRevision']).toBe(first)
    expect((await api.must(`GET /apis/apps/v1/namespaces/${namespace}/controllerrevisions`)).items).toHaveLength(2)
  })
})

describe.concurrent('daemon sets', () => {
  test('DaemonSet-Rollback', async () => {
    const { namespace, path } = await make('daemonsets', 'DaemonSet', { ...spec('one'), updateStrategy: { type: 'RollingUpdate' } })
    const ready = () =>
      eventually(async () => expect(await statusOf(path)).toMatchObject({ desiredNumberScheduled: 2, numberAvailable: 2, updatedNumberScheduled: 2 }))
    await ready()
    const uids = async () => (await podsOf(namespace)).map(({ metadata }) => metadata.uid)
    const before = await uids()
    // Nodes take no pod of this template: one old pod goes, and stays away.
    await api.must(
      `PATCH ${path}`,
      { spec: { template: { spec: { schedulerName: 'nobody', containers: [{ name: 'c', image: 'broken' }] } } } },
      { type: 'strategic' },
    )
    await eventually(async () => expect((await podsOf(namespace)).map(imageOf).toSorted()).toEqual(['broken', 'one']))
    const kept = (await uids()).filter((uid) => before.includes(uid))
    await api.must(
      `PATCH ${path}`,
      { spec: { template: { spec: { schedulerName: 'default-scheduler', containers: [{ name: 'c', image: 'one' }] } } } },
      { type: 'strategic' },
    )
    await eventually(async () => expect((await podsOf(namespace)).map(imageOf)).toEqual(['one', 'one']))
    await ready()
    expect(await uids()).toEqual(expect.arrayContaining(kept))
  })

  test('DaemonSet-FailedPodCreation', async () => {
    const { namespace, path } = await make('daemonsets', 'DaemonSet', spec('one'))
    await eventually(async () => expect(await statusOf(path)).toMatchObject({ numberReady: 2 }))
    const [pod] = await podsOf(namespace)
    await api.must(`PATCH /api/v1/namespaces/${namespace}/pods/${pod!.metadata.name}/status`, { status: { phase: 'Failed' } }, { type: 'merge' })
    await eventually(async () => {
      const pods = await podsOf(namespace)
      expect(pods.map(({ metadata }) => metadata.uid)).not.toContain(pod!.metadata.uid)
      expect(pods).toHaveLength(2)
    })
  })

  test('ControllerRevision, resource lifecycle', async () => {
    const { namespace, path } = await make('daemonsets', 'DaemonSet', spec('one'))
    const revisions = `/apis/apps/v1/namespaces/${namespace}/controllerrevisions`
    const list = async () => (await api.must(`GET ${revisions}?labelSelector=app%3Dtested`)).items ?? []
    const [initial] = await eventually(async () => {
      const items = await list()
      expect(items).toHaveLength(1)
      return items
    })
    const { name } = initial!.metadata
    const patched = await api.must(`PATCH ${revisions}/${name}`, { metadata: { labels: { [name!]: 'patched' } } }, { type: 'strategic' })
    expect(patched.metadata.labels).toMatchObject({ [name!]: 'patched' })
    await api.must(`POST ${revisions}`, {
      ...initial,
      metadata: { name: `${name}-2`, labels, ownerReferences: initial!.metadata['ownerReferences'] },
      revision: Number(initial!['revision']) + 1,
    })
    expect(await list()).toHaveLength(2)
    await api.must(`DELETE ${revisions}/${name}`)
    await eventually(async () => expect(await list()).toHaveLength(1))
    const [left] = await list()
    await api.must(`PUT ${revisions}/${left!.metadata.name}`, {
      ...left,
      metadata: { ...left!.metadata, labels: { ...left!.metadata.labels, updated: 'true' } },
    })
    await api.must(
      `PATCH ${path}`,
      { spec: { template: { spec: { terminationGracePeriodSeconds: 1 } } }, updateStrategy: { type: 'RollingUpdate' } },
      { type: 'strategic' },
    )
    await eventually(async () => expect(await list()).toHaveLength(2))
    await api.must(`DELETE ${revisions}?labelSelector=updated%3Dtrue`)
    await eventually(async () => expect(await list()).toMatchObject([{ revision: 3 }]))
  })
})

test('Replication Controller, check for issues like exceeding allocated quota', async () => {
  const namespace = await cluster.newNamespace()
  const at = (resource: string) => `/api/v1/namespaces/${namespace}/${resource}`
  await api.must(`POST ${at('resourcequotas')}`, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q' }, spec: { hard: { pods: '2' } } })
  await eventually(async () => expect(await statusOf(at('resourcequotas/q'))).toMatchObject({ hard: { pods: '2' } }))
  await api.must(`POST ${at('replicationcontrollers')}`, {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name: 'rc' },
    spec: { replicas: 3, selector: labels, template: template('i') },
  })
  const conditions = async () => ((await statusOf(at('replicationcontrollers/rc')))['conditions'] ?? []) as object[]
  await eventually(async () => expect(await conditions()).toMatchObject([{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' }]))
  await api.must(`PATCH ${at('replicationcontrollers/rc/scale')}`, { spec: { replicas: 2 } }, { type: 'merge' })
  await eventually(async () => expect(await conditions()).toEqual([]))
})
