// CertificateSigningRequests from people (kubectl, openssl) and from kubelets, against a control plane with all its controllers.
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CertificateSigningRequest } from '../../../src/api/certificates/v1.ts'
import type { Node } from '../../../src/api/core/v1.ts'
import type { New } from '../../../src/api/object.ts'
import { certificateSigningRequests, nodes } from '../../../src/api/resources.ts'
import { newCertificateRequest } from '../../../src/pki/certificate-request.ts'
import { succeed } from '../../support/command.ts'
import { eventually } from '../../support/eventually.ts'
import { TestControlPlane } from './control-plane.ts'

let plane: TestControlPlane
beforeAll(async () => {
  plane = await TestControlPlane.start()
})
afterAll(() => plane[Symbol.asyncDispose]())

const clientSigner = 'kubernetes.io/kube-apiserver-client'
const base64 = (text: string) => Buffer.from(text).toString('base64')

async function opensslRequest(name: string, subject: string, ...more: string[]): Promise<string> {
  const file = (ending: string) => join(plane.directory, `${name}.${ending}`)
  await succeed(['openssl', 'req', '-new', '-nodes', '-newkey', 'rsa:2048', '-keyout', file('key'), '-out', file('csr'), '-subj', subject, ...more])
  return readFile(file('csr'), 'utf8')
}

const manifest = (name: string, request: string, spec: object) =>
  JSON.stringify({ apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name }, spec: { request: base64(request), ...spec } })

const find = (name: string) => plane.admin.get(certificateSigningRequests, { name })

/** Until `done` finds what it looks for. */
const until = (name: string, done: (request: CertificateSigningRequest) => unknown) =>
  eventually(async () => {
    const request = await find(name)
    if (!done(request)) throw new Error(`${name} is still ${JSON.stringify(request.status)}`)
    return request
  })

const conditionsOf = ({ status }: CertificateSigningRequest) => (status?.conditions ?? []).map(({ type, reason, message }) => ({ type, reason, message }))

test('kubectl certificate approve: openssl’s request becomes a certificate that the API server believes', async () => {
  const request = await opensslRequest('alice', '/O=dev/CN=alice')
  await plane.kubectl(['create', '-f', '-'], manifest('alice', request, { signerName: clientSigner, usages: ['client auth'], expirationSeconds: 3600 }))
  expect(await plane.kubectl(['get', 'csr', 'alice', '--no-headers'])).toMatch(/kubernetes-admin +60m +Pending$/)
  await plane.kubectl(['certificate', 'approve', 'alice'])
  const { status } = await until('alice', (each) => each.status?.certificate)
  expect(await plane.kubectl(['get', 'csr', 'alice', '--no-headers'])).toMatch(/Approved,Issued$/)
  const certificate = Buffer.from(status!.certificate!, 'base64').toString()
  const leaf = new X509Certificate(certificate)
  expect(leaf.validToDate.getTime() - leaf.validFromDate.getTime()).toBe((3600 + 300) * 1000)
  const key = await readFile(join(plane.directory, 'alice.key'), 'utf8')
  expect(await plane.whoAmI({ pair: { certificate, key } })).toBe('alice [dev system:authenticated]')
})

test('kubectl certificate deny: nothing is issued', async () => {
  const request = await opensslRequest('mallory', '/CN=mallory')
  await plane.kubectl(['create', '-f', '-'], manifest('mallory', request, { signerName: clientSigner, usages: ['client auth'] }))
  await plane.kubectl(['certificate', 'deny', 'mallory'])
  expect(await plane.kubectl(['get', 'csr', 'mallory', '--no-headers'])).toMatch(/Denied$/)
  expect((await find('mallory')).status?.certificate).toBeUndefined()
})

test('nobody becomes an administrator by request', async () => {
  const request = await opensslRequest('root', '/O=system:masters/CN=root')
  await expect(plane.kubectl(['create', '-f', '-'], manifest('root', request, { signerName: clientSigner, usages: ['client auth'] }))).rejects.toThrow(
    'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
  )
})

test.each<[name: string, signerName: string, subject: string, usages: readonly string[], message: string]>([
  ['server-use', clientSigner, '/CN=x', ['client auth', 'server auth'], 'invalid usage for client certificate: server auth'],
  ['no-client', clientSigner, '/CN=x', ['digital signature'], 'missing required usage for client certificate: client auth'],
  ['no-san', 'kubernetes.io/kubelet-serving', '/O=system:nodes/CN=system:node:x', ['digital signature', 'server auth'], 'DNS or IP subjectAltName is required'],
  [
    'no-node',
    'kubernetes.io/kube-apiserver-client-kubelet',
    '/O=system:nodes/CN=x',
    ['digital signature', 'client auth'],
    'subject common name does not begin with system:node:',
  ],
])('approved, but not for its signer: %s fails, and says why', async (name, signerName, subject, usages, message) => {
  await plane.kubectl(['create', '-f', '-'], manifest(name, await opensslRequest(name, subject), { signerName, usages }))
  await plane.kubectl(['certificate', 'approve', name])
  const failed = await until(name, (each) => conditionsOf(each).some(({ type }) => type === 'Failed'))
  expect(conditionsOf(failed).at(-1)).toEqual({ type: 'Failed', reason: 'SignerValidationFailure', message })
  expect(failed.status?.certificate).toBeUndefined()
})

test('a request to somebody else’s signer is left alone', async () => {
  await plane.kubectl(['create', '-f', '-'], manifest('theirs', await opensslRequest('theirs', '/CN=x'), { signerName: 'example.com/theirs', usages: ['any'] }))
  await plane.kubectl(['certificate', 'approve', 'theirs'])
  const request = await opensslRequest('after', '/CN=x')
  await plane.kubectl(['create', '-f', '-'], manifest('after', request, { signerName: clientSigner, usages: ['client auth'] }))
  await plane.kubectl(['certificate', 'approve', 'after'])
  await until('after', (each) => each.status?.certificate)
  expect(conditionsOf(await find('theirs')).map(({ type }) => type)).toEqual(['Approved'])
  expect((await find('theirs')).status?.certificate).toBeUndefined()
})

async function create(
  as: { token?: string; node?: string },
  name: string,
  signerName: string,
  usages: readonly string[],
  of: string,
  hosts: readonly string[] = [],
) {
  const { request } = await newCertificateRequest({ commonName: `system:node:${of}`, organizations: ['system:nodes'], hosts })
  const pair = as.node ? await plane.pki.node(as.node) : undefined
  using connection = plane.connect({ ...(pair ? { pair: () => pair } : {}), ...(as.token ? { token: as.token } : {}) })
  const object = JSON.parse(manifest(name, request, { signerName, usages })) as New<CertificateSigningRequest>
  await connection.client.create(certificateSigningRequests, object)
}

const kubeletSigner = 'kubernetes.io/kube-apiserver-client-kubelet'
const clientUses = ['digital signature', 'client auth']
const servingUses = ['digital signature', 'server auth']

test('a machine that knows a bootstrap token gets the identity of a node; one whose token may not does not', async () => {
  const groups = 'system:bootstrappers:kubeadm:default-node-token'
  const token = (id: string, data: object) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'kube-system', name: `bootstrap-token-${id}` },
      type: 'bootstrap.kubernetes.io/token',
      stringData: { 'token-id': id, 'token-secret': '0123456789abcdef', 'usage-bootstrap-authentication': 'true', ...data },
    })
  await plane.kubectl(['create', '-f', '-'], token('joiner', { 'auth-extra-groups': groups }))
  await plane.kubectl(['create', '-f', '-'], token('outsid', {}))
  await create({ token: 'joiner.0123456789abcdef' }, 'join-1', kubeletSigner, clientUses, 'n9')
  const issued = await until('join-1', (each) => each.status?.certificate)
  expect(conditionsOf(issued)).toEqual([
    { type: 'Approved', reason: 'AutoApproved', message: 'Auto approving kubelet client certificate after SubjectAccessReview.' },
  ])
  await expect(create({ token: 'outsid.0123456789abcdef' }, 'join-2', kubeletSigner, clientUses, 'n9')).rejects.toThrow(
    'User "system:bootstrap:outsid" cannot create resource "certificatesigningrequests"',
  )
})

test('a node renews its own identity, and no other’s', async () => {
  await create({ node: 'n1' }, 'own', kubeletSigner, clientUses, 'n1')
  const own = await until('own', (each) => each.status?.certificate)
  expect(conditionsOf(own)[0]?.message).toBe('Auto approving self kubelet client certificate after SubjectAccessReview.')
  await expect(create({ node: 'n1' }, 'other', kubeletSigner, clientUses, 'n2')).rejects.toThrow(/forbidden/)
})

test('serving certificates are approved by what the Node objects say', async () => {
  const node = (name: string, address: string) =>
    ({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {}, status: { addresses: [{ type: 'InternalIP', address }] } }) as unknown as New<Node>
  await plane.admin.create(nodes, node('s2', '10.0.0.2'))
  const serving = 'kubernetes.io/kubelet-serving'
  await create({ node: 's1' }, 'serving-own', serving, servingUses, 's1', ['s1', '10.0.0.1'])
  await create({ node: 's1' }, 'serving-foreign', serving, servingUses, 's1', ['s1', '10.0.0.2'])
  // Its Node object comes later, as at a machine's first start.
  await plane.admin.create(nodes, node('s1', '10.0.0.1'))
  const issued = await until('serving-own', (each) => each.status?.certificate)
  const leaf = new X509Certificate(Buffer.from(issued.status!.certificate!, 'base64').toString())
  expect([leaf.checkHost('s1'), leaf.checkIP('10.0.0.1'), leaf.keyUsage]).toEqual(['s1', '10.0.0.1', ['1.3.6.1.5.5.7.3.1']])
  expect(conditionsOf(await find('serving-foreign'))).toEqual([])
})

test('cluster-info is there for everybody, signed with the tokens that are for it; an expired token goes', async () => {
  const fields = { 'token-id': 'signer', 'token-secret': '0123456789abcdef', 'usage-bootstrap-signing': 'true' }
  const secret = (expiration?: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'kube-system', name: 'bootstrap-token-signer' },
    type: 'bootstrap.kubernetes.io/token',
    stringData: { ...fields, ...(expiration ? { expiration } : {}) },
  })
  const read = () => plane.call('/api/v1/namespaces/kube-public/configmaps/cluster-info')
  const dataOf = async () => ((await read()).body as { data: Record<string, string> }).data
  await plane.kubectl(['create', '-f', '-'], JSON.stringify(secret()))
  await eventually(async () => expect(Object.keys(await dataOf()).toSorted()).toEqual(['jws-kubeconfig-signer', 'kubeconfig']))
  expect((await dataOf())['kubeconfig']).toContain(base64(plane.pki.ca.pair.certificate))
  await plane.kubectl(['apply', '-f', '-'], JSON.stringify(secret('2020-01-01T00:00:00Z')))
  await eventually(async () => expect(Object.keys(await dataOf())).toEqual(['kubeconfig']))
  await eventually(async () => expect(await plane.kubectl(['get', 'secrets', '-n', 'kube-system', '-o', 'name'])).not.toContain('bootstrap-token-signer'))
})
