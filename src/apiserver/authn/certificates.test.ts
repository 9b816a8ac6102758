// Whose certificates count, and for what: clients of the cluster's authority, and the proxy that speaks for others.
import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { CertificateAuthority } from '../../pki/certificate-authority.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import type { ClientCertificate, Credentials } from './authenticator.ts'
import { CertificateBundle } from './certificate-bundle.ts'
import { requestHeaderAuthenticator } from './request-header.ts'
import { unionAuthenticator } from './union.ts'
import { x509Authenticator } from './x509.ts'

const hourMs = 3_600_000
const nowMs = Date.UTC(2026, 0, 10)
const clockAt = (hours: number) => new FakeClock(nowMs + hours * hourMs)

const create = (name: string) => CertificateAuthority.create(name, clockAt(-100))
const authorities = { cluster: await create('kubernetes'), frontProxy: await create('front-proxy-ca'), other: await create('kubernetes') }
const bundleOf = (...names: (keyof typeof authorities)[]) => new CertificateBundle(names.map((name) => authorities[name].pair.certificate).join(''))

interface Issue {
  readonly by?: keyof typeof authorities
  readonly name?: string
  /** When it is issued, in hours from now; it lives for a day. */
  readonly at?: number
  readonly usages?: readonly ('client' | 'server')[]
}

async function certificate({ by = 'cluster', name = 'alice', at = -1, usages = ['client'] }: Issue = {}): Promise<ClientCertificate> {
  const authority = new CertificateAuthority(authorities[by].pair, clockAt(at))
  const { certificate: pem } = await authority.issue({ commonName: name, organizations: ['dev'], usages, validityDays: 1 })
  return { commonName: name, organizations: ['dev'], fingerprint: 'ab', chain: [new X509Certificate(pem)] }
}

test.each<[why: string, issue: Issue, problem: string | undefined]>([
  ['of the cluster', {}, undefined],
  [
    'another authority, though of the same name',
    {
      by: 'other',
    },
    'x509: certificate signed by unknown authority',
  ],
  [
    "the front proxy's authority",
    {
      by: 'frontProxy',
    },
    'x509: certificate signed by unknown authority',
  ],
  ['expired', { at: -30 }, 'x509: certificate has expired or is not yet valid'],
  ['not yet valid', { at: 2 }, 'x509: certificate has expired or is not yet valid'],
  ['for servers', { usages: ['server'] }, 'x509: certificate specifies an incompatible key usage'],
  ['for both', { usages: ['server', 'client'] }, undefined],
])('a certificate: %s', async (_, issue, problem) => {
  const bundle = bundleOf('cluster')
  expect(bundle.problemWith(await certificate(issue), nowMs)).toBe(problem)
})

test('it is believed for as long as it lives and its authority is believed, on one connection', async () => {
  const clock = clockAt(0)
  let bundle: CertificateBundle | undefined = bundleOf('cluster')
  const authenticate = x509Authenticator(clock, () => bundle)
  const credentials = { bearerToken: undefined, clientCertificate: await certificate() }
  expect(authenticate(credentials)).toMatchObject({ name: 'alice', groups: ['dev'] })
  bundle = bundleOf('other')
  expect(() => authenticate(credentials)).toThrow('unknown authority')
  bundle = bundleOf('other', 'cluster')
  expect(authenticate(credentials)).toMatchObject({ name: 'alice' })
  await clock.advance(24 * hourMs)
  expect(() => authenticate(credentials)).toThrow('expired')
  bundle = undefined
  expect(authenticate(credentials)).toBeUndefined()
})

test('what the TLS layer holds against a certificate counts', async () => {
  const authenticate = x509Authenticator(clockAt(0), () => bundleOf('cluster'))
  const clientCertificate = { ...(await certificate()), verificationError: 'PERMITTED_VIOLATION' }
  expect(() => authenticate({ bearerToken: undefined, clientCertificate })).toThrow('PERMITTED_VIOLATION')
})

const proxyOptions = {
  allowedNames: ['front-proxy-client'],
  usernameHeaders: ['X-Remote-User', 'X-Other-User'],
  uidHeaders: ['X-Remote-Uid'],
  groupHeaders: ['X-Remote-Group'],
  extraHeaderPrefixes: ['X-Remote-Extra-'],
}

function credentials(clientCertificate: ClientCertificate | undefined, sent: Record<string, readonly string[]>): Credentials {
  const headers = Object.fromEntries(Object.entries(sent).map(([name, values]) => [name, values.join(', ')]))
  return { bearerToken: undefined, clientCertificate, request: { headers, headerValues: (name) => sent[name] ?? [] } }
}

const forBob = {
  'x-remote-user': ['bob', 'root'],
  'x-remote-uid': ['u1'],
  'x-remote-group': ['a, b', 'c'],
  'x-remote-extra-acme.io%2fproject': ['x'],
  'x-remote-extra-scopes': ['read', 'write'],
}

test('the proxy speaks for others, with all that it says of them', async () => {
  const authenticate = requestHeaderAuthenticator(proxyOptions, () => bundleOf('frontProxy'), clockAt(0))
  const proxy = await certificate({ by: 'frontProxy', name: 'front-proxy-client' })
  expect(authenticate(credentials(proxy, forBob))).toEqual({
    name: 'bob',
    uid: 'u1',
    groups: ['a, b', 'c'],
    extra: new Map([
      ['acme.io/project', ['x']],
      ['scopes', ['read', 'write']],
    ]),
  })
  expect(authenticate(credentials(proxy, { 'x-remote-user': [''], 'x-other-user': ['carol'] }))).toMatchObject({ name: 'carol', groups: [] })
  expect(authenticate(credentials(proxy, { 'x-remote-group': ['system:masters'] }))).toBeUndefined()
})

test.each<[why: string, issue: Issue | undefined, outcome: string | undefined]>([
  ['nobody', undefined, undefined],
  ['a client of the cluster stays who it is, by the name of the proxy, too', { name: 'front-proxy-client' }, 'front-proxy-client'],
  [
    'the right authority, another name',
    {
      by: 'frontProxy',
      name: 'mallory',
    },
    'refused',
  ],
  [
    'the right name, another authority',
    {
      by: 'other',
      name: 'front-proxy-client',
    },
    'refused',
  ],
  [
    'the proxy, expired',
    {
      by: 'frontProxy',
      name: 'front-proxy-client',
      at: -30,
    },
    'refused',
  ],
  [
    "the proxy's authority, for servers",
    {
      by: 'frontProxy',
      name: 'front-proxy-client',
      usages: ['server'],
    },
    'refused',
  ],
  [
    'the proxy',
    {
      by: 'frontProxy',
      name: 'front-proxy-client',
    },
    'bob',
  ],
])('headers of %s', async (_, issue, outcome) => {
  const clock = clockAt(0)
  const [client, requestHeader] = [bundleOf('cluster'), bundleOf('frontProxy')]
  const authenticate = unionAuthenticator([requestHeaderAuthenticator(proxyOptions, () => requestHeader, clock), x509Authenticator(clock, () => client)])
  const given = credentials(issue && (await certificate(issue)), forBob)
  const name = await Promise.try(() => authenticate(given)).then(
    (user) => user?.name,
    () => 'refused',
  )
  expect(name).toBe(outcome)
})

test('a bundle without certificates is refused', () => {
  expect(() => new CertificateBundle('nothing')).toThrow('data does not contain any valid certificates')
  expect(() => new CertificateBundle('-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n')).toThrow()
})
