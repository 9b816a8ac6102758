// Upstream's tests of service accounts, tokens, certificates, access reviews and impersonation.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { type Api, type Body, unique } from './api.ts'
import { type ConformanceCluster, startConformanceCluster } from './cluster.ts'
import { certificateRequest } from './kinds.ts'

let cluster: ConformanceCluster
let api: Api

beforeAll(async () => {
  cluster = await startConformanceCluster()
  ;({ api } = cluster)
})
afterAll(() => cluster[Symbol.asyncDispose]())

const at = (namespace: string, resource: string) => `/api/v1/namespaces/${namespace}/${resource}`
const tokenRequest = (spec: object = {}) => ({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec })
const tokenOf = ({ status }: Body) => (status as { token: string }).token
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>
const review = async (token: string, spec: object = {}) =>
  (
    await api.must('POST /apis/authentication.k8s.io/v1/tokenreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token, ...spec },
    })
  )['status']

test('service accounts live: made, patched, watched, listed everywhere, deleted', async () => {
  const path = at(await cluster.newNamespace(), 'serviceaccounts')
  await using watching = api.watch(`${path}?labelSelector=test-serviceaccount-static%3Dtrue`)
  const labels = { 'test-serviceaccount-static': 'true' }
  await api.must(`POST ${path}`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'testserviceaccount', labels } })
  await watching.until('ADDED')
  const patched = await api.must(`PATCH ${path}/testserviceaccount`, { automountServiceAccountToken: false }, { type: 'strategic' })
  expect(patched).toMatchObject({ automountServiceAccountToken: false })
  await watching.until('MODIFIED')
  const { items = [] } = await api.must('GET /api/v1/serviceaccounts?labelSelector=test-serviceaccount-static%3Dtrue')
  expect(items.map(({ metadata }) => metadata.name)).toEqual(['testserviceaccount'])
  await api.must(`DELETE ${path}?labelSelector=test-serviceaccount-static%3Dtrue`)
  await watching.until('DELETED')
})

test('a token names its account, its pod and its node, and is reviewed as such', async () => {
  const namespace = await cluster.newNamespace()
  await api.must(`POST ${at(namespace, 'pods')}`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { nodeName: 'node-1', containers: [{ name: 'c', image: 'i' }] },
  })
  const bound = { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p' } }
  const token = tokenOf(await api.must(`POST ${at(namespace, 'serviceaccounts/default/token')}`, tokenRequest(bound)))
  const claims = claimsOf(token)
  expect(claims).toMatchObject({
    sub: `system:serviceaccount:${namespace}:default`,
    'kubernetes.io': { namespace, pod: { name: 'p' }, node: { name: 'node-1' } },
  })
  expect(await review(token)).toMatchObject({
    authenticated: true,
    user: {
      username: `system:serviceaccount:${namespace}:default`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      extra: {
        'authentication.kubernetes.io/credential-id': [`JTI=${String(claims['jti'])}`],
        'authentication.kubernetes.io/pod-name': ['p'],
        'authentication.kubernetes.io/node-name': ['node-1'],
      },
    },
  })
  await api.must(`DELETE ${at(namespace, 'pods/p')}`, { gracePeriodSeconds: 0 })
  await eventually(async () => expect(await review(token)).toEqual({ user: {}, error: expect.stringContaining('invalid bearer token') as string }))
})

test('a token for others is none for the server, and the other way round', async () => {
  const path = at(await cluster.newNamespace(), 'serviceaccounts/default/token')
  const token = tokenOf(await api.must(`POST ${path}`, tokenRequest({ audiences: ['vault', 'other'], expirationSeconds: 600 })))
  expect(claimsOf(token)).toMatchObject({ aud: ['vault', 'other'] })
  expect((await api.call('GET /api', undefined, { token })).status).toBe(401)
  expect(await review(token, { audiences: ['vault'] })).toMatchObject({ authenticated: true, audiences: ['vault'] })
  expect(await review(token, { audiences: ['another'] })).not.toHaveProperty('authenticated')
})

test('a secret of an account holds a token that works as long as both are there', async () => {
  const namespace = await cluster.newNamespace()
  await api.must(`POST ${at(namespace, 'serviceaccounts')}`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } })
  const metadata = { name: 'robot-token', annotations: { 'kubernetes.io/service-account.name': 'robot' } }
  const secret = { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/service-account-token', metadata }
  await api.must(`POST ${at(namespace, 'secrets')}`, secret)
  const path = at(namespace, 'secrets/robot-token')
  const data = await eventually(async () => {
    const found = await api.must(`GET ${path}`)
    expect(found['data']).toEqual({ token: expect.any(String) as string, namespace: expect.any(String) as string, 'ca.crt': expect.any(String) as string })
    return found['data'] as Record<string, string>
  })
  const token = Buffer.from(data['token']!, 'base64').toString()
  expect(await review(token)).toMatchObject({ authenticated: true, user: { username: `system:serviceaccount:${namespace}:robot` } })
  expect((await api.must(`GET ${path}`)).metadata.labels).toMatchObject({
    'kubernetes.io/legacy-token-last-used': expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string,
  })
  await api.must(`PATCH ${path}`, { data: { token: '' } }, { type: 'merge' })
  await eventually(async () => expect((await api.must(`GET ${path}`))['data']).toMatchObject({ token: expect.stringMatching(/./) as string }))
  await api.must(`DELETE ${at(namespace, 'serviceaccounts/robot')}`)
  await eventually(async () => expect((await api.call(`GET ${path}`)).status).toBe(404))
  expect(await review(token)).not.toHaveProperty('authenticated')
})

test('the root certificate is given to every namespace, made again when deleted and mended when changed', async () => {
  const path = at(await cluster.newNamespace(), 'configmaps/kube-root-ca.crt')
  const { data, metadata } = await eventually(() => api.must(`GET ${path}`))
  await api.must(`DELETE ${path}`)
  await eventually(async () => expect((await api.must(`GET ${path}`)).metadata.uid).not.toBe(metadata.uid))
  await api.must(`PATCH ${path}`, { data: { 'ca.crt': 'bad' } }, { type: 'merge' })
  await eventually(async () => expect((await api.must(`GET ${path}`))['data']).toEqual(data))
})

test('the issuer of tokens says who it is, and by which keys', async () => {
  const account = at(await cluster.newNamespace(), 'serviceaccounts/default/token')
  const token = tokenOf(await api.must(`POST ${account}`, tokenRequest()))
  const document = await api.must('GET /.well-known/openid-configuration', undefined, { token })
  expect(document).toMatchObject({ issuer: claimsOf(token)['iss'], response_types_supported: ['id_token'], subject_types_supported: ['public'] })
  const { keys } = (await api.call('GET /openid/v1/jwks', undefined, { token })).text.startsWith('{')
    ? (JSON.parse((await api.call('GET /openid/v1/jwks', undefined, { token })).text) as { keys: { kid: string }[] })
    : { keys: [] }
  const { kid } = JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }
  expect(keys.map((key) => key.kid)).toContain(kid)
})

test('what a review says of an account is what its requests meet', async () => {
  const namespace = await cluster.newNamespace()
  const user = `system:serviceaccount:${namespace}:default`
  const resourceAttributes = { verb: 'list', resource: 'configmaps', namespace, version: 'v1' }
  const authorization = '/apis/authorization.k8s.io/v1'
  const allowed = async (kind: string, path: string) => {
    const { status } = await api.must(`POST ${path}`, { apiVersion: 'authorization.k8s.io/v1', kind, spec: { user, resourceAttributes } })
    return (status as { allowed: boolean }).allowed
  }
  const answers = async () => [
    await allowed('SubjectAccessReview', `${authorization}/subjectaccessreviews`),
    await allowed('LocalSubjectAccessReview', `${authorization}/namespaces/${namespace}/localsubjectaccessreviews`),
    (await api.call(`GET ${at(namespace, 'configmaps')}`, undefined, { headers: { 'impersonate-user': user } })).status === 200,
  ]
  expect(await answers()).toEqual([false, false, false])
  await api.must(`POST /apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'view' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', name: 'default', namespace }],
  })
  await eventually(async () => expect(await answers()).toEqual([true, true, true]))
})

test('a request for a certificate is approved and fulfilled through its subresources', async () => {
  const name = unique('request')
  const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
  const spec = { signerName: 'example.com/e2e', usages: ['digital signature', 'client auth'], expirationSeconds: 3600, request: certificateRequest }
  const made = await api.must(`POST ${path}`, { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name }, spec })
  expect(made['spec']).toMatchObject({ username: 'test', groups: ['system:masters', 'system:authenticated'] })
  const bySigner = await api.must(`GET ${path}?fieldSelector=spec.signerName%3Dexample.com/e2e`)
  expect(bySigner.items).toContainEqual(expect.objectContaining({ metadata: expect.objectContaining({ name }) as unknown }))
  const patched = { conditions: [{ type: 'ApprovalPatch', status: 'True', reason: 'e2e' }] }
  expect(await api.must(`PATCH ${path}/${name}/approval`, { status: patched }, { type: 'merge' })).toMatchObject({ status: patched })
  const live = await api.must(`GET ${path}/${name}/approval`)
  const { conditions } = live['status'] as { conditions: object[] }
  const approved = { type: 'Approved', status: 'True', reason: 'E2E', message: 'Set from an e2e test' }
  expect(await api.must(`PUT ${path}/${name}/approval`, { ...live, status: { conditions: [...conditions, approved] } })).toMatchObject({
    status: { conditions: [{ type: 'ApprovalPatch' }, approved] },
  })
  // Approval is one-way.
  const denied = { ...(await api.must(`GET ${path}/${name}`)), status: { conditions: [{ ...approved, type: 'Denied' }] } }
  expect((await api.call(`PUT ${path}/${name}/approval`, denied)).status).toBe(422)
  expect((await api.call(`PATCH ${path}/${name}/status`, { status: { certificate: 'bm9uZQ==' } }, { type: 'merge' })).status).toBe(422)
})

test('impersonation takes name, uid, groups and extra', async () => {
  const headers = {
    'impersonate-user': 'someone',
    'impersonate-uid': 'uid-1',
    'impersonate-group': ['one', 'two'],
    'impersonate-extra-example.com%2fkey': ['a', 'b'],
  }
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
  const { status } = await api.must(`POST ${path}`, { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }, { headers })
  const extra = { 'example.com/key': ['a', 'b'] }
  expect(status).toEqual({ userInfo: { username: 'someone', uid: 'uid-1', groups: ['one', 'two', 'system:authenticated'], extra } })
})

test('reviews take nothing but what they ask: metadata, other paths and other namespaces are refused', async () => {
  const spec = { nonResourceAttributes: { path: '/', verb: 'get' } }
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
  const self = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', metadata: { name: 'n' }, spec }
  const { status, body } = await api.call(`POST ${path}`, self)
  expect([status, body.message]).toEqual([
    422,
    expect.stringMatching(/^\.authorization\.k8s\.io "" is invalid: metadata: Invalid value: \{"name":"n","managedFields":.*\}: must be empty$/),
  ])
  const local = { kind: 'LocalSubjectAccessReview', apiVersion: self.apiVersion, metadata: { labels: { a: 'b' }, name: 'n' } }
  const attributes = { verb: 'get', resource: 'pods', namespace: 'default' }
  const sent = { ...local, spec: { user: 'u', resourceAttributes: attributes } }
  const refused = await api.call('POST /apis/authorization.k8s.io/v1/namespaces/default/localsubjectaccessreviews', sent)
  expect(refused.body.message).toMatch(
    /metadata: Invalid value: \{"name":"n","namespace":"default","labels":\{"a":"b"\},"managedFields":.*\}: must be empty except for namespace$/,
  )
  expect((await api.call(`GET ${path}/n`)).status).toBe(404)
  expect((await api.call(`POST /apis/authorization.k8s.io/v1/localsubjectaccessreviews`, {})).status).toBe(404)
  expect((await api.call('POST /api/v1/bindings', {})).status).toBe(404)
  const wrong = { ...tokenRequest(), metadata: { namespace: 'other' } }
  expect(await api.call('POST /api/v1/namespaces/default/serviceaccounts/default/token', wrong)).toMatchObject({
    status: 400,
    body: { message: 'the namespace of the provided object does not match the namespace sent on the request' },
  })
  const named = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: { name: 'n', uid: 'u' }, spec: { token: 'none' } }
  const { metadata } = await api.must('POST /apis/authentication.k8s.io/v1/tokenreviews', named)
  expect([metadata.name, metadata.uid]).toEqual(['n', undefined])
})
