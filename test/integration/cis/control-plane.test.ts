// CIS Kubernetes Benchmark v1.12, sections 1 to 3: `cox server` in its defaults, probed from outside. docs/cis.md has the whole list.
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CertificateAuthority } from '../../../src/pki/certificate-authority.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { eventually } from '../../support/eventually.ts'
import { CoxServer, type Credentials } from './cox-server.ts'
import { listeningOf } from './listening.ts'

let server: CoxServer
let ca: CertificateAuthority
beforeAll(async () => {
  server = await CoxServer.start(mkdtempSync(join(tmpdir(), 'cis-')))
  const pki = (name: string) => readFileSync(join(server.dataDirectory, 'pki', name), 'utf8')
  ca = new CertificateAuthority({ certificate: pki('ca.crt'), key: pki('ca.key') }, systemClock)
})
afterAll(() => server?.[Symbol.asyncDispose]())

/** With a certificate of the cluster's authority. */
async function user(commonName: string, ...organizations: string[]): Promise<Credentials> {
  return { pair: await ca.issue({ commonName, organizations, usages: ['client'], validityDays: 1 }) }
}
const json = (text: string) => JSON.parse(text) as { readonly [key: string]: never } & { readonly message: string; readonly status: { readonly token: string } }
const configMap = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`
const secretText = 'canary-of-the-benchmark-7c1d'

test('1.1: everything is the owner’s; directories 0700, keys 0600, certificates at most 0644', () => {
  const entries = readdirSync(server.dataDirectory, { recursive: true, withFileTypes: true })
  const states = [...entries.map((entry) => join(entry.parentPath, entry.name)), server.dataDirectory, server.kubeconfig].map((path) => ({
    path,
    state: statSync(path),
  }))
  expect(entries.length).toBeGreaterThan(15)
  for (const { path, state } of states) {
    expect({ path, owner: [state.uid, state.gid] }).toEqual({ path, owner: [process.getuid!(), process.getgid!()] })
    const open = /\.(crt|pub)$/.test(path) ? 0o133 : 0o177
    expect({ path, tooOpen: state.mode & (state.isDirectory() ? 0o077 : open) }).toEqual({ path, tooOpen: 0 })
  }
})

test('1.2.1, 1.2.2: nobody without a name gets further than health, and made-up tokens are nobody', async () => {
  const nobody = {}
  for (const path of ['/livez', '/readyz', '/healthz']) expect((await server.call('GET', path, undefined, nobody)).status).toBe(200)
  for (const path of ['/', '/api', '/version', '/metrics', '/openapi/v2', '/api/v1/secrets', '/livez/ping', '/debug/pprof/'])
    expect({ path, status: (await server.call('GET', path, undefined, nobody)).status }).toEqual({ path, status: 401 })
  expect((await server.call('GET', '/api', undefined, { token: 'admin' })).status).toBe(401)
})

test('1.2.3: Services cannot claim addresses from outside', async () => {
  const spec = { ports: [{ port: 80 }], externalIPs: ['192.0.2.9'] }
  const { status, text } = await server.call('POST', '/api/v1/namespaces/default/services', { metadata: { name: 'x' }, spec })
  expect([status, json(text).message]).toEqual([403, expect.stringContaining('Use of external IPs is denied by admission control')])
})

test('1.2.6, 1.2.8: a user without roles may do nothing; with a role, that', async () => {
  const alice = await user('alice')
  const read = () => server.call('GET', configMap('default'), undefined, alice)
  expect((await read()).status).toBe(403)
  const meta = { name: 'alice', namespace: 'default' }
  await server.call('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
    metadata: meta,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'alice' }],
  })
  await eventually(async () => expect((await read()).status).toBe(200))
  expect((await server.call('GET', configMap('kube-system'), undefined, alice)).status).toBe(403)
})

test('1.2.7, 1.2.14: a node reads what its pods need and changes itself only, without labels that place pods', async () => {
  const node = await user('system:node:n1', 'system:nodes')
  await server.call('POST', '/api/v1/namespaces/default/secrets', { metadata: { name: 'canary' }, stringData: { text: secretText } })
  const registered = await server.call('POST', '/api/v1/nodes', { metadata: { name: 'n1' } }, node)
  expect(registered.status).toBe(201)
  const status = async (...call: Parameters<CoxServer['call']>) => (await server.call(...call)).status
  expect(await status('GET', '/api/v1/nodes/n1', undefined, node)).toBe(200)
  expect(await status('GET', '/api/v1/namespaces/default/secrets/canary', undefined, node)).toBe(403)
  expect(await status('PATCH', '/api/v1/nodes/n1', { metadata: { labels: { 'node-restriction.kubernetes.io/zone': 'x' } } }, node)).toBe(403)
  expect(await status('POST', '/api/v1/nodes', { metadata: { name: 'n2' } }, node)).toBe(403)
})

test('1.2.12, 1.2.13: pods get a service account; a namespace must be there, and those of the system stay', async () => {
  const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  await eventually(async () => expect((await server.call('GET', '/api/v1/namespaces/default/serviceaccounts/default')).status).toBe(200))
  const { text } = await server.call('POST', '/api/v1/namespaces/default/pods', pod)
  expect(JSON.parse(text)).toMatchObject({ spec: { serviceAccountName: 'default' } })
  expect((await server.call('POST', '/api/v1/namespaces/none/pods', pod)).status).toBe(404)
  expect((await server.call('DELETE', '/api/v1/namespaces/kube-system')).status).toBe(403)
})

test('1.2.15, 1.3.2, 1.4.1: there is nothing to profile', async () => {
  for (const path of ['/debug/pprof/', '/debug/pprof/profile', '/debug/pprof/heap', '/debug/flags/v']) expect((await server.call('GET', path)).status).toBe(404)
})

test('1.2.21, 1.2.22, 1.2.30: tokens end with their service account and their time, and none but the server makes them', async () => {
  const accounts = '/api/v1/namespaces/default/serviceaccounts'
  await server.call('POST', accounts, { metadata: { name: 'robot' } })
  const pod = { metadata: { name: 'robots' }, spec: { serviceAccountName: 'robot', containers: [{ name: 'c', image: 'i' }] } }
  const uid = (JSON.parse((await server.call('POST', '/api/v1/namespaces/default/pods', pod)).text) as { metadata: { uid: string } }).metadata.uid
  // What kubelets ask for: with --service-account-extend-token-expiration it would be good for a year.
  const spec = { expirationSeconds: 3607, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'robots', uid } }
  const { token } = json((await server.call('POST', `${accounts}/robot/token`, { spec })).text).status
  const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { exp: number; iat: number }
  expect(claims.exp - claims.iat).toBe(3607)
  const asRobot = (bearer: string) => server.call('GET', '/api', undefined, { token: bearer })
  expect((await asRobot(token)).status).toBe(200)
  const [head, payload, signature = ''] = token.split('.')
  const forged = Buffer.from(signature, 'base64url')
  forged[10]! ^= 1
  expect((await asRobot(`${head}.${payload}.${forged.toString('base64url')}`)).status).toBe(401)
  await server.call('DELETE', `${accounts}/robot`)
  await eventually(async () => expect((await asRobot(token)).status).toBe(401))
})

test('1.2.24, 1.2.25, 3.1: HTTPS only; certificates of another authority are nobody’s', async () => {
  const stranger = await CertificateAuthority.create('kubernetes-ca', systemClock)
  const pair = await stranger.issue({ commonName: 'kubernetes-admin', organizations: ['system:masters'], usages: ['client'], validityDays: 1 })
  expect((await server.call('GET', '/api', undefined, { pair })).status).toBe(401)
  // Signed by the right authority, but for serving.
  const serving = await ca.issue({ commonName: 'kubernetes-admin', organizations: ['system:masters'], hosts: ['x'], usages: ['server'], validityDays: 1 })
  expect((await server.call('GET', '/api', undefined, { pair: serving })).status).toBe(401)
  expect(await handshake({ ca: ca.pair.certificate, servername: 'kubernetes.default.svc' })).toMatchObject({ authorized: true })
  const plain = connectTcp(server.port, '127.0.0.1')
  plain.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
  expect(Buffer.concat(await plain.toArray().catch(() => [])).toString()).not.toContain('HTTP/1.1 200')
})

test('1.2.27, 1.2.28: no file holds the text of a secret', async () => {
  expect(JSON.parse((await server.call('GET', '/api/v1/namespaces/default/secrets/canary')).text)).toMatchObject({
    data: { text: Buffer.from(secretText).toString('base64') },
  })
  const files = readdirSync(server.dataDirectory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const holding = (bytes: string) => files.map((entry) => join(entry.parentPath, entry.name)).filter((path) => readFileSync(path).includes(bytes))
  expect([...holding(secretText), ...holding(Buffer.from(secretText).toString('base64').slice(0, 36))]).toEqual([])
  expect(holding('k8s:enc:').length).toBeGreaterThan(0)
})

/** What a client with these offers gets. */
function handshake(options: ConnectionOptions): Promise<{ readonly protocol: string | null; readonly cipher: string; readonly authorized: boolean } | string> {
  const { promise, resolve } = Promise.withResolvers<Awaited<ReturnType<typeof handshake>>>()
  const socket = connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => {
    resolve({ protocol: socket.getProtocol(), cipher: socket.getCipher().name, authorized: socket.authorized })
    socket.destroy()
  })
  socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  return promise
}

for (const [ciphers, accepted] of [
  ['AES128-SHA', false],
  ['AES128-GCM-SHA256', false],
  ['AES256-GCM-SHA384', false],
  ['ECDHE-ECDSA-AES128-SHA', false],
  ['ECDHE-RSA-AES128-SHA', false],
  ['ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256', false],
  ['DHE-RSA-AES128-GCM-SHA256', false],
  ['ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256', true],
  ['ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384', true],
  ['ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305', true],
] as const) {
  test(`1.2.29: a client of TLS 1.2 with ${ciphers} is ${accepted ? 'served' : 'refused'}`, async () => {
    const outcome = await handshake({ ciphers, maxVersion: 'TLSv1.2' })
    if (accepted) expect(ciphers).toContain((outcome as { cipher: string }).cipher)
    else expect(outcome).toBe('ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE')
  })
}

test('1.2.29: TLS 1.3 is preferred, 1.1 refused', async () => {
  expect(await handshake({})).toMatchObject({ protocol: 'TLSv1.3' })
  expect(await handshake({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' })).toMatch(/PROTOCOL_VERSION$/)
})

test('1.3.3, 1.3.5: controllers act as themselves, and pods are told the authority', async () => {
  await eventually(() =>
    expect(readFileSync(join(server.dataDirectory, 'audit/audit.log'), 'utf8')).toContain('system:serviceaccount:kube-system:root-ca-cert-publisher'),
  )
  const { text } = await server.call('GET', `${configMap('default')}/kube-root-ca.crt`)
  expect(JSON.parse(text)).toMatchObject({ data: { 'ca.crt': ca.pair.certificate } })
})

test('1.3.7, 1.4.2, 2.1 to 2.7: one port is all there is, of the API, on the address that was asked for; the store has none', () => {
  expect(listeningOf(server.process.pid!)).toEqual([`127.0.0.1:${server.port}`])
})

test('3.2.1, 3.2.2: requests are audited, secrets without what is in them', () => {
  const log = readFileSync(join(server.dataDirectory, 'audit/audit.log'), 'utf8')
  const events = log
    .split('\n')
    .flatMap((line) => (line ? [JSON.parse(line) as { level: string; verb: string; objectRef?: { resource: string; name?: string } }] : []))
  expect(events).toContainEqual(expect.objectContaining({ level: 'Metadata', objectRef: expect.objectContaining({ resource: 'secrets' }) }))
  expect(events.filter((event) => event.objectRef?.resource === 'secrets' && event.level !== 'Metadata')).toEqual([])
  expect(log).not.toContain(Buffer.from(secretText).toString('base64'))
})
