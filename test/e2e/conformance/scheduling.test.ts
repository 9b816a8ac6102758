// Upstream's conformance tests of where pods go and what has to give way: predicates, preemption, taints, and sets of pods on real nodes.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Body } from '../../integration/conformance/api.ts'
import { eventually } from '../../support/eventually.ts'
import { image, isReady, type Namespace, shell, specOf, statusOf, Suite } from './suite.ts'

let suite: Suite
let namespace: Namespace
const nodes = ['node-1', 'node-2']
const fake = 'example.com/fakecpu'
const sleeper = { command: shell('trap "exit 0" TERM; while true; do sleep 0.2; done') }
const classes = { low: 1, medium: 100, high: 1000, p1: 1, p2: 2, p3: 3, p4: 4 }

beforeAll(async () => {
  suite = await Suite.start()
  namespace = await suite.newNamespace()
  for (const [name, value] of Object.entries(classes))
    await suite.api.must('POST /apis/scheduling.k8s.io/v1/priorityclasses', {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name },
      value,
    })
  await advertise('900')
})
afterAll(() => suite?.[Symbol.asyncDispose]())

const nodeStatus = async (node: string) =>
  (await suite.api.must(`GET /api/v1/nodes/${node}`))['status'] as { capacity: Record<string, string>; allocatable: Record<string, string> }

/** As upstream: only the capacity is written; the kubelet makes it allocatable. */
async function advertise(amount: string | null): Promise<void> {
  for (const node of nodes) await suite.api.must(`PATCH /api/v1/nodes/${node}/status`, { status: { capacity: { [fake]: amount } } }, { type: 'merge' })
  for (const node of nodes) await eventually(async () => expect((await nodeStatus(node)).allocatable[fake]).toBe(amount ?? undefined))
}

const asking = (amount: string) => ({ resources: { requests: { [fake]: amount }, limits: { [fake]: amount } } })
const on = (node: string) => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }] },
    },
  },
})
const isGone = async (name: string) => {
  const { status, body } = await suite.api.call(`GET ${namespace.path(`pods/${name}`)}`)
  return status === 404 || body.metadata['deletionTimestamp'] !== undefined
}
const scheduled = (pod: Body) => statusOf(pod).conditions?.find(({ type }) => type === 'PodScheduled')

test.each([
  ['Scheduler, Basic Preemption', 'high', 'default'],
  ['Scheduler, Preemption for critical pod', 'system-cluster-critical', 'kube-system'],
])('%s', async (title, priorityClassName, where) => {
  const names = title.endsWith('pod') ? ['critical-low', 'critical-medium'] : ['pod0-low', 'pod1-medium']
  for (const [index, name] of names.entries())
    await namespace.pod(name, { ...on(nodes[index]!), priorityClassName: ['low', 'medium'][index], containers: [{ ...sleeper, ...asking('600') }] })
  for (const name of names) await namespace.ready(name)
  const path = `/api/v1/namespaces/${where}/pods`
  const spec = { priorityClassName, terminationGracePeriodSeconds: 1, containers: [{ name: 'c', image, ...sleeper, ...asking('600') }] }
  await suite.api.must(`POST ${path}`, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'preemptor' }, spec })
  const preemptor = await eventually(
    async () => {
      const pod = await suite.api.must(`GET ${path}/preemptor`)
      expect(isReady(pod)).toBe(true)
      return pod
    },
    { withinMs: 60_000 },
  )
  expect(specOf(preemptor).nodeName).toBe(nodes[0])
  expect([await isGone(names[0]!), await isGone(names[1]!)]).toEqual([true, false])
  await suite.api.must(`DELETE ${path}/preemptor`, { gracePeriodSeconds: 0 })
  await namespace.delete(names[1]!)
})

test('Verify the DisruptionTarget condition is added to the preempted pod', async () => {
  await namespace.pod(
    'victim',
    { ...on(nodes[0]!), priorityClassName: 'low', containers: [{ ...sleeper, ...asking('900') }] },
    { finalizers: ['example.com/test'] },
  )
  await namespace.ready('victim')
  await namespace.pod('preemptor', { ...on(nodes[0]!), priorityClassName: 'high', containers: [{ ...sleeper, ...asking('900') }] })
  const victim = await namespace.until('victim', (pod) => pod.metadata['deletionTimestamp'] !== undefined)
  expect(statusOf(victim).conditions).toContainEqual(
    expect.objectContaining({
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: 'default-scheduler: preempting to accommodate a higher priority pod',
    }),
  )
  await suite.api.must(`PATCH ${namespace.path('pods/victim')}`, { metadata: { finalizers: null } }, { type: 'merge' })
  await namespace.gone('victim')
  await namespace.ready('preemptor')
  await namespace.delete('preemptor')
})

test('Pod preemption verification', async () => {
  const replicaSet = (name: string, replicas: number, amount: string) => {
    const labels = { name: `pod${name}` }
    const spec = {
      priorityClassName: name,
      terminationGracePeriodSeconds: 1,
      nodeSelector: { 'kubernetes.io/hostname': nodes[0] },
      containers: [{ name: 'c', image, ...sleeper, ...asking(amount) }],
    }
    return namespace.create('apps/v1/replicasets', 'ReplicaSet', `rs-${name}`, {
      spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    })
  }
  const ready = async (name: string) =>
    (await suite.api.must(`GET ${namespace.path(`replicasets/rs-${name}`, '/apis/apps/v1')}`))['status'] as { readyReplicas?: number }
  const sets: [string, number, string][] = [
    ['p1', 1, '200'],
    ['p2', 1, '300'],
    ['p3', 1, '400'],
  ]
  for (const set of sets) {
    await replicaSet(...set)
    await eventually(async () => expect(await ready(set[0])).toMatchObject({ readyReplicas: set[1] }), { withinMs: 60_000 })
  }
  await replicaSet('p4', 1, '500')
  await eventually(async () => expect(await ready('p4')).toMatchObject({ readyReplicas: 1 }), { withinMs: 60_000 })
  // 500 and 400 fit in 900: the two lowest had to go.
  await eventually(async () => expect((await ready('p1')).readyReplicas ?? 0).toBe(0))
  expect([(await ready('p2')).readyReplicas ?? 0, (await ready('p3')).readyReplicas]).toEqual([0, 1])
  await suite.api.must(`DELETE ${namespace.path('replicasets', '/apis/apps/v1')}`, { propagationPolicy: 'Background' })
  await advertise(null)
})

test('Scheduler, resource limits', async () => {
  await namespace.pod('too-large', { containers: [{ ...sleeper, resources: { requests: { cpu: '1000' } } }] })
  const pod = await namespace.until('too-large', (p) => scheduled(p)?.status === 'False')
  expect(scheduled(pod)).toMatchObject({ reason: 'Unschedulable', message: expect.stringContaining('0/2 nodes are available: 2 Insufficient cpu.') as string })
  await eventually(async () => expect((await namespace.events('too-large')).join()).toContain('FailedScheduling: 0/2 nodes are available'))
  await namespace.delete('too-large')
})

test('Scheduler, node selector not matching', async () => {
  await namespace.pod('restricted-pod', { nodeSelector: { label: 'nonempty' }, containers: [sleeper] })
  await eventually(async () => expect((await namespace.events('restricted-pod')).join()).toContain('FailedScheduling: 0/2 nodes are available'))
  // Scheduler, node selector matching: the label comes, and the pod with it.
  await suite.api.must(`PATCH /api/v1/nodes/${nodes[1]}`, { metadata: { labels: { label: 'nonempty' } } }, { type: 'merge' })
  expect(specOf(await namespace.ready('restricted-pod')).nodeName).toBe(nodes[1])
  await namespace.delete('restricted-pod')
})

test('Scheduling, HostPort and Protocol match, HostIPs different but one is default HostIP (0.0.0.0)', async () => {
  const ports = (hostIP?: string) => [{ hostPort: 54322, containerPort: 8080, ...(hostIP ? { hostIP } : {}) }]
  await namespace.pod('pod4', { nodeSelector: { 'kubernetes.io/hostname': nodes[0] }, containers: [{ ...sleeper, ports: ports() }] })
  await namespace.ready('pod4')
  const { addresses } = (await nodeStatus(nodes[0]!)) as unknown as { addresses: { address: string }[] }
  await namespace.pod('pod5', { nodeSelector: { 'kubernetes.io/hostname': nodes[0] }, containers: [{ ...sleeper, ports: ports(addresses[0]!.address) }] })
  await namespace.until('pod5', (pod) => scheduled(pod)?.status === 'False')
  for (const name of ['pod4', 'pod5']) await namespace.delete(name)
})

test('Taint, Pod Eviction on taint removal', async () => {
  const taint = { key: 'kubernetes.io/e2e-evict-taint-key', value: 'evictTaintVal', effect: 'NoExecute' }
  const tolerating = (seconds: number) => ({ ...on(nodes[1]!), tolerations: [{ ...taint, tolerationSeconds: seconds }], containers: [sleeper] })
  const set = (taints: object[]) => suite.api.must(`PATCH /api/v1/nodes/${nodes[1]}`, { spec: { taints } }, { type: 'merge' })
  await namespace.pod('tolerates-3', tolerating(3))
  await namespace.pod('tolerates-6', tolerating(6))
  await namespace.pod('tolerates-600', tolerating(600))
  for (const seconds of [3, 6, 600]) await namespace.ready(`tolerates-${seconds}`)
  await set([taint])
  // Pod Eviction, Toleration limits: one after the other.
  await namespace.gone('tolerates-3')
  expect(await isGone('tolerates-6')).toBe(false)
  await namespace.gone('tolerates-6')
  await namespace.pod('tolerates-again', { ...tolerating(2) })
  await namespace.until('tolerates-again', (pod) => specOf(pod).nodeName === nodes[1])
  await set([])
  await namespace.ready('tolerates-again')
  expect([await isGone('tolerates-600'), await isGone('tolerates-again')]).toEqual([false, false])
  await namespace.delete('tolerates-again')
})

test('Ensure pod failure policy allows to ignore failure matching on the DisruptionTarget condition', async () => {
  const spec = {
    completions: 2,
    parallelism: 2,
    backoffLimit: 0,
    completionMode: 'Indexed',
    podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] },
    template: {
      spec: {
        restartPolicy: 'Never',
        terminationGracePeriodSeconds: 1,
        nodeName: nodes[0],
        volumes: [{ name: 'host', hostPath: { path: `${suite.cluster.directory}/job`, type: 'DirectoryOrCreate' } }],
        containers: [
          {
            name: 'c',
            image,
            command: shell('f=/host/$JOB_COMPLETION_INDEX; [ -e $f ] && exit 0; touch $f; while true; do sleep 0.2; done'),
            volumeMounts: [{ name: 'host', mountPath: '/host' }],
          },
        ],
      },
    },
  }
  await namespace.create('batch/v1/jobs', 'Job', 'evicted', { spec })
  const pods = async () => (await suite.api.must(`GET ${namespace.path('pods')}?labelSelector=batch.kubernetes.io%2Fjob-name%3Devicted`)).items!
  await eventually(async () => expect((await pods()).filter(isReady)).toHaveLength(2), { withinMs: 60_000 })
  for (const { metadata } of await pods())
    await suite.api.must(`POST ${namespace.path(`pods/${metadata.name}/eviction`)}`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: metadata.name },
    })
  await eventually(
    async () => {
      const { succeeded, failed, conditions } = (await suite.api.must(`GET ${namespace.path('jobs/evicted', '/apis/batch/v1')}`))['status'] as Record<
        string,
        unknown
      >
      expect({ succeeded, failed: failed ?? 0 }).toEqual({ succeeded: 2, failed: 0 })
      expect(conditions).toContainEqual(expect.objectContaining({ type: 'Complete', status: 'True' }))
    },
    { withinMs: 90_000 },
  )
})

test('StatefulSet, Recreate Failed Pod', async () => {
  const ports = [{ containerPort: 21017, hostPort: 21017 }]
  await namespace.pod('test-pod', { nodeName: nodes[0], containers: [{ ...sleeper, ports }] })
  await namespace.ready('test-pod')
  const labels = { app: 'recreated' }
  const spec = { terminationGracePeriodSeconds: 1, nodeName: nodes[0], containers: [{ name: 'c', image, ...sleeper, ports }] }
  await using watching = suite.api.watch(`${namespace.path('pods')}?labelSelector=app%3Drecreated`)
  await namespace.create('apps/v1/statefulsets', 'StatefulSet', 'ss', {
    spec: { replicas: 1, serviceName: 'none', selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  })
  await watching.until('MODIFIED', (pod) => statusOf(pod).phase === 'Failed')
  await watching.until('DELETED')
  await namespace.delete('test-pod')
  await eventually(async () => expect(isReady(await namespace.get('ss-0'))).toBe(true), { withinMs: 60_000 })
})

test('Jobs, completion after task failure', async () => {
  const script = 'if [ -e /data/foo ]; then exit 0; else touch /data/foo; exit 1; fi'
  const template = {
    spec: {
      restartPolicy: 'OnFailure',
      volumes: [{ name: 'data', emptyDir: {} }],
      containers: [{ name: 'c', image, command: shell(script), volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    },
  }
  await namespace.create('batch/v1/jobs', 'Job', 'fail-once-local', { spec: { parallelism: 2, completions: 4, backoffLimit: 100, template } })
  await eventually(
    async () =>
      expect((await suite.api.must(`GET ${namespace.path('jobs/fail-once-local', '/apis/batch/v1')}`))['status']).toMatchObject({ succeeded: 4, ready: 0 }),
    { withinMs: 90_000 },
  )
})
