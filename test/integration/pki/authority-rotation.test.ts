// A new authority takes the old one's place while the API server runs; a new key of tokens, with a restart between.
import { readFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { load } from 'js-yaml'
import { newCertificateRequest } from '../../../src/pki/certificate-request.ts'
import { certificatesOf } from '../../../src/pki/certificates-of.ts'
import { succeed } from '../../support/command.ts'
import { eventually } from '../../support/eventually.ts'
import { callHttps } from '../../support/https-call.ts'
import { CoxServer, stop } from '../cis/cox-server.ts'

const entry = join(import.meta.dirname, '../../../src/cmd/main.ts')
let server: CoxServer
beforeEach(async () => {
  server = await CoxServer.start(mkdtempSync(join(tmpdir(), 'authority-')))
})
afterEach(() => server[Symbol.asyncDispose]())

const cox = (...argv: string[]) => succeed([process.execPath, entry, ...argv, '--data-dir', server.dataDirectory], { env: { HOME: server.directory } })
const bundle = () => readFileSync(join(server.dataDirectory, 'pki/ca.crt'), 'utf8')
const data = async (path: string) => (JSON.parse((await server.call('GET', path)).text) as { data: Record<string, string> }).data

/** What the administrator's kubeconfig says now. */
function kubeconfig() {
  const { clusters, users } = load(readFileSync(server.kubeconfig, 'utf8')) as {
    clusters: readonly { cluster: Record<string, string> }[]
    users: readonly { user: Record<string, string> }[]
  }
  const text = (base64: string | undefined) => Buffer.from(base64 ?? '', 'base64').toString()
  const { user } = users[0]!
  return {
    ca: text(clusters[0]!.cluster['certificate-authority-data']),
    clientCertificate: { certificate: text(user['client-certificate-data']), key: text(user['client-key-data']) },
  }
}

/** Who the server says that we are, on a connection that believes `ca` only; an error when it does not certify itself by that. */
const whoAmI = async ({ ca, clientCertificate }: ReturnType<typeof kubeconfig>) => {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  return (await callHttps(server.port, 'POST /apis/authentication.k8s.io/v1/selfsubjectreviews', { body, ca, clientCertificate })).status
}

test('authorities: believed side by side, then the new one signs, then it is alone; nobody restarts', async () => {
  const old = kubeconfig()
  const { pid } = server.process
  expect(await whoAmI(old)).toBe(201)

  await cox('certs', 'rotate-ca', 'trust')
  // Everybody is told of both.
  await eventually(async () => {
    expect((await data('/api/v1/namespaces/default/configmaps/kube-root-ca.crt'))['ca.crt']).toBe(bundle())
    expect(kubeconfig().ca).toBe(bundle())
    const info = load((await data('/api/v1/namespaces/kube-public/configmaps/cluster-info'))['kubeconfig']!) as {
      clusters: readonly { cluster: Record<string, string> }[]
    }
    expect(Buffer.from(info.clusters[0]!.cluster['certificate-authority-data']!, 'base64').toString()).toBe(bundle())
    expect((await data('/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication'))['client-ca-file']).toBe(bundle())
  })
  expect(await whoAmI(old)).toBe(201)

  await cox('certs', 'rotate-ca', 'issue')
  const [current, previous] = certificatesOf(bundle())
  await eventually(async () => {
    const now = kubeconfig()
    expect(now.clientCertificate.certificate).not.toBe(old.clientCertificate.certificate)
    // The server shows itself by the new authority now, and believes those whom the old one has certified.
    expect(await whoAmI({ ...now, ca: current! })).toBe(201)
    expect(await whoAmI({ ...old, ca: current! })).toBe(201)
  })
  await expect(whoAmI({ ...old, ca: previous! })).rejects.toThrow()
  // Requests are signed by the new one.
  const { request } = await newCertificateRequest({ commonName: 'alice', organizations: [] })
  const csrs = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
  const spec = { request: Buffer.from(request).toString('base64'), signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] }
  const admin = { pair: kubeconfig().clientCertificate }
  const made = JSON.parse((await server.call('POST', csrs, { metadata: { name: 'alice' }, spec }, admin)).text) as object
  await server.call('PUT', `${csrs}/alice/approval`, { ...made, status: { conditions: [{ type: 'Approved', status: 'True', reason: 'x' }] } }, admin)
  const alice = await eventually(async () => {
    const { status } = JSON.parse((await server.call('GET', `${csrs}/alice`, undefined, admin)).text) as { status: { certificate?: string } }
    expect(status.certificate).toBeDefined()
    return Buffer.from(status.certificate!, 'base64').toString()
  })

  await cox('certs', 'rotate-ca', 'finish')
  await eventually(async () => expect(await whoAmI({ ...old, ca: current! })).toBe(401))
  expect(await whoAmI(kubeconfig())).toBe(201)
  expect(certificatesOf(alice)).toHaveLength(1)
  expect([server.process.exitCode, server.process.pid]).toEqual([null, pid])
}, 60_000)

test('the key of tokens: tokens of the old key are good until it is dropped', async () => {
  const accounts = '/api/v1/namespaces/default/serviceaccounts/default/token'
  const newToken = async () =>
    (
      JSON.parse((await server.call('POST', accounts, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} })).text) as {
        status: { token: string }
      }
    ).status.token
  const keyOf = (token: string) => (JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid
  const known = async (token: string) => (await server.call('GET', '/api/v1/namespaces/default/pods', undefined, { token })).status
  const keys = async () => (JSON.parse((await server.call('GET', '/openid/v1/jwks')).text) as { keys: readonly { kid: string }[] }).keys.map(({ kid }) => kid)
  const restart = async () => {
    await stop(server.process)
    server = await CoxServer.start(server.directory)
  }
  const old = await newToken()
  await cox('certs', 'rotate-token-key', 'begin')
  await restart()
  const next = await newToken()
  expect(await keys()).toEqual([keyOf(next), keyOf(old)])
  // 403: known, and without the right to.
  expect([await known(old), await known(next)]).toEqual([403, 403])
  await cox('certs', 'rotate-token-key', 'finish')
  await restart()
  expect(await keys()).toEqual([keyOf(next)])
  expect([await known(old), await known(next)]).toEqual([401, 403])
}, 60_000)
