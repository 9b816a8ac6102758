// What is recorded of requests: against a real server, over TLS, into a real file.
import { execFileSync } from 'node:child_process'
import { createServer, request as httpsRequest } from 'node:https'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Event } from '../../../src/api/audit/v1.ts'
import { schema } from '../../../src/api/schema.ts'
import { newCodec } from '../../../src/apimachinery/codec/new-codec.ts'
import type { JsonObject } from '../../../src/apimachinery/json-value.ts'
import { CertificateAuthority, type KeyPair } from '../../../src/pki/certificate-authority.ts'
import { systemClock } from '../../../src/util/clock.ts'
import type { Call } from '../../support/https-call.ts'
import { type Answer, type AuditedServer, policyOf, stagesOf, startAudited } from './server.ts'

let server: AuditedServer
let kubelet: ReturnType<typeof createServer>
/** Of the fake kubelet: loopback addresses are refused as nodes'. */
const nodeAddress = '10.99.0.1'

const rules = `
- {level: RequestResponse, resources: [{group: "", resources: [configmaps, configmaps/*]}], namespaces: [full], omitStages: [RequestReceived]}
- {level: RequestResponse, resources: [{group: "", resources: [configmaps]}], namespaces: [unmanaged], omitStages: [RequestReceived], omitManagedFields: true}
- {level: Request, resources: [{group: "", resources: [configmaps]}], namespaces: [half], omitStages: [RequestReceived]}
- {level: None, resources: [{group: "", resources: [configmaps]}], namespaces: [silent]}
- {level: Metadata}
`

beforeAll(async () => {
  const authority = await CertificateAuthority.create('kubelet-ca', systemClock)
  const serving = await authority.issue({ commonName: 'node', hosts: ['node-1'], usages: ['server'], validityDays: 1 })
  const client: KeyPair = await authority.issue({ commonName: 'kube-apiserver', usages: ['client'], validityDays: 1 })
  server = await startAudited({ policy: policyOf(rules), log: {} }, { ...client, ca: authority.pair.certificate })
  kubelet = await startKubelet(serving)
  for (const name of ['full', 'unmanaged', 'half', 'silent']) await server.call('POST /api/v1/namespaces', { body: { metadata: { name } } })
})

afterAll(async () => {
  kubelet.close()
  await server[Symbol.asyncDispose]()
})

/** Sends a request and returns its answer and the events that have come by then. */
async function recorded(line: string, call?: Call): Promise<Answer & { readonly events: Event[]; readonly last: Event }> {
  const answer = await server.call(line, call)
  const events = server.events().filter(({ auditID }) => auditID === answer.headers['audit-id'])
  return { ...answer, events, last: events.at(-1)! }
}

const configMap = (name: string, data: Record<string, string> = { key: 'value' }) => ({ metadata: { name }, data })

test('metadata of a read: all of it, in order, before the answer', async () => {
  const line = 'GET /api/v1/namespaces/default/pods/none?pretty=1'
  const { events, last } = await recorded(line, { headers: { 'user-agent': 'test/1', 'x-forwarded-for': '1.2.3.4, nonsense', 'audit-id': 'my-id' } })
  expect(stagesOf(events)).toEqual(['RequestReceived', 'ResponseComplete 404'])
  expect(last).toMatchObject({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: 'my-id',
    requestURI: '/api/v1/namespaces/default/pods/none?pretty=1',
    verb: 'get',
    user: { username: 'admin', uid: 'u-admin', groups: ['system:masters', 'system:authenticated'] },
    sourceIPs: ['1.2.3.4', '127.0.0.1'],
    userAgent: 'test/1',
    objectRef: { resource: 'pods', namespace: 'default', name: 'none', apiVersion: 'v1' },
    responseStatus: {
      metadata: {},
      status: 'Failure',
      reason: 'NotFound',
      message: 'pods "none" not found',
      details: { name: 'none', kind: 'pods' },
      code: 404,
    },
    annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
  })
  expect(last.requestReceivedTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  expect(Date.parse(last.stageTimestamp!)).toBeGreaterThanOrEqual(Date.parse(last.requestReceivedTimestamp!))
  expect(events[0]!.stageTimestamp).toBe(events[0]!.requestReceivedTimestamp)
})

test('RequestResponse: what was sent and what was answered, for every verb', async () => {
  const path = '/api/v1/namespaces/full/configmaps'
  const created = await recorded(`POST ${path}`, { body: configMap('a', { key: '<b>' }) })
  expect(created.last).toMatchObject({
    level: 'RequestResponse',
    objectRef: { name: 'a', namespace: 'full' },
    responseStatus: { code: 201 },
    requestObject: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a', namespace: 'full' }, data: { key: '<b>' } },
  })
  expect(created.last.responseObject).toEqual(JSON.parse(created.body))
  const stored = JSON.parse(created.body) as { metadata: { uid: string; resourceVersion: string } }

  const updated = await recorded(`PUT ${path}/a`, { body: { ...stored, data: { key: 'new' } } })
  expect(updated.last).toMatchObject({
    objectRef: { uid: stored.metadata.uid, resourceVersion: stored.metadata.resourceVersion },
    requestObject: { data: { key: 'new' } },
  })
  expect(updated.last.responseObject).toEqual(JSON.parse(updated.body))

  const patched = await recorded(`PATCH ${path}/a`, { body: '{\n  "data": {"other": "x"}\n}' })
  expect(patched.last.requestObject).toEqual({ data: { other: 'x' } })

  const broken = await recorded(`PATCH ${path}/a`, { body: '{"data": <&\n' })
  expect(broken.last).toMatchObject({ responseStatus: { code: 400 }, requestObject: '{"data": <&\n' })

  const applied = await recorded(`PATCH ${path}/b?fieldManager=me`, {
    headers: { 'content-type': 'application/apply-patch+yaml' },
    body: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata: {from: yaml}\n',
  })
  expect(applied.last).toMatchObject({ verb: 'patch', responseStatus: { code: 201 }, requestObject: { kind: 'ConfigMap', data: { from: 'yaml' } } })

  const list = await recorded(`GET ${path}`)
  expect(list.last.responseObject).toEqual(JSON.parse(list.body))
  expect(list.last.requestObject).toBeUndefined()

  const table = await recorded(`GET ${path}`, { headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' } })
  expect(table.last.responseObject).toEqual(JSON.parse(table.body))

  const deleted = await recorded(`DELETE ${path}/a`, { body: { gracePeriodSeconds: 0 } })
  expect(deleted.last).toMatchObject({
    verb: 'delete',
    requestObject: { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 },
    responseStatus: { status: 'Success', code: 200, details: { name: 'a', kind: 'configmaps', uid: stored.metadata.uid } },
    responseObject: { kind: 'Status', status: 'Success' },
  })

  const many = await recorded(`DELETE ${path}`)
  expect(many.last).toMatchObject({ verb: 'deletecollection', responseObject: { kind: 'ConfigMapList' } })

  const refused = await recorded(`POST ${path}`, { body: configMap('Not a name') })
  expect(refused.last).toMatchObject({ responseStatus: { code: 422, reason: 'Invalid' }, responseObject: { kind: 'Status', code: 422 } })
})

test('protobuf is recorded as JSON', async () => {
  const type = 'io.k8s.api.core.v1.ConfigMap'
  const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'proto' }, data: { key: 'binary' } }
  const { last, status } = await recorded('POST /api/v1/namespaces/full/configmaps', {
    headers: { 'content-type': 'application/vnd.kubernetes.protobuf', accept: 'application/vnd.kubernetes.protobuf' },
    body: newCodec(schema).encodeProtobuf(type, object as unknown as JsonObject),
  })
  expect(status).toBe(201)
  expect(last).toMatchObject({ requestObject: { data: { key: 'binary' } }, responseObject: { kind: 'ConfigMap', data: { key: 'binary' } } })
  const list = await recorded('GET /api/v1/namespaces/full/configmaps', { headers: { accept: 'application/vnd.kubernetes.protobuf' } })
  expect(list.last.responseObject).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' })
})

test('omitManagedFields: neither in objects nor in lists nor in Tables', async () => {
  const path = '/api/v1/namespaces/unmanaged/configmaps'
  const created = await recorded(`POST ${path}`, { body: configMap('a') })
  expect(created.body).toContain('managedFields')
  const got = await recorded(`GET ${path}/a`)
  const list = await recorded(`GET ${path}`)
  const table = await recorded(`GET ${path}?includeObject=Object`, { headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' } })
  for (const { last, body } of [created, got, list, table]) {
    expect(body).toContain('managedFields')
    expect(JSON.stringify(last)).not.toContain('managedFields')
    expect(JSON.stringify(last.responseObject)).toContain('"name":"a"')
  }
})

test('level Request has no answer, level None has nothing', async () => {
  const half = await recorded('POST /api/v1/namespaces/half/configmaps', { body: configMap('a') })
  expect(half.last).toMatchObject({ level: 'Request', requestObject: { data: { key: 'value' } } })
  expect(half.last.responseObject).toBeUndefined()
  const silent = await recorded('POST /api/v1/namespaces/silent/configmaps', { body: configMap('a') })
  expect([silent.status, silent.events]).toEqual([201, []])
})

test('a watch: three stages, the last when it ends', async () => {
  const { events } = await recorded('GET /api/v1/namespaces/default/pods?watch=1&timeoutSeconds=1')
  expect(stagesOf(events)).toEqual(['RequestReceived', 'ResponseStarted 200', 'ResponseComplete 200'])
  expect(events[2]).toMatchObject({ verb: 'watch', annotations: { 'apiserver.latency.k8s.io/total': expect.stringMatching(/^1\.\d+s$/) } })
})

test('a watch whose client goes away', async () => {
  const outgoing = httpsRequest({
    host: '127.0.0.1',
    port: server.port,
    path: '/api/v1/secrets?watch=1',
    rejectUnauthorized: false,
    agent: false,
    headers: { authorization: 'Bearer admin', 'audit-id': 'left' },
  })
  outgoing.on('error', () => {})
  outgoing.end()
  await once(outgoing, 'response')
  const stages = () => stagesOf(server.events().filter(({ auditID }) => auditID === 'left'))
  expect(stages()).toEqual(['RequestReceived', 'ResponseStarted 200'])
  outgoing.destroy()
  await expect.poll(stages).toEqual(['RequestReceived', 'ResponseStarted 200', 'ResponseComplete 200'])
})

test('exec: the command, the switch of protocols, and the end', async () => {
  await server.call('POST /api/v1/nodes', { body: { metadata: { name: 'node-1' } } })
  const port = (kubelet.address() as { port: number }).port
  const status = { addresses: [{ type: 'InternalIP', address: nodeAddress }], daemonEndpoints: { kubeletEndpoint: { Port: port } } }
  await server.call('PATCH /api/v1/nodes/node-1/status', { body: { status } })
  await server.call('POST /api/v1/namespaces/full/serviceaccounts', { body: { metadata: { name: 'default' } } })
  const pod = { metadata: { name: 'p' }, spec: { nodeName: 'node-1', containers: [{ name: 'c', image: 'i' }] } }
  expect((await server.call('POST /api/v1/namespaces/full/pods', { body: pod })).status).toBe(201)
  const outgoing = httpsRequest({
    host: '127.0.0.1',
    port: server.port,
    method: 'POST',
    path: '/api/v1/namespaces/full/pods/p/exec?command=ls&command=-l&stdout=1',
    rejectUnauthorized: false,
    agent: false,
    headers: { authorization: 'Bearer admin', 'audit-id': 'exec', connection: 'Upgrade', upgrade: 'SPDY/3.1' },
  })
  outgoing.end()
  const [, socket] = (await once(outgoing, 'upgrade')) as [unknown, Duplex]
  const events = () => server.events().filter(({ auditID }) => auditID === 'exec')
  expect(stagesOf(events())).toEqual(['RequestReceived', 'ResponseStarted 101'])
  expect(events()[1]).toMatchObject({
    verb: 'create',
    requestURI: '/api/v1/namespaces/full/pods/p/exec?command=ls&command=-l&stdout=1',
    objectRef: { resource: 'pods', subresource: 'exec', name: 'p', namespace: 'full' },
  })
  socket.destroy()
  await expect.poll(() => stagesOf(events())).toEqual(['RequestReceived', 'ResponseStarted 101', 'ResponseComplete 101'])
})

/** Agrees to every upgrade. */
async function startKubelet(pair: KeyPair) {
  if (!process.env['COXSWAIN_SANDBOX']) throw new Error('only in a network namespace of its own: scripts/sandbox')
  execFileSync('ip', ['addr', 'replace', `${nodeAddress}/32`, 'dev', 'lo'])
  const listening = createServer({ key: pair.key, cert: pair.certificate })
  listening.on('upgrade', (_request, socket) => {
    socket.on('error', () => {})
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n')
  })
  listening.listen(0, nodeAddress)
  await once(listening, 'listening')
  return listening
}

test('who does not say who he is, and who lies about it', async () => {
  for (const token of ['', 'wrong']) {
    const { events, last } = await recorded('GET /api/v1/secrets', { token })
    expect(stagesOf(events)).toEqual(['ResponseStarted 401'])
    expect(last).toMatchObject({ user: {}, responseStatus: { reason: 'Unauthorized', message: 'Unauthorized' }, objectRef: { resource: 'secrets' } })
    expect(JSON.stringify(events)).not.toContain('wrong')
  }
})

test('a refusal, and a permission with its reason', async () => {
  const refused = await recorded('GET /api/v1/namespaces/default/pods', { token: 'bob' })
  expect(refused.last).toMatchObject({
    user: { username: 'bob' },
    responseStatus: { code: 403, reason: 'Forbidden' },
    annotations: { 'authorization.k8s.io/decision': 'forbid', 'authorization.k8s.io/reason': '' },
  })
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  await server.call(`POST ${rbac}/clusterroles`, {
    body: { metadata: { name: 'reader' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }] },
  })
  await server.call(`POST ${rbac}/clusterrolebindings`, {
    body: {
      metadata: { name: 'dev-reads' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'dev' }],
    },
  })
  await expect.poll(async () => (await server.call('GET /api/v1/namespaces/default/pods', { token: 'bob' })).status).toBe(200)
  const { last } = await recorded('GET /api/v1/namespaces/default/pods', { token: 'bob' })
  expect(last.annotations).toMatchObject({
    'authorization.k8s.io/decision': 'allow',
    'authorization.k8s.io/reason': 'RBAC: allowed by ClusterRoleBinding "dev-reads" of ClusterRole "reader" to Group "dev"',
  })
})

test('impersonation: who asked, as whom, and by which right; the policy looks at who asked', async () => {
  const { last } = await recorded('GET /api/v1/nodes', { headers: { 'impersonate-user': 'alice', 'impersonate-group': 'ops' } })
  expect(last).toMatchObject({
    user: { username: 'admin' },
    impersonatedUser: { username: 'alice', groups: ['ops', 'system:authenticated'] },
    authenticationMetadata: { impersonationConstraint: 'impersonate:user-info' },
    responseStatus: { code: 403 },
  })
  const masters = await recorded('GET /api/v1/nodes', { headers: { 'impersonate-user': 'alice', 'impersonate-group': 'system:masters' } })
  expect(masters.last.impersonatedUser).toMatchObject({ username: 'alice', groups: ['system:masters', 'system:authenticated'] })
  expect(masters.last.authenticationMetadata).toBeUndefined()
})

test('annotations of handlers and plugins', async () => {
  const deprecated = await recorded('GET /api/v1/namespaces/default/endpoints')
  expect(deprecated.last.annotations).toMatchObject({ 'k8s.io/deprecated': 'true' })

  await server.call('PATCH /api/v1/namespaces/full', {
    body: { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'baseline', 'pod-security.kubernetes.io/audit': 'restricted' } } },
  })
  await server.call('POST /api/v1/namespaces/full/serviceaccounts', { body: { metadata: { name: 'default' } } })
  const pod = { metadata: { name: 'loose' }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  await expect
    .poll(async () => (await recorded('POST /api/v1/namespaces/full/pods?dryRun=All', { body: pod })).last.annotations)
    .toMatchObject({
      'pod-security.kubernetes.io/enforce-policy': 'baseline:latest',
      'pod-security.kubernetes.io/audit-violations': expect.stringContaining('would violate PodSecurity "restricted:latest"'),
    })

  const issued = await recorded('POST /api/v1/namespaces/full/serviceaccounts/default/token', { body: {} })
  const { token } = (JSON.parse(issued.body) as { status: { token: string } }).status
  const { jti } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { jti: string }
  expect(issued.last).toMatchObject({ objectRef: { subresource: 'token' }, annotations: { 'authentication.kubernetes.io/issued-credential-id': `JTI=${jti}` } })
  const used = await recorded('GET /api/v1/namespaces/full/pods', { token })
  expect(used.last.user).toMatchObject({
    username: 'system:serviceaccount:full:default',
    extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${jti}`] },
  })
  expect(JSON.stringify(server.events())).not.toContain(token.split('.')[2])
})

test('paths that are no resources, and a bad query', async () => {
  const version = await recorded('GET /version')
  expect(version.last).toMatchObject({ verb: 'get', requestURI: '/version', responseStatus: { code: 200 } })
  expect(version.last.objectRef).toBeUndefined()
  const bad = await recorded('GET /api/v1/pods?timeout=soon')
  expect(stagesOf(bad.events)).toEqual(['ResponseStarted 400'])
})

test('metrics', async () => {
  const { body } = await server.call('GET /metrics')
  const value = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(body)?.[1])
  expect(value('apiserver_audit_event_total')).toBeGreaterThanOrEqual(server.events().length - 1)
  expect(value('apiserver_audit_level_total{level="RequestResponse"}')).toBeGreaterThan(5)
  expect(value('apiserver_audit_level_total{level="None"}')).toBeGreaterThan(5)
  expect(value('apiserver_audit_requests_rejected_total')).toBe(0)
})
