// Webhook configurations in force, with webhooks that listen.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type AuditedServer, policyOf, startAudited } from '../audit/server.ts'
import { jsonPatch, startWebhooks, type WebhookServer } from './webhook-server.ts'

let api: AuditedServer
let hooks: WebhookServer
let made = 0

const group = '/apis/admissionregistration.k8s.io/v1'
const onConfigMaps = [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['*'] }]

/** Only objects in the namespace `ns` and with the label `hooked`. */
const webhook = (name: string, over: object = {}) => ({
  name,
  clientConfig: { url: `https://127.0.0.1:${hooks.port}/${name.split('.')[0]!}`, caBundle: hooks.caBundle },
  rules: onConfigMaps,
  objectSelector: { matchLabels: { hooked: 'yes' } },
  admissionReviewVersions: ['v1'],
  sideEffects: 'None',
  failurePolicy: 'Fail',
  timeoutSeconds: 5,
  ...over,
})

async function post(path: string, body: object) {
  const answer = await api.call(`POST ${path}`, { body })
  return {
    ...answer,
    object: JSON.parse(answer.body) as { message?: string; reason?: string; data?: Record<string, string>; metadata: { annotations?: object } },
  }
}

async function configure(kind: 'Mutating' | 'Validating', name: string, ...webhooks: readonly object[]) {
  const { status, body } = await post(`${group}/${kind.toLowerCase()}webhookconfigurations`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${kind}WebhookConfiguration`,
    metadata: { name },
    webhooks,
  })
  expect(body).toContain(name)
  expect(status).toBe(201)
}

const configMap = (over: object = {}, labels: object = { hooked: 'yes' }) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: `m${made++}`, labels },
  ...over,
})
const create = (over: object = {}, query = '', labels?: object) => post(`/api/v1/namespaces/ns/configmaps${query}`, configMap(over, labels))
/** What was noted of the last creation. */
const completed = (): object =>
  api.events().findLast(({ verb, stage, objectRef }) => verb === 'create' && stage === 'ResponseComplete' && objectRef?.resource === 'configmaps')
    ?.annotations ?? {}
const annotations = () => Object.fromEntries(Object.entries(completed()).filter(([key]) => !/^(authorization|apiserver\.latency)\./.test(key)))

beforeAll(async () => {
  hooks = await startWebhooks(['127.0.0.1', 'hook.ns.svc'])
  api = await startAudited({ policy: policyOf('- {level: Metadata}'), log: {} })
  await post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' } })
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await hooks[Symbol.asyncDispose]()
})
afterEach(async () => {
  for (const kind of ['mutating', 'validating']) await api.call(`DELETE ${group}/${kind}webhookconfigurations`)
  hooks.asked.length = 0
})

test('a webhook changes what it is asked about, and those after it see that', async () => {
  hooks.on('/first', () => jsonPatch({ op: 'add', path: '/data', value: { a: '1' } }))
  hooks.on('/second', ({ object }) => jsonPatch({ op: 'add', path: '/data/b', value: `${object.data?.['a']}+1` }))
  hooks.on('/third', () => ({ allowed: true }))
  await configure('Mutating', 'changes', webhook('first.example.com'), webhook('second.example.com'), webhook('third.example.com'))
  const { status, object } = await create()
  expect([status, object.data]).toEqual([201, { a: '1', b: '1+1' }])
  expect(hooks.asked.map(({ path }) => path)).toEqual(['/first?timeout=5s', '/second?timeout=5s', '/third?timeout=5s'])
  expect(hooks.asked[2]).toMatchObject({
    apiVersion: 'admission.k8s.io/v1',
    request: {
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      requestKind: { group: '', version: 'v1', kind: 'ConfigMap' },
      operation: 'CREATE',
      namespace: 'ns',
      userInfo: { username: 'admin', groups: ['system:masters', 'system:authenticated'] },
      object: { apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1', b: '1+1' } },
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions' },
    },
  })
  expect(annotations()).toEqual({
    'mutation.webhook.admission.k8s.io/round_0_index_0': '{"configuration":"changes","webhook":"first.example.com","mutated":true}',
    'mutation.webhook.admission.k8s.io/round_0_index_1': '{"configuration":"changes","webhook":"second.example.com","mutated":true}',
    'mutation.webhook.admission.k8s.io/round_0_index_2': '{"configuration":"changes","webhook":"third.example.com","mutated":false}',
  })
})

test('one that wishes so is asked again after others have changed the object, once', async () => {
  const count = (key: string) => (object: { data?: Readonly<Record<string, string>> }) => String(Number(object.data?.[key] ?? 0) + 1)
  hooks.on('/again', ({ object }) => jsonPatch({ op: 'add', path: '/data/again', value: count('again')(object) }))
  hooks.on('/once', ({ object }) => jsonPatch({ op: 'add', path: '/data/once', value: count('once')(object) }))
  await configure('Mutating', 'rounds', webhook('again.example.com', { reinvocationPolicy: 'IfNeeded' }), webhook('once.example.com'))
  expect((await create({ data: { x: 'y' } })).object.data).toEqual({ x: 'y', again: '2', once: '1' })
})

test.each<[string, object, [number, string, string]]>([
  ['says why', { allowed: false, status: { message: 'not on Mondays' } }, [400, '', 'admission webhook "no.example.com" denied the request: not on Mondays']],
  [
    'says how',
    { allowed: false, status: { code: 409, reason: 'Conflict', message: 'm' } },
    [409, 'Conflict', 'admission webhook "no.example.com" denied the request: m'],
  ],
  ['says nothing', { allowed: false }, [400, '', 'admission webhook "no.example.com" denied the request without explanation']],
  [
    'is for another question',
    { uid: 'x', allowed: true },
    [500, 'InternalError', 'Internal error occurred: failed calling webhook "no.example.com": received invalid webhook response: expected response.uid='],
  ],
  [
    'brings a patch, though it only validates',
    jsonPatch({ op: 'add', path: '/data', value: {} }),
    [500, 'InternalError', 'received invalid webhook response: validating webhook may not return response.patch'],
  ],
])('a refusal that %s', async (_, answer, [code, reason, message]) => {
  hooks.on('/no', () => answer)
  await configure('Validating', 'no', webhook('no.example.com'))
  const { status, object } = await create()
  expect([status, object.reason ?? '']).toEqual([code, reason])
  expect(object.message).toContain(message)
})

test('warnings reach the client, annotations the audit log', async () => {
  hooks.on('/warns', () => ({ allowed: true, warnings: ['mind the gap'], auditAnnotations: { why: 'because' } }))
  await configure('Validating', 'warns', webhook('warns.example.com'))
  const { status, headers } = await create()
  expect([status, headers['warning']]).toEqual([201, '299 - "mind the gap"'])
  expect(annotations()).toEqual({ 'warns.example.com/why': 'because' })
})

describe('one that does not answer', () => {
  const failing: readonly [string, () => object | string | undefined, object, string][] = [
    ['with nothing', () => undefined, { timeoutSeconds: 1 }, 'context deadline exceeded'],
    ['with an error', () => 'out of order', {}, 'an error on the server ("out of order") has prevented the request from succeeding'],
  ]
  test.each(failing)('%s: failurePolicy Fail refuses', async (_, answer, over, message) => {
    hooks.on('/broken', answer)
    await configure('Validating', 'broken', webhook('broken.example.com', over))
    const { status, object } = await create()
    expect(status).toBe(500)
    expect(object.message).toMatch(/^Internal error occurred: failed calling webhook "broken.example.com": failed to call webhook: /)
    expect(object.message).toContain(message)
  })

  test.each(failing)('%s: failurePolicy Ignore goes on, and the audit log says so', async (_, answer, over) => {
    hooks.on('/broken', answer)
    await configure('Validating', 'broken', webhook('broken.example.com', { ...over, failurePolicy: 'Ignore' }))
    expect((await create()).status).toBe(201)
    expect(annotations()).toEqual({ 'failed-open.validating.webhook.admission.k8s.io/round_0_index_0': 'broken.example.com' })
  })

  test('the audit event of a slow request says where the time went', async () => {
    hooks.on('/silent', () => undefined)
    const silent = webhook('silent.example.com', { timeoutSeconds: 1, failurePolicy: 'Ignore' })
    await configure('Mutating', 'slow', silent)
    await configure('Validating', 'slow', silent)
    expect((await create()).status).toBe(201)
    const latencies = Object.entries(completed()).filter(([key]) => key.startsWith('apiserver.latency.k8s.io/'))
    const said = Object.fromEntries(latencies.map(([key, text]) => [key.slice('apiserver.latency.k8s.io/'.length), text]))
    expect(said).toMatchObject({
      'mutating-webhook': expect.stringMatching(/^1\.\d+s$/),
      'validating-webhook': expect.stringMatching(/^1\.\d+s$/),
      etcd: expect.stringMatching(/^[\d.]+[mµ]s$/),
      total: expect.stringMatching(/^2\.\d+s$/),
    })
  })

  test('whose certificate nobody vouches for', async () => {
    await configure('Validating', 'stranger', webhook('stranger.example.com', { clientConfig: { url: `https://127.0.0.1:${hooks.port}/x` } }))
    expect((await create()).object.message).toContain('tls: failed to verify certificate: x509: certificate signed by unknown authority')
  })

  test('whose port nobody listens at', async () => {
    await configure('Validating', 'gone', webhook('gone.example.com', { clientConfig: { url: 'https://127.0.0.1:1/x' } }))
    expect((await create()).object.message).toContain('Post "https://127.0.0.1:1/x?timeout=5s": dial tcp 127.0.0.1:1: connect: connection refused')
  })
})

test('a dry run asks only webhooks without side effects', async () => {
  hooks.on('/safe', ({ dryRun }) => ({ allowed: true, warnings: [`dry: ${dryRun === true}`] }))
  hooks.on('/unsafe', () => ({ allowed: true }))
  await configure('Validating', 'safe', webhook('safe.example.com', { sideEffects: 'NoneOnDryRun' }))
  expect((await create({}, '?dryRun=All')).headers['warning']).toBe('299 - "dry: true"')
  await configure('Validating', 'unsafe', webhook('unsafe.example.com', { admissionReviewVersions: ['v1beta1'], sideEffects: 'None' }))
  expect((await create({}, '?dryRun=All')).status).toBe(201)
})

test('which requests: operations, selectors, conditions; versions that are the same are equivalent', async () => {
  hooks.on('/no', ({ requestKind, kind }) => ({ allowed: false, status: { message: `${JSON.stringify(requestKind)} as ${JSON.stringify(kind)}` } }))
  await configure(
    'Validating',
    'some',
    webhook('no.example.com', {
      rules: [
        { apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] },
        { apiGroups: ['autoscaling'], apiVersions: ['v1'], resources: ['horizontalpodautoscalers'], operations: ['CREATE'] },
      ],
      matchConditions: [{ name: 'not-free', expression: "!has(object.metadata.annotations) || !('free' in object.metadata.annotations)" }],
    }),
  )
  expect((await create()).status).toBe(400)
  expect((await create({}, '', { hooked: 'no' })).status).toBe(201)
  expect(
    (await post('/api/v1/namespaces/ns/configmaps', configMap({ metadata: { name: 'free', labels: { hooked: 'yes' }, annotations: { free: '' } } }))).status,
  ).toBe(201)
  expect((await api.call('DELETE /api/v1/namespaces/ns/configmaps/free')).status).toBe(200)
  const scaler = await post('/apis/autoscaling/v2/namespaces/ns/horizontalpodautoscalers', {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'h', labels: { hooked: 'yes' } },
    spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' } },
  })
  expect(scaler.object.message).toContain(
    '{"group":"autoscaling","version":"v2","kind":"HorizontalPodAutoscaler"} as {"group":"autoscaling","version":"v1","kind":"HorizontalPodAutoscaler"}',
  )
})

test('a service is asked where it is, and must have a certificate for its name', async () => {
  hooks.on('/served', () => ({ allowed: false, status: { message: 'by the service' } }))
  const service = { name: 'hook', namespace: 'ns', port: hooks.port, path: '/served' }
  const asked = webhook('served.example.com', { clientConfig: { service, caBundle: hooks.caBundle } })
  await configure('Validating', 'served', asked)
  const url = `https://hook.ns.svc:${hooks.port}/served?timeout=5s`
  expect((await create()).object.message).toContain(`failed to call webhook: Post "${url}": service "hook" not found`)
  const spec = { type: 'ExternalName', externalName: 'localhost' }
  expect((await post('/api/v1/namespaces/ns/services', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'hook' }, spec })).status).toBe(201)
  expect((await create()).object.message).toBe('admission webhook "served.example.com" denied the request: by the service')
})

test.each([
  ['is no JSON', '{'],
  ['is none', '[{"op":"jump"}]'],
  ['removes what is not there', '[{"op":"remove","path":"/data/missing"}]'],
  ['makes another kind of thing', '[{"op":"replace","path":"/metadata","value":7}]'],
  ['leaves nothing', '[{"op":"replace","path":"","value":null}]'],
])('a patch that %s is an internal error', async (_, text) => {
  hooks.on('/bad', () => ({ allowed: true, patchType: 'JSONPatch', patch: Buffer.from(text).toString('base64') }))
  await configure('Mutating', 'bad', webhook('bad.example.com'))
  const { status, object } = await create()
  expect([status, object.reason]).toEqual([500, 'InternalError'])
  expect(object.message).toMatch(/^Internal error occurred: /)
})

test('webhooks are counted, by what came of them', async () => {
  hooks.on('/yes', () => ({ allowed: true }))
  hooks.on('/no', () => ({ allowed: false, status: { code: 409, message: 'no' } }))
  await configure('Mutating', 'first', webhook('yes.counted.example.com'))
  await configure(
    'Validating',
    'second',
    webhook('no.counted.example.com'),
    webhook('gone.counted.example.com', { clientConfig: { url: 'https://127.0.0.1:1/' }, failurePolicy: 'Ignore' }),
  )
  expect((await create()).status).toBe(409)
  const counted = async () => {
    const { body } = await api.call('GET /metrics', {})
    return body.split('\n').filter((line) => line.includes('counted.example.com') && !line.includes('_bucket{') && !line.includes('_sum{'))
  }
  const prefix = 'apiserver_admission_webhook_'
  const of = (name: string, rejected: boolean, type: string) => `name="${name}.counted.example.com",operation="CREATE",rejected="${rejected}",type="${type}"`
  await expect
    .poll(async () => (await counted()).toSorted())
    .toEqual(
      [
        `${prefix}admission_duration_seconds_count{${of('yes', false, 'admit')}} 1`,
        `${prefix}admission_duration_seconds_count{${of('no', true, 'validating')}} 1`,
        `${prefix}admission_duration_seconds_count{${of('gone', false, 'validating')}} 1`,
        `${prefix}request_total{code="200",${of('yes', false, 'admit')}} 1`,
        `${prefix}request_total{code="409",${of('no', true, 'validating')}} 1`,
        `${prefix}request_total{code="503",${of('gone', false, 'validating')}} 1`,
        `${prefix}rejection_count{error_type="no_error",name="no.counted.example.com",operation="CREATE",rejection_code="409",type="validating"} 1`,
        `${prefix}fail_open_count{name="gone.counted.example.com",type="validating"} 1`,
      ].toSorted(),
    )
})
