// Upstream's tests of single kinds of the core group and their subresources, as far as the API server alone is asked.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { type Api, unique } from './api.ts'
import { type ConformanceCluster, startConformanceCluster } from './cluster.ts'

let cluster: ConformanceCluster
let api: Api

beforeAll(async () => {
  cluster = await startConformanceCluster()
  ;({ api } = cluster)
})
afterAll(() => cluster[Symbol.asyncDispose]())

const at = (namespace: string, resource: string) => `/api/v1/namespaces/${namespace}/${resource}`
const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'c', image: 'registry.invalid/pause' }], ...spec },
})

describe.concurrent('config maps and secrets', () => {
  test.each([
    ['configmaps', 'ConfigMap', 'v', 'w'],
    ['secrets', 'Secret', 'dg==', 'dw=='],
  ])('%s that are immutable stay as they are', async (plural, kind, value, other) => {
    const path = at(await cluster.newNamespace(), plural)
    await api.must(`POST ${path}`, { apiVersion: 'v1', kind, metadata: { name: 'c' }, data: { k: value } })
    await api.must(`PATCH ${path}/c`, { data: { k: other } }, { type: 'merge' })
    await api.must(`PATCH ${path}/c`, { immutable: true }, { type: 'merge' })
    const refused = await api.call(`PATCH ${path}/c`, { data: { k: value } }, { type: 'merge' })
    expect([refused.status, refused.body.message]).toEqual([422, `${kind} "c" is invalid: data: Forbidden: field is immutable when \`immutable\` is set`])
    expect((await api.call(`PATCH ${path}/c`, { immutable: false }, { type: 'merge' })).status).toBe(422)
    await api.must(`PATCH ${path}/c`, { metadata: { labels: { still: 'possible' } } }, { type: 'merge' })
    await api.must(`DELETE ${path}/c`)
  })

  test.each([
    ['configmaps', 'ConfigMap'],
    ['secrets', 'Secret'],
  ])('%s with an empty key are refused', async (plural, kind) => {
    const path = at(await cluster.newNamespace(), plural)
    const { status, body } = await api.call(`POST ${path}`, { apiVersion: 'v1', kind, metadata: { name: 'c' }, data: { '': 'dmFsdWUtMQ==' } })
    expect([status, body.reason]).toEqual([422, 'Invalid'])
  })
})

describe.concurrent('pods', () => {
  test('get a class of service from their resources', async () => {
    const path = at(await cluster.newNamespace(), 'pods')
    const resources = { cpu: '100m', memory: '100Mi' }
    const made = await api.must(`POST ${path}`, pod('p', { containers: [{ name: 'c', image: 'i', resources: { limits: resources, requests: resources } }] }))
    expect(made['status']).toMatchObject({ phase: 'Pending', qosClass: 'Guaranteed' })
  })

  test('count generations: of their spec, not of metadata or status', async () => {
    const path = at(await cluster.newNamespace(), 'pods')
    const generation = async (patch: object, subresource = '') => {
      const answer = await api.must(`PATCH ${path}/p${subresource}`, patch, { type: 'strategic' })
      return answer.metadata['generation']
    }
    expect((await api.must(`POST ${path}`, pod('p', { nodeName: 'nowhere' }))).metadata['generation']).toBe(1)
    expect(await generation({ spec: { activeDeadlineSeconds: 5000 } })).toBe(2)
    expect(await generation({ spec: { containers: [{ name: 'c', image: 'other' }] } })).toBe(3)
    expect(await generation({ metadata: { annotations: { a: 'b' }, finalizers: ['example.com/f'] } })).toBe(3)
    expect(await generation({ spec: { tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoExecute' }] } })).toBe(4)
    expect(await generation({ spec: { containers: [{ name: 'c', image: 'other' }] } })).toBe(4)
    expect(await generation({ status: { message: 'm' } }, '/status')).toBe(4)
    expect(await generation({ metadata: { finalizers: null }, spec: { ephemeralContainers: [{ name: 'e', image: 'i' }] } }, '/ephemeralcontainers')).toBe(5)
    expect(
      await generation({ spec: { containers: [{ name: 'c', resources: { requests: { cpu: '1m' } } }] } }, '/resize').catch((e: unknown) => String(e)),
    ).toContain('422')
    const deleted = await api.must(`DELETE ${path}/p`, { gracePeriodSeconds: 5 })
    expect(deleted.metadata).toMatchObject({ generation: 6, deletionGracePeriodSeconds: 5 })
  })

  test('are resized through their subresource alone', async () => {
    const path = at(await cluster.newNamespace(), 'pods')
    const container = (cpu: string) => ({ name: 'c', image: 'i', resources: { requests: { cpu }, limits: { cpu: '1' } } })
    await api.must(`POST ${path}`, pod('p', { schedulerName: 'nobody', containers: [container('100m')] }))
    const patch = { spec: { containers: [{ name: 'c', resources: { requests: { cpu: '200m' } } }] } }
    expect((await api.call(`PATCH ${path}/p`, patch, { type: 'strategic' })).status).toBe(422)
    expect(await api.must(`PATCH ${path}/p/resize`, patch, { type: 'strategic' })).toMatchObject({ spec: { containers: [container('200m')] } })
    const image = { spec: { containers: [{ name: 'c', image: 'j' }] } }
    expect(await api.must(`PATCH ${path}/p/resize`, image, { type: 'strategic' })).toMatchObject({ spec: { containers: [container('200m')] } })
    const guaranteed = { cpu: '1', memory: '1Mi' }
    const other = { spec: { containers: [{ name: 'c', resources: { requests: guaranteed, limits: guaranteed } }] } }
    const refused = await api.call(`PATCH ${path}/p/resize`, other, { type: 'strategic' })
    expect([refused.status, refused.body.message]).toEqual([
      422,
      'Pod "p" is invalid: spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
    ])
  })

  test('take ephemeral containers that nobody can change again', async () => {
    const path = at(await cluster.newNamespace(), 'pods')
    await api.must(`POST ${path}`, pod('p', { nodeName: 'nowhere' }))
    const debugger1 = { name: 'debugger', image: 'i', stdin: true, tty: true }
    expect(await api.must(`PATCH ${path}/p/ephemeralcontainers`, { spec: { ephemeralContainers: [debugger1] } }, { type: 'strategic' })).toMatchObject({
      spec: { ephemeralContainers: [debugger1] },
    })
    const live = await api.must(`GET ${path}/p/ephemeralcontainers`)
    const { ephemeralContainers } = live['spec'] as { ephemeralContainers: object[] }
    const put = { ...live, spec: { ...(live['spec'] as object), ephemeralContainers: [...ephemeralContainers, { name: 'second', image: 'i' }] } }
    expect(await api.must(`PUT ${path}/p/ephemeralcontainers`, put)).toMatchObject({
      spec: { ephemeralContainers: [{ name: 'debugger' }, { name: 'second' }] },
    })
    const changed = { spec: { ephemeralContainers: [{ name: 'debugger', image: 'j' }] } }
    expect((await api.call(`PATCH ${path}/p/ephemeralcontainers`, changed, { type: 'strategic' })).status).toBe(422)
    expect((await api.call(`PATCH ${path}/p`, { spec: { ephemeralContainers: [{ name: 'third', image: 'i' }] } }, { type: 'strategic' })).status).toBe(422)
  })

  test('of an unknown runtime class are refused, also as a rehearsal; overhead comes from the class', async () => {
    const path = at(await cluster.newNamespace(), 'pods')
    const runtimeClassName = unique('runtime')
    expect(await api.call(`POST ${path}?dryRun=All`, pod('p', { runtimeClassName }))).toMatchObject({
      status: 403,
      body: { message: `pods "p" is forbidden: pod rejected: RuntimeClass "${runtimeClassName}" not found` },
    })
    const overhead = { podFixed: { cpu: '10m', memory: '1Mi' } }
    await api.must('POST /apis/node.k8s.io/v1/runtimeclasses', {
      apiVersion: 'node.k8s.io/v1',
      kind: 'RuntimeClass',
      metadata: { name: runtimeClassName },
      handler: 'h',
      overhead,
    })
    expect(await eventually(() => api.must(`POST ${path}`, pod('p', { runtimeClassName })))).toMatchObject({ spec: { overhead: overhead.podFixed } })
  })

  test('with unsafe or malformed sysctls are judged by form', async () => {
    const path = at(await cluster.newNamespace(), 'pods')
    const sysctls = ['foo-', 'kernel.shmmax', 'safe-and-unsafe', 'bar..'].map((name) => ({ name, value: '100000000' }))
    const { body } = await api.call(`POST ${path}`, pod('p', { securityContext: { sysctls } }))
    for (const text of ['Invalid value: "foo-"', 'Invalid value: "bar.."']) expect(body.message).toContain(text)
    for (const text of ['safe-and-unsafe', 'kernel.shmmax']) expect(body.message).not.toContain(text)
  })

  test('answer an eviction with 429 while a budget forbids it', async () => {
    const namespace = await cluster.newNamespace()
    const labels = { app: 'evicted' }
    await api.must(`POST ${at(namespace, 'pods')}`, pod('p', {}, { labels }))
    await eventually(async () => expect((await api.must(`GET ${at(namespace, 'pods/p')}`))['status']).toMatchObject({ phase: 'Running' }))
    const budgets = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`
    const budget = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'b' },
      spec: { minAvailable: 1, selector: { matchLabels: labels } },
    }
    await api.must(`POST ${budgets}`, budget)
    await eventually(async () => expect((await api.must(`GET ${budgets}/b`))['status']).toMatchObject({ currentHealthy: 1, expectedPods: 1 }))
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p', namespace } }
    expect(await api.call(`POST ${at(namespace, 'pods/p/eviction')}`, eviction)).toMatchObject({
      status: 429,
      body: {
        message: "Cannot evict pod as it would violate the pod's disruption budget.",
        details: { causes: [{ reason: 'DisruptionBudget', message: 'The disruption budget b needs 1 healthy pods and has 1 currently' }] },
      },
    })
    await api.must(`PATCH ${budgets}/b`, { spec: { minAvailable: 0 } }, { type: 'merge' })
    await eventually(() => api.must(`POST ${at(namespace, 'pods/p/eviction')}`, eviction))
    await eventually(async () => expect((await api.call(`GET ${at(namespace, 'pods/p')}`)).status).toBe(404))
  })
})

describe.concurrent('services', () => {
  const ports = [{ name: 'http', port: 80, targetPort: 80, protocol: 'TCP' }]
  const service = (name: string, spec: object) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec })

  test('change their type: ExternalName, ClusterIP, NodePort and back', async () => {
    const path = at(await cluster.newNamespace(), 'services')
    await api.must(`POST ${path}`, service('s', { type: 'ExternalName', externalName: 'foo.example.com' }))
    const set = (spec: object) => api.must(`PATCH ${path}/s`, { spec }, { type: 'merge' })
    const clusterIp = await set({ type: 'ClusterIP', externalName: null, ports })
    expect(clusterIp['spec']).toMatchObject({ clusterIP: expect.stringMatching(/^10\.96\./) as string })
    const nodePort = await set({ type: 'NodePort' })
    expect(nodePort['spec']).toMatchObject({ ports: [{ nodePort: expect.any(Number) as number }] })
    const external = await set({
      type: 'ExternalName',
      externalName: 'bar.example.com',
      clusterIP: '',
      clusterIPs: null,
      ports: [{ ...ports[0], nodePort: null }],
    })
    expect(external['spec']).not.toHaveProperty('clusterIP')
    expect((await set({ type: 'ClusterIP', externalName: null }))['spec']).toMatchObject({ type: 'ClusterIP' })
  })

  test('keep session affinity, and have a status of their own', async () => {
    const path = at(await cluster.newNamespace(), 'services')
    await api.must(`POST ${path}`, service('s', { type: 'LoadBalancer', ports, sessionAffinity: 'ClientIP' }))
    expect(await api.must(`GET ${path}/s`)).toMatchObject({ spec: { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } } })
    const status = { loadBalancer: { ingress: [{ ip: '203.0.113.1' }] } }
    expect(await api.must(`PATCH ${path}/s/status`, { metadata: { annotations: { patchedstatus: 'true' } }, status }, { type: 'merge' })).toMatchObject({
      metadata: { annotations: { patchedstatus: 'true' } },
      status,
    })
    const live = await api.must(`GET ${path}/s`)
    const condition = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from e2e test', lastTransitionTime: '2026-01-01T00:00:00Z' }
    expect(await api.must(`PUT ${path}/s/status`, { ...live, status: { ...(live['status'] as object), conditions: [condition] } })).toMatchObject({
      status: { ...status, conditions: [condition] },
    })
  })
})

describe.concurrent('events', () => {
  test('of the new API have series, and are seen through the old one', async () => {
    const namespace = await cluster.newNamespace()
    const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'e', labels: { 'testevent-constant': 'true' } },
      regarding: { kind: 'Pod', namespace, name: 'p' },
      eventTime: '2017-09-19T13:49:16.000000Z',
      note: 'This is e',
      action: 'Do',
      reason: 'Test',
      type: 'Normal',
      reportingController: 'test-controller',
      reportingInstance: 'test-node',
    }
    await api.must(`POST ${path}`, event)
    const series = { count: 2, lastObservedTime: '2017-09-19T13:49:16.000000Z' }
    await api.must(`PATCH ${path}/e`, { series }, { type: 'strategic' })
    expect(await api.must(`GET ${path}/e`)).toMatchObject({ series })
    const old = await api.must(`GET ${at(namespace, 'events/e')}`)
    expect(old).toMatchObject({ involvedObject: event.regarding, message: event.note, source: {}, reportingComponent: 'test-controller', series })
    const byReporter = await api.must(`GET /apis/events.k8s.io/v1/events?fieldSelector=reportingController%3Dtest-controller`)
    expect(byReporter.items).toHaveLength(1)
    await api.must(`DELETE ${path}?labelSelector=testevent-constant%3Dtrue`)
    expect((await api.must(`GET ${path}`)).items).toEqual([])
  })
})

describe.concurrent('scales', () => {
  test.each([
    ['replicasets', 'ReplicaSet', '/apis/apps/v1', {}],
    ['deployments', 'Deployment', '/apis/apps/v1', {}],
    ['statefulsets', 'StatefulSet', '/apis/apps/v1', { serviceName: 's' }],
    ['replicationcontrollers', 'ReplicationController', '/api/v1', {}],
  ])('of %s are read, written and patched', async (plural, kind, root, more) => {
    const labels = { app: 'scaled' }
    const namespace = await cluster.newNamespace()
    const path = `${root}/namespaces/${namespace}/${plural}`
    const selector = plural === 'replicationcontrollers' ? labels : { matchLabels: labels }
    const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    const apiVersion = root === '/api/v1' ? 'v1' : 'apps/v1'
    await api.must(`POST ${path}`, { apiVersion, kind, metadata: { name: 'r' }, spec: { replicas: 1, selector, template, ...more } })
    const scale = await api.must(`GET ${path}/r/scale`)
    expect(scale).toMatchObject({ kind: 'Scale', apiVersion: 'autoscaling/v1', spec: { replicas: 1 }, status: { selector: 'app=scaled' } })
    expect(
      await api.must(`PUT ${path}/r/scale`, { ...scale, metadata: { ...scale.metadata, resourceVersion: undefined }, spec: { replicas: 2 } }),
    ).toMatchObject({
      spec: { replicas: 2 },
    })
    expect(await api.must(`PATCH ${path}/r/scale`, { spec: { replicas: 4 } }, { type: 'strategic' })).toMatchObject({ spec: { replicas: 4 } })
    await eventually(async () => expect(await api.must(`GET ${path}/r`)).toMatchObject({ spec: { replicas: 4 }, status: { readyReplicas: 4 } }))
    await api.must(`DELETE ${path}?labelSelector=none%3Dsuch`)
    await api.must(`DELETE ${path}`)
    await eventually(async () => expect((await api.must(`GET ${path}`)).items).toEqual([]))
  })
})

test('priority classes cannot change their value', async () => {
  const path = '/apis/scheduling.k8s.io/v1/priorityclasses'
  const name = unique('priority')
  await api.must(`POST ${path}`, { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name }, value: 1 })
  const { status, body } = await api.call(`PATCH ${path}/${name}`, { value: 3 }, { type: 'merge' })
  expect([status, body.message]).toEqual([422, `PriorityClass.scheduling.k8s.io "${name}" is invalid: value: Forbidden: may not be changed in an update.`])
  await api.must(`PATCH ${path}/${name}`, { description: 'Updated description.' }, { type: 'merge' })
})

test('a lease is taken, renewed and taken over as leader election does', async () => {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${await cluster.newNamespace()}/leases`
  const spec = {
    holderIdentity: 'a',
    leaseDurationSeconds: 30,
    acquireTime: '2026-01-01T00:00:00.000001Z',
    renewTime: '2026-01-01T00:00:00.000002Z',
    leaseTransitions: 0,
  }
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'lead' }, spec }
  const made = await api.must(`POST ${path}`, lease)
  expect(made['spec']).toEqual(spec)
  expect((await api.call(`POST ${path}`, { ...lease, spec: { ...spec, holderIdentity: 'b' } })).status).toBe(409)
  const renewed = await api.must(`PUT ${path}/lead`, { ...made, spec: { ...spec, renewTime: '2026-01-01T00:00:10.000000Z' } })
  expect(await api.call(`PUT ${path}/lead`, { ...made, spec: { ...spec, holderIdentity: 'b' } })).toMatchObject({ status: 409, body: { reason: 'Conflict' } })
  const taken = { ...spec, holderIdentity: 'b', leaseTransitions: 1 }
  expect((await api.must(`PUT ${path}/lead`, { ...renewed, spec: taken }))['spec']).toEqual(taken)
})

test('nodes report heartbeats with leases, and take extended resources in their status', async () => {
  expect(await api.must('GET /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-1')).toMatchObject({ spec: { holderIdentity: 'node-1' } })
  const patch = [{ op: 'add', path: '/status/capacity/example.com~1dongle', value: '4' }]
  expect(await api.must('PATCH /api/v1/nodes/node-2/status', patch, { type: 'json' })).toMatchObject({ status: { capacity: { 'example.com/dongle': '4' } } })
})
