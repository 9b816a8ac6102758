// Upstream's tests of watches, chunks, tables, discovery, documents, strict bodies, namespaces, collection of garbage and quotas.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { type Api, isNewer, unique } from './api.ts'
import { type ConformanceCluster, startConformanceCluster } from './cluster.ts'

let cluster: ConformanceCluster
let api: Api

beforeAll(async () => {
  cluster = await startConformanceCluster()
  ;({ api } = cluster)
})
afterAll(() => cluster[Symbol.asyncDispose]())

const configMap = (name: string, label = '', data: Readonly<Record<string, string>> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(label ? { labels: { 'watch-this': label } } : {}) },
  data,
})
const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'c', image: 'registry.invalid/pause' }], ...spec },
})
const at = (namespace: string, resource: string) => `/api/v1/namespaces/${namespace}/${resource}`
const names = (events: readonly { type: string; object: { metadata: { name?: string } } }[]) =>
  events.map(({ type, object }) => `${type} ${object.metadata.name}`)

describe.concurrent('watchers', () => {
  test('see additions, updates and deletions of what their selector selects', async () => {
    const path = at(await cluster.newNamespace(), 'configmaps')
    await using onA = api.watch(`${path}?labelSelector=watch-this%3Da`)
    await using onB = api.watch(`${path}?labelSelector=watch-this%3Db`)
    await using onBoth = api.watch(`${path}?labelSelector=watch-this%20in%20(a,b)`)
    await api.must(`POST ${path}`, configMap('one', 'a'))
    await api.must(`PATCH ${path}/one`, { data: { mutation: '1' } }, { type: 'merge' })
    await api.must(`PATCH ${path}/one`, { data: { mutation: '2' } }, { type: 'merge' })
    await api.must(`DELETE ${path}/one`)
    await api.must(`POST ${path}`, configMap('two', 'b'))
    await api.must(`DELETE ${path}/two`)
    await onBoth.until('DELETED', ({ metadata }) => metadata.name === 'two')
    await onB.until('DELETED')
    await onA.until('DELETED')
    expect(names(onA.events)).toEqual(['ADDED one', 'MODIFIED one', 'MODIFIED one', 'DELETED one'])
    expect(names(onB.events)).toEqual(['ADDED two', 'DELETED two'])
    expect(names(onBoth.events)).toEqual([...names(onA.events), ...names(onB.events)])
    expect(onA.events[3]!.object['data']).toEqual({ mutation: '2' })
    expect(isNewer(onA.events[2]!.object, onA.events[3]!.object)).toBe(true)
  })

  test('start where they are told to, and go on where they ended', async () => {
    const path = at(await cluster.newNamespace(), 'configmaps')
    await api.must(`POST ${path}`, configMap('c'))
    const first = await api.must(`PATCH ${path}/c`, { data: { mutation: '1' } }, { type: 'merge' })
    const second = await api.must(`PATCH ${path}/c`, { data: { mutation: '2' } }, { type: 'merge' })
    await api.must(`DELETE ${path}/c`)
    await using watching = api.watch(`${path}?resourceVersion=${first.metadata.resourceVersion}&timeoutSeconds=1`)
    await watching.ended
    expect(names(watching.events)).toEqual(['MODIFIED c', 'DELETED c'])
    expect(watching.events[0]!.object).toEqual(second)
    await api.must(`POST ${path}`, configMap('d'))
    await using again = api.watch(`${path}?resourceVersion=${watching.events[1]!.object.metadata.resourceVersion}`)
    await again.until('ADDED', ({ metadata }) => metadata.name === 'd')
    expect(again.events).toHaveLength(1)
  })

  test('see a deletion when an object leaves their selector, and an addition when it comes back', async () => {
    const path = at(await cluster.newNamespace(), 'configmaps')
    await using watching = api.watch(`${path}?labelSelector=watch-this%3Dx`)
    await api.must(`POST ${path}`, configMap('c', 'x'))
    const left = await api.must(`PATCH ${path}/c`, { metadata: { labels: { 'watch-this': 'y' } } }, { type: 'merge' })
    await api.must(`PATCH ${path}/c`, { data: { unseen: 'yes' } }, { type: 'merge' })
    await api.must(`PATCH ${path}/c`, { metadata: { labels: { 'watch-this': 'x' } } }, { type: 'merge' })
    await api.must(`DELETE ${path}/c`)
    await eventually(() => expect(watching.events).toHaveLength(4))
    expect(names(watching.events)).toEqual(['ADDED c', 'DELETED c', 'ADDED c', 'DELETED c'])
    expect(watching.events[1]!.object.metadata.resourceVersion).toBe(left.metadata.resourceVersion)
    expect(watching.events[2]!.object).toMatchObject({ data: { unseen: 'yes' } })
  })

  test('of one collection see the same events in the same order', async () => {
    const path = at(await cluster.newNamespace(), 'configmaps')
    const started = [await api.must(`GET ${path}`)]
    for (let index = 0; index < 30; index++) {
      started.push(await api.must(`POST ${path}`, configMap(`c-${index % 10}`)).catch(() => api.must(`DELETE ${path}/c-${index % 10}`)))
      if (started.at(-1)!.kind === 'Status') started.splice(-1, 1, await api.must(`GET ${path}`))
    }
    const watches = started.map(({ metadata }) => api.watch(`${path}?resourceVersion=${metadata.resourceVersion}`))
    await api.must(`POST ${path}`, configMap('last'))
    await Promise.all(watches.map((each) => each.until('ADDED', ({ metadata }) => metadata.name === 'last')))
    const versions = watches.map(({ events }) => events.map(({ object }) => object.metadata.resourceVersion))
    for (const seen of versions) expect(seen).toEqual(versions[0]!.slice(-seen.length))
    await Promise.all(watches.map((each) => each[Symbol.asyncDispose]()))
  })

  test('get what exists, a bookmark that ends it, and then changes, when they ask for a list', async () => {
    const path = at(await cluster.newNamespace(), 'configmaps')
    await api.must(`POST ${path}`, configMap('c'))
    await using watching = api.watch(
      `${path}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name%3Dc`,
    )
    const end = await watching.until('BOOKMARK')
    expect(end).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } })
    expect(names(watching.events.slice(0, 1))).toEqual(['ADDED c'])
  })
})

describe.concurrent('lists', () => {
  test('in chunks are complete, in order, of one version, and say what remains', async () => {
    const path = at(await cluster.newNamespace(), 'podtemplates')
    const all = Array.from({ length: 100 }, (_, index) => `template-${String(index).padStart(4, '0')}`)
    const template = { spec: { containers: [{ name: 'c', image: 'i' }] } }
    await Promise.all(all.map((name) => api.must(`POST ${path}`, { apiVersion: 'v1', kind: 'PodTemplate', metadata: { name }, template })))
    const seen: string[] = []
    const versions = new Set<unknown>()
    let next = ''
    do {
      const { items = [], metadata } = await api.must(`GET ${path}?limit=17${next ? `&continue=${next}` : ''}`)
      seen.push(...items.map((item) => item.metadata.name!))
      versions.add(metadata.resourceVersion)
      next = metadata.continue ?? ''
      expect(metadata['remainingItemCount']).toBe(next ? all.length - seen.length : undefined)
    } while (next)
    expect(seen).toEqual(all)
    expect(versions.size).toBe(1)
    const { items, metadata } = await api.must(`GET ${path}?limit=1000`)
    expect([items?.length, metadata.continue, metadata['remainingItemCount']]).toEqual([100, undefined, undefined])
  })

  const table = { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } }

  test('as tables: of pods, of nodes with metadata, in chunks; 406 for what has none', async () => {
    const path = at(await cluster.newNamespace(), 'podtemplates')
    const template = { spec: { containers: [{ name: 'c', image: 'i' }] } }
    for (const name of ['a', 'b', 'c']) await api.must(`POST ${path}`, { apiVersion: 'v1', kind: 'PodTemplate', metadata: { name }, template })
    const chunk = await api.must(`GET ${path}?limit=2`, undefined, table)
    expect([chunk.kind, chunk['apiVersion'], (chunk['rows'] as unknown[]).length, chunk.metadata['remainingItemCount']]).toEqual([
      'Table',
      'meta.k8s.io/v1',
      2,
      1,
    ])
    const nodes = await api.must('GET /api/v1/nodes', undefined, table)
    const [row] = nodes['rows'] as readonly { cells: unknown[]; object: object }[]
    expect((nodes['columnDefinitions'] as unknown[]).length).toBe(row!.cells.length)
    expect(row!.object).toMatchObject({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'node-1' } })
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { nonResourceAttributes: { path: '/', verb: 'get' } } }
    expect((await api.call('POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review, table)).status).toBe(406)
  })
})

describe.concurrent('discovery', () => {
  test('every group names a preferred version that it has, and every version its resources', async () => {
    const { groups } = await api.must('GET /apis')
    for (const { name, versions, preferredVersion } of groups as {
      name: string
      versions: { groupVersion: string }[]
      preferredVersion: { groupVersion: string }
    }[]) {
      expect(await api.must(`GET /apis/${name}/`)).toMatchObject({ name, preferredVersion })
      expect(versions).toContainEqual(preferredVersion)
      for (const { groupVersion } of versions) expect(await api.must(`GET /apis/${groupVersion}`)).toMatchObject({ kind: 'APIResourceList', groupVersion })
    }
    expect(await api.must('GET /api/')).toMatchObject({ kind: 'APIVersions', versions: ['v1'] })
  })

  test('all at once says the same, with its content type and an ETag', async () => {
    for (const path of ['/api', '/apis']) {
      const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'
      const { status, headers, body } = await api.call(`GET ${path}`, undefined, { headers: { accept } })
      expect([status, headers['content-type'], body.kind]).toEqual([
        200,
        'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
        'APIGroupDiscoveryList',
      ])
      const etag = String(headers['etag'])
      expect((await api.call(`GET ${path}`, undefined, { headers: { accept, 'if-none-match': etag } })).status).toBe(304)
    }
  })

  test('OpenAPI documents have an ETag, and answer 304 to who knows them', async () => {
    const v2 = await api.call('GET /openapi/v2', undefined, { headers: { accept: 'application/json' } })
    expect(v2.body).toMatchObject({ swagger: '2.0' })
    const etag = String(v2.headers['etag'])
    expect((await api.call('GET /openapi/v2', undefined, { headers: { accept: 'application/json', 'if-none-match': etag } })).status).toBe(304)
    const { paths } = await api.must('GET /openapi/v3')
    const { serverRelativeURL } = (paths as Record<string, { serverRelativeURL: string }>)['apis/apps/v1']!
    const v3 = await api.call(`GET ${serverRelativeURL}`)
    expect(v3.body).toMatchObject({ openapi: '3.0.0' })
    expect(v3.headers['cache-control']).toContain('immutable')
  })

  test('the version is one', async () => {
    expect(await api.must('GET /version')).toMatchObject({
      major: '1',
      minor: '36',
      gitVersion: expect.stringMatching(/^v1\.36\.\d+/) as string,
      platform: 'linux/amd64',
    })
  })
})

describe.concurrent('strict field validation', () => {
  const deployment = (more: string) =>
    `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","labels":{"app":"n"}},"spec":{${more}"replicas":2,"replicas":3,` +
    '"selector":{"matchLabels":{"app":"n"}},"template":{"metadata":{"labels":{"app":"n"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}'
  const complaint = 'strict decoding error: unknown field "spec.unknownField", duplicate field "spec.replicas"'

  test('refuses unknown and duplicate fields in creates, patches and applied documents', async () => {
    const path = `/apis/apps/v1/namespaces/${await cluster.newNamespace()}/deployments`
    const strict = 'fieldManager=suite&fieldValidation=Strict'
    expect((await api.call(`POST ${path}?${strict}`, deployment('"unknownField":"x",'))).body.message).toContain(complaint)
    await api.must(`POST ${path}`, deployment(''))
    const patch = '{"spec":{"unknownField":"x","replicas":1,"replicas":2}}'
    expect((await api.call(`PATCH ${path}/d?${strict}`, patch, { type: 'merge' })).body.message).toContain(
      'strict decoding error: duplicate field "spec.replicas", unknown field "spec.unknownField"',
    )
    const twice = deployment('').replace('"d"', '"e"')
    expect((await api.call(`PATCH ${path}/e?${strict}`, twice, { type: 'apply' })).body.message).toContain('line 1: key "replicas" already set in map')
    const onlyUnknown = deployment('"unknownField":"x",').replace('"replicas":2,', '')
    expect((await api.call(`PATCH ${path}/d?${strict}`, onlyUnknown, { type: 'apply' })).body.message).toContain(
      '.spec.unknownField: field not declared in schema',
    )
    const metadata = deployment('').replace('"replicas":2,', '').replace('"name":"d"', '"name":"m","unknownMeta":"x"')
    expect((await api.call(`POST ${path}?${strict}`, metadata)).body.message).toContain('strict decoding error: unknown field "metadata.unknownMeta"')
  })
})

describe.concurrent('namespaces', () => {
  test('take their content with them: pods first, the rest only after the last pod', async () => {
    const namespace = await cluster.newNamespace()
    await api.must(`POST ${at(namespace, 'pods')}`, pod('held', {}, { finalizers: ['example.com/held'] }))
    await api.must(`POST ${at(namespace, 'configmaps')}`, configMap('kept'))
    await api.must(`DELETE /api/v1/namespaces/${namespace}`)
    await eventually(async () =>
      expect(await api.must(`GET /api/v1/namespaces/${namespace}`)).toMatchObject({
        status: {
          phase: 'Terminating',
          conditions: expect.arrayContaining([expect.objectContaining({ type: 'NamespaceFinalizersRemaining', status: 'True' })]) as unknown,
        },
      }),
    )
    await api.must(`GET ${at(namespace, 'configmaps')}/kept`)
    expect(await api.call(`POST ${at(namespace, 'configmaps')}`, configMap('late'))).toMatchObject({
      status: 403,
      body: { message: `configmaps "late" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated` },
    })
    await api.must(`PATCH ${at(namespace, 'pods')}/held`, { metadata: { finalizers: null } }, { type: 'merge' })
    await eventually(async () => expect((await api.call(`GET /api/v1/namespaces/${namespace}`)).status).toBe(404))
    await api.must('POST /api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    expect((await api.must(`GET ${at(namespace, 'configmaps')}`)).items).not.toContainEqual(
      expect.objectContaining({ metadata: expect.objectContaining({ name: 'kept' }) as unknown }),
    )
  })

  test('keep a finalizer that /finalize sets, and go when it is taken away', async () => {
    const name = unique('finalize')
    const made = await api.must('POST /api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    expect(made).toMatchObject({ metadata: { labels: { 'kubernetes.io/metadata.name': name } }, spec: { finalizers: ['kubernetes'] } })
    const held = await api.must(`PUT /api/v1/namespaces/${name}/finalize`, { ...made, spec: { finalizers: ['kubernetes', 'e2e.example.com/fakeFinalizer'] } })
    expect(held['spec']).toEqual({ finalizers: ['kubernetes', 'e2e.example.com/fakeFinalizer'] })
    await api.must(`DELETE /api/v1/namespaces/${name}`)
    const path = `/api/v1/namespaces/${name}`
    await eventually(async () => expect((await api.must(`GET ${path}`))['spec']).toEqual({ finalizers: ['e2e.example.com/fakeFinalizer'] }))
    await api.must(`PUT ${path}/finalize`, { ...(await api.must(`GET ${path}`)), spec: { finalizers: [] } })
    await eventually(async () => expect((await api.call(`GET ${path}`)).status).toBe(404))
  })
})

describe.concurrent('the garbage collector', () => {
  const replicaSet = (name: string, replicas: number) => {
    const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    return { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name }, spec: { replicas, selector: { matchLabels: { app: name } }, template } }
  }
  const options = (propagationPolicy: string) => ({ apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy })

  test.each([
    ['Background', 0],
    ['Foreground', 0],
    ['Orphan', 2],
  ])('%s deletion leaves %i pods', async (policy, left) => {
    const namespace = await cluster.newNamespace()
    const path = `/apis/apps/v1/namespaces/${namespace}/replicasets`
    await api.must(`POST ${path}`, replicaSet('r', 2))
    await eventually(async () => expect((await api.must(`GET ${path}/r`))['status']).toMatchObject({ readyReplicas: 2 }))
    await api.must(`DELETE ${path}/r`, options(policy))
    await eventually(async () => expect((await api.call(`GET ${path}/r`)).status).toBe(404))
    await eventually(async () => {
      const { items = [] } = await api.must(`GET ${at(namespace, 'pods')}`)
      expect(items.map(({ metadata }) => metadata['ownerReferences'])).toEqual(Array.from({ length: left }))
    })
  })

  test('a circle of owners goes when one of them does; who has another living owner stays', async () => {
    const path = at(await cluster.newNamespace(), 'configmaps')
    const own = ({ metadata: { name, uid } }: { metadata: { name?: string; uid?: string } }) => ({ apiVersion: 'v1', kind: 'ConfigMap', name, uid })
    const made = []
    for (const name of ['a', 'b', 'c', 'living', 'shared']) made.push(await api.must(`POST ${path}`, configMap(name)))
    const [a, b, c, living] = made
    const owners = (...references: object[]) => ({ metadata: { ownerReferences: references } })
    await api.must(`PATCH ${path}/a`, owners(own(c!)), { type: 'merge' })
    await api.must(`PATCH ${path}/b`, owners(own(a!)), { type: 'merge' })
    await api.must(`PATCH ${path}/c`, owners(own(b!)), { type: 'merge' })
    await api.must(`PATCH ${path}/shared`, owners(own(a!), own(living!)), { type: 'merge' })
    await api.must(`DELETE ${path}/a`)
    await eventually(async () =>
      expect((await api.must(`GET ${path}`)).items?.map(({ metadata }) => metadata.name)).toEqual(['kube-root-ca.crt', 'living', 'shared']),
    )
    await eventually(async () => expect((await api.must(`GET ${path}/shared`)).metadata['ownerReferences']).toEqual([own(living!)]))
  })
})

describe.concurrent('resource quotas', () => {
  const quota = (hard: Readonly<Record<string, string>>, more: object = {}) => ({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'q' },
    spec: { hard, ...more },
  })
  const usedIs = (namespace: string, used: object) =>
    eventually(async () => expect((await api.must(`GET ${at(namespace, 'resourcequotas')}/q`))['status']).toMatchObject({ used }))

  test('follow the life of config maps, secrets, services and claims', async () => {
    const namespace = await cluster.newNamespace()
    const hard = { configmaps: '10', secrets: '10', services: '10', persistentvolumeclaims: '10', 'requests.storage': '10Gi', resourcequotas: '1' }
    await api.must(`POST ${at(namespace, 'resourcequotas')}`, quota(hard))
    await usedIs(namespace, { configmaps: '1', secrets: '0', services: '0', persistentvolumeclaims: '0', 'requests.storage': '0', resourcequotas: '1' })
    await api.must(`POST ${at(namespace, 'configmaps')}`, configMap('c'))
    await api.must(`POST ${at(namespace, 'secrets')}`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } })
    await api.must(`POST ${at(namespace, 'services')}`, { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } })
    const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
    await api.must(`POST ${at(namespace, 'persistentvolumeclaims')}`, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'p' }, spec: claim })
    await usedIs(namespace, { configmaps: '2', secrets: '1', services: '1', persistentvolumeclaims: '1', 'requests.storage': '1Gi' })
    for (const one of ['configmaps/c', 'secrets/s', 'services/s', 'persistentvolumeclaims/p']) await api.must(`DELETE ${at(namespace, one)}`)
    await usedIs(namespace, { configmaps: '1', secrets: '0', services: '0', persistentvolumeclaims: '0', 'requests.storage': '0' })
  })

  test('follow the life of pods and refuse what is too much', async () => {
    const namespace = await cluster.newNamespace()
    await api.must(`POST ${at(namespace, 'resourcequotas')}`, quota({ pods: '5', cpu: '1', memory: '500Mi', 'requests.example.com/dongle': '3' }))
    await usedIs(namespace, { pods: '0', cpu: '0', memory: '0' })
    const asking = (name: string, requests: object, limits: object = {}) =>
      pod(name, { containers: [{ name: 'c', image: 'i', resources: { requests, limits } }] })
    const dongles = { 'example.com/dongle': '2' }
    await api.must(`POST ${at(namespace, 'pods')}`, asking('a', { cpu: '500m', memory: '252Mi', ...dongles }, dongles))
    await usedIs(namespace, { pods: '1', cpu: '500m', memory: '252Mi', 'requests.example.com/dongle': '2' })
    expect((await api.call(`POST ${at(namespace, 'pods')}`, asking('b', { cpu: '600m', memory: '100Mi' }))).body.message).toBe(
      'pods "b" is forbidden: exceeded quota: q, requested: cpu=600m, used: cpu=500m, limited: cpu=1',
    )
    expect((await api.call(`POST ${at(namespace, 'pods')}`, asking('b', { cpu: '100m', memory: '100Mi', ...dongles }, dongles))).body.message).toContain(
      'exceeded quota: q, requested: requests.example.com/dongle=2, used: requests.example.com/dongle=2, limited: requests.example.com/dongle=3',
    )
    await api.must(`DELETE ${at(namespace, 'pods')}/a`, { gracePeriodSeconds: 0 })
    await usedIs(namespace, { pods: '0', cpu: '0', memory: '0', 'requests.example.com/dongle': '0' })
  })

  test.each([
    ['Terminating', { activeDeadlineSeconds: 3600 }, {}],
    ['NotTerminating', {}, { activeDeadlineSeconds: 3600 }],
  ])('%s counts only pods of its scope', async (scope, inside, outside) => {
    const namespace = await cluster.newNamespace()
    await api.must(`POST ${at(namespace, 'resourcequotas')}`, quota({ pods: '5' }, { scopes: [scope] }))
    await usedIs(namespace, { pods: '0' })
    await api.must(`POST ${at(namespace, 'pods')}`, pod('in', inside))
    await api.must(`POST ${at(namespace, 'pods')}`, pod('out', outside))
    await usedIs(namespace, { pods: '1' })
  })

  test('can be changed and deleted, and their status patched', async () => {
    const namespace = await cluster.newNamespace()
    const path = at(namespace, 'resourcequotas')
    await api.must(`POST ${path}`, quota({ services: '1' }))
    await api.must(`PATCH ${path}/q`, { spec: { hard: { services: '2' } } }, { type: 'merge' })
    await eventually(async () => expect(await api.must(`GET ${path}/q`)).toMatchObject({ status: { hard: { services: '2' } } }))
    const { metadata } = await api.must(
      `PATCH ${path}/q/status`,
      { metadata: { annotations: { a: 'b' } }, status: { hard: { services: '9' } } },
      { type: 'merge' },
    )
    expect(metadata.annotations).toEqual({ a: 'b' })
    await eventually(async () => expect(await api.must(`GET ${path}/q`)).toMatchObject({ status: { hard: { services: '2' } } }))
    await api.must(`DELETE ${path}/q`)
    expect((await api.call(`GET ${path}/q`)).status).toBe(404)
  })

  test('limit ranges fill in defaults, refuse what is outside, and apply to new pods only', async () => {
    const namespace = await cluster.newNamespace()
    const limits = [
      {
        type: 'Container',
        min: { cpu: '50m', memory: '100Mi' },
        max: { cpu: '500m', memory: '500Mi' },
        default: { cpu: '500m', memory: '500Mi' },
        defaultRequest: { cpu: '100m', memory: '200Mi' },
        maxLimitRequestRatio: {},
      },
    ]
    await api.must(`POST ${at(namespace, 'limitranges')}`, { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'l' }, spec: { limits } })
    await eventually(async () =>
      expect(await api.must(`POST ${at(namespace, 'pods')}?dryRun=All`, pod('dry'))).toMatchObject({
        spec: { containers: [{ resources: { requests: { cpu: '100m', memory: '200Mi' }, limits: { cpu: '500m', memory: '500Mi' } } }] },
      }),
    )
    const asking = (resources: object) => pod('p', { containers: [{ name: 'c', image: 'i', resources }] })
    expect(await api.must(`POST ${at(namespace, 'pods')}?dryRun=All`, asking({ limits: { cpu: '300m', memory: '150Mi' } }))).toMatchObject({
      spec: { containers: [{ resources: { requests: { cpu: '300m', memory: '150Mi' }, limits: { cpu: '300m', memory: '150Mi' } } }] },
    })
    expect((await api.call(`POST ${at(namespace, 'pods')}`, asking({ requests: { cpu: '10m', memory: '50Mi' } }))).body.message).toBe(
      'pods "p" is forbidden: [minimum cpu usage per Container is 50m, but request is 10m, minimum memory usage per Container is 100Mi, but request is 50Mi]',
    )
    expect((await api.call(`POST ${at(namespace, 'pods')}`, asking({ limits: { cpu: '600m', memory: '100Mi' } }))).body.message).toBe(
      'pods "p" is forbidden: maximum cpu usage per Container is 500m, but limit is 600m',
    )
  })
})
