// What deletes are answered, beyond the recorded scenarios. Source: k8s.io/apiserver pkg/endpoints/handlers/delete.go,
// k8s.io/apimachinery pkg/apis/meta/v1/{conversion,validation/validation}.go.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { HttpsApiServer } from '../../support/https-api-server.ts'
import type { Reply } from '../../support/https-call.ts'

let server: HttpsApiServer
const configMaps = '/api/v1/namespaces/default/configmaps'

beforeAll(async () => {
  server = await HttpsApiServer.start()
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(async () => {
  await server.call('POST', configMaps, { body: { metadata: { name: 'c' } } })
})

const statusOf = (reply: Reply) => `${reply.status} ${String(reply.json()['message'])}`
const invalidOptions = '422 DeleteOptions.meta.k8s.io "" is invalid: '
const unsupported = (policy: string) => `propagationPolicy: Unsupported value: "${policy}": supported values: "Foreground", "Background", "Orphan", "nil"`
const wrapped = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'

describe('refused, and the object stays', () => {
  test.each<[string, string | undefined, RegExp | string]>([
    ['?propagationPolicy=', undefined, invalidOptions + unsupported('')],
    [
      '?dryRun=Bad&propagationPolicy=x&orphanDependents=true',
      undefined,
      `${invalidOptions}[propagationPolicy: Invalid value: "x": orphanDependents and deletionPropagation cannot be both set, ${unsupported('x')}, dryRun: Unsupported value: ["Bad"]: supported values: "All"]`,
    ],
    ['?uid=u', undefined, /^409 .* on ConfigMap "c": the UID in the precondition \(u\) does not match/],
    ['?resourceVersion=5', undefined, /^409 .* on ConfigMap "c": the ResourceVersion in the precondition \(5\) does not match/],
    ['', '[]', `400 couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type ${wrapped}`],
    ['', '{"kind":5}', "400 couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string"],
    ['', '{"apiVersion":"a/b/c"}', '400 unexpected GroupVersion string: a/b/c'],
  ])('%s %s', async (query, body, answer) => {
    const reply = await server.call('DELETE', `${configMaps}/c${query}`, body === undefined ? {} : { body })
    expect(statusOf(reply)).toEqual(typeof answer === 'string' ? answer : expect.stringMatching(answer))
    expect((await server.call('GET', `${configMaps}/c`)).status).toBe(200)
  })
})

test('202 for who asks to cascade while something holds the object', async () => {
  await server.call('POST', configMaps, { body: { metadata: { name: 'held', finalizers: ['example.com/f'] } } })
  const codes = [
    await server.call('DELETE', `${configMaps}/held?orphanDependents=false`),
    await server.call('DELETE', `${configMaps}/held`, { body: { orphanDependents: false } }),
    await server.call('DELETE', `${configMaps}/held?propagationPolicy=Background`),
    await server.call('DELETE', `${configMaps}/c?orphanDependents=false`),
  ]
  expect(codes.map(({ status }) => status)).toEqual([202, 202, 200, 200])
})

test('an event goes at once, whatever the propagation: nothing would take the finalizer away', async () => {
  const events = '/api/v1/namespaces/default/events'
  await server.call('POST', events, { body: { metadata: { name: 'e' }, involvedObject: { namespace: 'default' } } })
  expect((await server.call('DELETE', `${events}/e?propagationPolicy=Foreground`)).status).toBe(200)
  expect((await server.call('GET', `${events}/e`)).status).toBe(404)
})

test('who deletes Jobs without a word on their pods is warned, even if there are none', async () => {
  const jobs = '/apis/batch/v1/namespaces/default/jobs'
  const warned = async (query: string) => (await server.call('DELETE', `${jobs}${query}`)).headers['warning']
  expect(await warned('')).toMatch(/^299 - "child pods are preserved by default when jobs are deleted; /)
  expect(await warned('?propagationPolicy=Orphan')).toBeUndefined()
})

test('the Endpoints of a Service go with it, unless something holds them', async () => {
  for (const [name, finalizers] of Object.entries({ free: [], bound: ['example.com/f'] })) {
    const service = `/api/v1/namespaces/default/services/${name}`
    await server.call('PUT', service, { body: { metadata: { name }, spec: { ports: [{ port: 80 }] } } })
    await server.call('PUT', `/api/v1/namespaces/default/endpoints/${name}`, { body: { metadata: { name, finalizers } } })
    await server.call('DELETE', `${service}?dryRun=All`)
    expect((await server.call('GET', `/api/v1/namespaces/default/endpoints/${name}`)).status).toBe(200)
    await server.call('DELETE', service)
    expect((await server.call('GET', `/api/v1/namespaces/default/endpoints/${name}`)).status).toBe(finalizers.length > 0 ? 200 : 404)
  }
})

test('a namespace that nothing holds is marked by the first request and gone by the second', async () => {
  const path = '/api/v1/namespaces/unheld'
  await server.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'unheld' } } })
  await server.call('PUT', `${path}/finalize`, { body: { metadata: { name: 'unheld' }, spec: { finalizers: [] } } })
  expect(statusOf(await server.call('DELETE', `${path}?uid=u`))).toMatch(
    /^409 Operation cannot be fulfilled on namespaces "unheld": Precondition failed: UID in precondition: u, UID in object meta: /,
  )
  expect((await server.call('DELETE', path)).json()).toMatchObject({ kind: 'Namespace', status: { phase: 'Terminating' } })
  expect((await server.call('DELETE', path)).json()).toMatchObject({ kind: 'Namespace' })
  expect((await server.call('GET', path)).status).toBe(404)
})

test.each<[path: string, object: object, kind: string]>([
  ['/apis/storage.k8s.io/v1/csidrivers', { spec: {} }, 'CSIDriver'],
  ['/apis/storage.k8s.io/v1/namespaces/default/csistoragecapacities', { storageClassName: 's' }, 'Status'],
  ['/apis/scheduling.k8s.io/v1/priorityclasses', { value: 1 }, 'Status'],
])('a delete in %s', async (path, object, kind) => {
  await server.call('POST', path, { body: { metadata: { name: 'gone' }, ...object } })
  expect((await server.call('DELETE', `${path}/gone`)).json()).toMatchObject({ kind })
})

/** Source: kubernetes pkg/registry/core/pod/storage/eviction.go. */
test.each<[name: string, phase: string, budgets: number, answer: string]>([
  ['pending', 'Pending', 1, '201 undefined'],
  ['unready', 'Running', 1, '201 undefined'],
  ['twice', 'Running', 2, '500 This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'],
])('eviction of a pod that is %s, in the state that was asked for', async (name, phase, budgets, answer) => {
  const [core, policy] = ['/api/v1', '/apis/policy/v1'].map((group) => `${group}/namespaces/default`) as [string, string]
  const labels = { app: name }
  await server.call('POST', `${core}/serviceaccounts`, { body: { metadata: { name: 'default' } } })
  await server.call('POST', `${core}/pods`, { body: { metadata: { name, labels }, spec: { containers: [{ name: 'c', image: 'i' }] } } })
  const merge = { type: 'application/merge-patch+json' }
  const pod = (await server.call('PATCH', `${core}/pods/${name}/status`, { body: { status: { phase } }, ...merge })).json() as {
    metadata: { resourceVersion: string }
  }
  for (let i = 0; i < budgets; i++) {
    const path = `${policy}/poddisruptionbudgets/${name}-${i}`
    const spec = { minAvailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: { matchLabels: labels } }
    await server.call('POST', `${policy}/poddisruptionbudgets`, { body: { metadata: { name: `${name}-${i}` }, spec } })
    const status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 1, expectedPods: 1, observedGeneration: 1 }
    expect((await server.call('PATCH', `${path}/status`, { body: { status }, ...merge })).status).toBe(200)
  }
  const evict = (resourceVersion: string) =>
    server.call('POST', `${core}/pods/${name}/eviction`, {
      body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name }, deleteOptions: { preconditions: { resourceVersion } } },
    })
  expect((await evict('1')).status).toBe(409)
  expect(statusOf(await evict(pod.metadata.resourceVersion))).toBe(answer)
  expect((await server.call('GET', `${core}/pods/${name}`)).status).toBe(budgets > 1 ? 200 : 404)
})
