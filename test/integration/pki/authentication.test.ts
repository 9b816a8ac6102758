// Who is let in over TLS, and as whom: certificates good and bad, a front proxy and those who play one, bootstrap tokens.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Secret } from '../../../src/api/core/v1.ts'
import type { New } from '../../../src/api/object.ts'
import { secrets } from '../../../src/api/resources.ts'
import { CertificateAuthority, type KeyPair } from '../../../src/pki/certificate-authority.ts'
import { FakeClock } from '../../../src/util/fake/clock.ts'
import { eventually } from '../../support/eventually.ts'
import { TestControlPlane } from './control-plane.ts'

let plane: TestControlPlane
let directory: string
beforeAll(async () => {
  plane = await TestControlPlane.start()
  directory = mkdtempSync(join(tmpdir(), 'chain-'))
})
afterAll(async () => {
  rmSync(directory, { recursive: true })
  await plane[Symbol.asyncDispose]()
})

const hourMs = 3_600_000

interface Issue {
  readonly by?: 'ca' | 'frontProxyCa' | 'stranger'
  readonly name?: string
  readonly organizations?: readonly string[]
  /** When it is issued, in hours from now; it lives for a day. */
  readonly at?: number
  readonly usages?: readonly ('client' | 'server')[]
}

async function issue({ by = 'ca', name = 'alice', organizations = ['dev'], at = 0, usages = ['client'] }: Issue): Promise<KeyPair> {
  const clock = new FakeClock(Date.now() + at * hourMs)
  const authority = by === 'stranger' ? await CertificateAuthority.create('kubernetes', clock) : new CertificateAuthority(plane.pki[by].pair, clock)
  return authority.issue({ commonName: name, organizations, usages, validityDays: 1 })
}

test.each<[why: string, given: Issue, outcome: string]>([
  ['good', {}, 'alice [dev system:authenticated]'],
  ['of another authority with the same name', { by: 'stranger', organizations: ['system:masters'] }, '401 Unauthorized'],
  ['of the front proxy’s authority', { by: 'frontProxyCa', organizations: ['system:masters'] }, '401 Unauthorized'],
  ['expired', { at: -30 }, '401 Unauthorized'],
  ['not yet valid', { at: 5 }, '401 Unauthorized'],
  ['for servers', { usages: ['server'] }, '401 Unauthorized'],
])('a certificate: %s', async (_, given, outcome) => {
  expect(await plane.whoAmI({ pair: await issue(given) })).toBe(outcome)
})

test('a refusal is a Status', async () => {
  const { status, body } = await plane.call('/api/v1/namespaces', { pair: await issue({ by: 'stranger' }) })
  expect([status, body]).toEqual([
    401,
    { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'Unauthorized', reason: 'Unauthorized', code: 401 },
  ])
})

test('a bad certificate beside a good token: the token counts', async () => {
  const token = await plane.kubectl(['create', 'token', 'default'])
  expect(await plane.whoAmI({ pair: await issue({ at: -30 }), token })).toContain('system:serviceaccount:default:default')
})

test('a certificate of an intermediate authority is believed when the intermediate comes with it', async () => {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' })
  const read = (name: string) => readFileSync(join(directory, name), 'utf8')
  writeFileSync(join(directory, 'ca.crt'), plane.pki.ca.pair.certificate)
  writeFileSync(join(directory, 'ca.key'), plane.pki.ca.pair.key)
  const sign = (name: string, by: string, ...extensions: string[]) => {
    openssl('req', '-new', '-nodes', '-newkey', 'rsa:2048', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
    writeFileSync(join(directory, `${name}.ext`), extensions.join('\n'))
    openssl('x509', '-req', '-in', `${name}.csr`, '-CA', `${by}.crt`, '-CAkey', `${by}.key`, '-days', '1', '-extfile', `${name}.ext`, '-out', `${name}.crt`)
  }
  sign('between', 'ca', 'basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign')
  sign('carol', 'between', 'extendedKeyUsage=clientAuth')
  sign('anything', 'ca', 'basicConstraints=CA:FALSE')
  sign('forged', 'anything', 'extendedKeyUsage=clientAuth')
  const chain = { certificate: read('carol.crt') + read('between.crt'), key: read('carol.key') }
  expect(await plane.whoAmI({ pair: chain })).toBe('carol [system:authenticated]')
  expect(await plane.whoAmI({ pair: { ...chain, certificate: read('carol.crt') } })).toBe('401 Unauthorized')
  // A leaf is no authority, though its key can sign.
  expect(await plane.whoAmI({ pair: { certificate: read('forged.crt') + read('anything.crt'), key: read('forged.key') } })).toBe('401 Unauthorized')
  // Without a stated use a certificate is for all uses.
  expect(await plane.whoAmI({ pair: { certificate: read('anything.crt'), key: read('anything.key') } })).toBe('anything [system:authenticated]')
})

const asRoot = { 'X-Remote-User': 'root', 'X-Remote-Group': ['system:masters', 'ops'], 'x-remote-extra-scopes': 'all', X_Remote_User: 'root' }

test.each<[who: string, given: Issue | undefined, outcome: string]>([
  [
    'nobody',
    undefined,
    '403 selfsubjectreviews.authentication.k8s.io is forbidden: User "system:anonymous" cannot create resource "selfsubjectreviews" in API group "authentication.k8s.io" at the cluster scope',
  ],
  ['a client', {}, 'alice [dev system:authenticated]'],
  ['a client of the cluster that is called like the proxy', { name: 'front-proxy-client' }, 'front-proxy-client [dev system:authenticated]'],
  ['a certificate of the proxy’s authority with another name', { by: 'frontProxyCa', name: 'mallory' }, '401 Unauthorized'],
  ['a proxy with an expired certificate', { by: 'frontProxyCa', name: 'front-proxy-client', at: -30 }, '401 Unauthorized'],
  ['the proxy', { by: 'frontProxyCa', name: 'front-proxy-client' }, 'root [system:masters ops system:authenticated]'],
])('headers that say “I am root”, from %s', async (_, given, outcome) => {
  expect(await plane.whoAmI({ headers: asRoot, ...(given ? { pair: await issue(given) } : {}) })).toBe(outcome)
})

test('the proxy without a user is nobody', async () => {
  expect(await plane.whoAmI({ pair: plane.pki.frontProxyClient, headers: { 'X-Remote-Group': 'system:masters' } })).toBe('401 Unauthorized')
})

test('extension servers learn whom to believe; what somebody has removed comes back', async () => {
  const read = () => plane.kubectl(['get', 'configmap', '-n', 'kube-system', 'extension-apiserver-authentication', '-o', 'json'])
  const { data } = JSON.parse(await read()) as { data: Record<string, string> }
  expect([data['client-ca-file'], data['requestheader-client-ca-file']]).toEqual([plane.pki.ca.pair.certificate, plane.pki.frontProxyCa.pair.certificate])
  expect(data['requestheader-allowed-names']).toBe('["front-proxy-client"]')
  await plane.kubectl(['delete', 'configmap', '-n', 'kube-system', 'extension-apiserver-authentication'])
  await eventually(async () => expect((JSON.parse(await read()) as { data: object }).data).toEqual(data))
})

test('bootstrap tokens: while they are there and valid', async () => {
  const secret = (id: string, more: Record<string, string> = {}) =>
    ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'kube-system', name: `bootstrap-token-${id}` },
      type: 'bootstrap.kubernetes.io/token',
      stringData: { 'token-id': id, 'token-secret': '0123456789abcdef', 'usage-bootstrap-authentication': 'true', ...more },
    }) as unknown as New<Secret>
  await plane.admin.create(secrets, secret('abcdef'))
  const whoHas = (token: string) => plane.whoAmI({ token })
  expect(await whoHas('abcdef.0123456789abcdef')).toBe('system:bootstrap:abcdef [system:bootstrappers system:authenticated]')
  for (const token of ['abcdef.0123456789abcdee', 'abcdef', 'abcdef.', 'ABCDEF.0123456789abcdef', 'ghijkl.0123456789abcdef'])
    expect([token, await whoHas(token)]).toEqual([token, '401 Unauthorized'])
  const review = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: {}, spec: { token: 'abcdef.0123456789abcdef' } })
  expect(await plane.kubectl(['create', '-o', 'jsonpath={.status.user.username}', '-f', '-'], review)).toBe('system:bootstrap:abcdef')
  await plane.admin.delete(secrets, { namespace: 'kube-system', name: 'bootstrap-token-abcdef' })
  expect(await whoHas('abcdef.0123456789abcdef')).toBe('401 Unauthorized')
  const almostExpired = new Date(Date.now() + 1500).toISOString()
  await plane.admin.create(secrets, secret('expire', { expiration: almostExpired.replace(/\.\d+/, '') }))
  await eventually(async () => expect(await whoHas('expire.0123456789abcdef')).toBe('401 Unauthorized'))
})
