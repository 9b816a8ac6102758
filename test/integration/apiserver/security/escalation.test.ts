// Ways to rights that somebody does not hold, by every verb that writes (roles and their bindings in one namespace, and impersonation:
// test/integration/apiserver/authorization.test.ts).
import { afterAll, beforeAll, expect, test } from 'vitest'
import { certificateSigningRequests, clusterRoleBindings, clusterRoles, pods, roleBindings, roles, serviceAccounts } from '../../../../src/api/resources.ts'
import type { Client } from '../../../../src/client/client.ts'
import { newCertificateRequest } from '../../../../src/pki/certificate-request.ts'
import { eventually } from '../../../support/eventually.ts'
import { type SecurityServer, startSecurityServer } from './server.ts'

const rbac = 'rbac.authorization.k8s.io'
const namespace = 'default'
let server: SecurityServer
let mallory: Client

/** What mallory may do: nothing of it is more than it seems. */
const rules = [
  { apiGroups: [rbac], resources: ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'], verbs: ['get', 'list', 'create', 'update', 'patch'] },
  { apiGroups: ['certificates.k8s.io'], resources: ['certificatesigningrequests'], verbs: ['get', 'create', 'update', 'patch'] },
  { apiGroups: ['certificates.k8s.io'], resources: ['certificatesigningrequests/approval', 'certificatesigningrequests/status'], verbs: ['update', 'patch'] },
  { apiGroups: [''], resources: ['serviceaccounts', 'pods', 'pods/log'], verbs: ['get', 'list', 'create', 'update', 'patch'] },
]
const secrets = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]
const roleOf = (name: string, own: readonly object[], more: object = {}) =>
  ({ apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules: own, ...more }) as never
const bindingOf = (name: string, role: string, subject: string) =>
  ({
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'User', apiGroup: rbac, name: subject }],
  }) as const

beforeAll(async () => {
  server = await startSecurityServer()
  await server.client.create(clusterRoles, roleOf('mallory', rules))
  await server.client.create(clusterRoleBindings, bindingOf('mallory', 'mallory', 'mallory'))
  await server.client.create(clusterRoles, roleOf('reader', secrets))
  await server.client.create(clusterRoleBindings, bindingOf('reader', 'reader', 'somebody'))
  await server.client.create(clusterRoles, roleOf('own', []))
  await server.client.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'robot' } })
  mallory = server.user('mallory')
  await eventually(() => mallory.list(clusterRoles))
})
afterAll(() => server.stop())

const refused = (message: string) => ({ code: 403, message: expect.stringContaining(message) })
const notHeld = refused('is attempting to grant RBAC permissions not currently held')
const manager = { fieldManager: 'm' }

const aggregation = { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' } }] } }
const gathering = refused('must have cluster-admin privileges to use the aggregationRule')
const own = { name: 'own' }

test.each<[string, () => Promise<unknown>]>([
  ['create', () => mallory.create(clusterRoles, roleOf('gathers', [], aggregation))],
  ['update', async () => mallory.update(clusterRoles, { ...(await mallory.get(clusterRoles, own)), ...aggregation })],
  ['merge patch', () => mallory.patch(clusterRoles, own, { type: 'merge', patch: aggregation })],
  ['strategic patch', () => mallory.patch(clusterRoles, own, { type: 'strategic', patch: aggregation })],
  [
    'JSON patch',
    () => mallory.patch(clusterRoles, own, { type: 'json', patch: [{ op: 'add', path: '/aggregationRule', value: aggregation.aggregationRule }] }),
  ],
  ['apply', () => mallory.patch(clusterRoles, own, { type: 'apply', patch: roleOf('own', [], aggregation), force: true }, manager)],
  ['apply of what is new', () => mallory.patch(clusterRoles, { name: 'gathers' }, { type: 'apply', patch: roleOf('gathers', [], aggregation) }, manager)],
])('a role that gathers the rules of others: %s', async (_, attempt) => {
  await expect(attempt()).rejects.toMatchObject(gathering)
})

const labelled = { metadata: { name: 'labelled', labels: { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' } } }

test('a role that others gather holds no more than its author', async () => {
  await expect(mallory.create(clusterRoles, roleOf('labelled', secrets, labelled))).rejects.toMatchObject(notHeld)
  await mallory.create(clusterRoles, roleOf('labelled', [rules[3]!], labelled))
  await expect(mallory.patch(clusterRoles, { name: 'labelled' }, { type: 'merge', patch: { rules: secrets } })).rejects.toMatchObject(notHeld)
})

const me = [{ kind: 'User', apiGroup: rbac, name: 'mallory' }]
const reader = { name: 'reader' }

test.each<[string, () => Promise<unknown>]>([
  ['update', async () => mallory.update(clusterRoleBindings, { ...(await mallory.get(clusterRoleBindings, reader)), subjects: me as never })],
  ['merge patch', () => mallory.patch(clusterRoleBindings, reader, { type: 'merge', patch: { subjects: me } })],
  ['strategic patch', () => mallory.patch(clusterRoleBindings, reader, { type: 'strategic', patch: { subjects: me } })],
  ['JSON patch', () => mallory.patch(clusterRoleBindings, reader, { type: 'json', patch: [{ op: 'add', path: '/subjects/-', value: me[0] }] })],
  ['apply', () => mallory.patch(clusterRoleBindings, reader, { type: 'apply', patch: bindingOf('reader', 'reader', 'mallory'), force: true }, manager)],
  ['labels only', () => mallory.patch(clusterRoleBindings, reader, { type: 'merge', patch: { metadata: { labels: { a: 'b' } } } })],
])('to be named in a binding that is there: %s', async (_, attempt) => {
  await expect(attempt()).rejects.toMatchObject(notHeld)
  expect((await server.client.get(clusterRoleBindings, reader)).subjects?.map(({ name }) => name)).toEqual(['somebody'])
})

test('a binding does not become one of another role', async () => {
  await mallory.create(clusterRoleBindings, bindingOf('mine', 'mallory', 'mallory'))
  const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' }
  await expect(mallory.patch(clusterRoleBindings, { name: 'mine' }, { type: 'merge', patch: { roleRef } })).rejects.toMatchObject(notHeld)
  // Nor for who may bind it.
  await expect(server.client.patch(clusterRoleBindings, { name: 'mine' }, { type: 'merge', patch: { roleRef } })).rejects.toMatchObject({
    code: 422,
    message: expect.stringContaining('cannot change roleRef'),
  })
})

test('a rule that stands for a billion rights is refused, and the server lives', async () => {
  const values = (prefix: string) => Array.from({ length: 999 }, (_, index) => `${prefix}${index}`)
  const wide = [{ apiGroups: values('g'), resources: values('r'), verbs: values('v') }]
  const role = { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { namespace, name: 'wide' }, rules: wide } as const
  await expect(mallory.create(roles, role)).rejects.toMatchObject(notHeld)
  // An administrator may, and whoever is bound to it is still answered.
  await server.client.create(roles, role)
  const roleRef = { apiGroup: rbac, kind: 'Role', name: 'wide' }
  const binding = { ...bindingOf('wide', '', 'many'), kind: 'RoleBinding', metadata: { namespace, name: 'wide' }, roleRef } as const
  await expect(mallory.create(roleBindings, binding as never)).rejects.toMatchObject(notHeld)
  await server.client.create(roleBindings, binding as never)
  await expect(server.user('many').list(pods, { namespace })).rejects.toMatchObject({ code: 403 })
})

test('who may write service accounts and pods gets no token of theirs, by any verb', async () => {
  const robot = { namespace, name: 'robot' }
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }
  await expect(mallory.createSubresource(serviceAccounts, robot, 'token', request)).rejects.toMatchObject(refused('serviceaccounts/token'))
  for (const patch of [
    { type: 'merge', patch: request },
    { type: 'apply', patch: request, force: true },
  ] as const) {
    await expect(mallory.patch(serviceAccounts, robot, patch, { ...manager, subresource: 'token' })).rejects.toMatchObject({ code: 403 })
  }
})

const signerName = 'kubernetes.io/kube-apiserver-client'
async function requestFor(name: string, organizations: readonly string[], signer = signerName) {
  const { request } = await newCertificateRequest({ commonName: 'mallory', organizations })
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: { request: Buffer.from(request).toString('base64'), signerName: signer, usages: ['client auth'] },
  } as never
}
const approval = { status: { conditions: [{ type: 'Approved', status: 'True', reason: 'Mine', message: '' }] } }

test('nobody asks for a certificate of the masters, not even who may ask for others', async () => {
  await expect(mallory.create(certificateSigningRequests, await requestFor('masters', ['system:masters']))).rejects.toMatchObject(
    refused('use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed'),
  )
})

test('who may approve requests, but not for the signer, approves none; who may write their status signs none', async () => {
  await mallory.create(certificateSigningRequests, await requestFor('mine', []))
  const mine = { name: 'mine' }
  const withApproval = { subresource: 'approval' }
  await expect(mallory.patch(certificateSigningRequests, mine, { type: 'merge', patch: approval }, withApproval)).rejects.toMatchObject(
    refused('user not permitted to approve requests with signerName'),
  )
  await expect(
    mallory.patch(
      certificateSigningRequests,
      mine,
      { type: 'apply', patch: { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: mine, ...approval }, force: true },
      { ...withApproval, ...manager },
    ),
  ).rejects.toMatchObject({ code: 403 })
  const certificate = { status: { certificate: Buffer.from(server.kubelet.certificate).toString('base64') } }
  await expect(mallory.patch(certificateSigningRequests, mine, { type: 'merge', patch: certificate }, { subresource: 'status' })).rejects.toMatchObject(
    refused('user not permitted to sign requests with signerName'),
  )
  // What is asked for is settled when it is asked; approval written along with other things counts nothing.
  await mallory.patch(certificateSigningRequests, mine, {
    type: 'merge',
    patch: { ...approval, spec: { signerName: 'kubernetes.io/legacy-unknown', username: 'admin', groups: ['system:masters'] } },
  })
  const stored = await server.client.get(certificateSigningRequests, mine)
  expect(stored.spec).toMatchObject({ signerName, username: 'mallory' })
  expect(stored.status?.conditions ?? []).toEqual([])
})

test('who asks says nothing about who he is', async () => {
  const asked = (await requestFor('forged', [])) as { spec: object }
  const forged = { ...asked, spec: { ...asked.spec, username: 'system:node:n', uid: '0', groups: ['system:masters'], extra: { a: ['b'] } } }
  const { spec } = await mallory.create(certificateSigningRequests, forged as never)
  expect([spec.username, spec.groups, spec.extra]).toEqual(['mallory', ['system:authenticated'], undefined])
})
