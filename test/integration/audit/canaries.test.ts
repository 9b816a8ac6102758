// Secrets stay where they belong (CVE-2019-11250, CVE-2020-8563 to 8566): whatever is sent to servers that log all they can and
// audit at level Metadata, not one canary is in what they have written. Real processes, with the flags and defaults of users.
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { canary, expectNoCanary, Processes } from './canary.ts'
import { eventsIn, send } from './server.ts'

const processes = new Processes()
afterEach(() => processes.end())

const isReady = async (port: number, token: string) => expect((await send(port, 'GET /readyz', { token })).status).toBe(200)

/** Everything that carries a secret, in honest requests and in broken ones. */
async function sendSecrets(port: number, token: string): Promise<void> {
  const call = (line: string, options: Parameters<typeof send>[2] = {}) => send(port, line, { token, ...options })
  const secrets = '/api/v1/namespaces/default/secrets'
  const data = { password: Buffer.from(canary).toString('base64') }
  // Bodies of secrets and configmaps: created, changed, applied, listed, broken in several ways.
  expect((await call(`POST ${secrets}`, { body: { metadata: { name: 's' }, data, stringData: { more: canary } } })).status).toBe(201)
  expect((await call(`PATCH ${secrets}/s`, { body: { stringData: { password: canary } } })).status).toBe(200)
  const manifest = `apiVersion: v1\nkind: Secret\nmetadata: {name: t}\nstringData: {password: ${canary}}\n`
  await call(`PATCH ${secrets}/t?fieldManager=m`, { headers: { 'content-type': 'application/apply-patch+yaml' }, body: manifest })
  expect((await call(`GET ${secrets}`)).body).toContain(data.password)
  const broken = [`{"stringData": {"password": "${canary}"`, `{"data": {"password": "${canary}"}}`, `{"data": "${canary}"}`, `[${JSON.stringify(canary)}]`]
  for (const body of broken) {
    expect((await call(`POST ${secrets}`, { body })).status).toBeGreaterThanOrEqual(400)
    expect((await call(`PATCH ${secrets}/s`, { body })).status).toBeGreaterThanOrEqual(400)
    await call(`PATCH ${secrets}/s`, { body, headers: { 'content-type': 'application/json-patch+json' } })
    await call(`PATCH ${secrets}/s?fieldManager=m`, { body, headers: { 'content-type': 'application/apply-patch+yaml' } })
    await call('POST /apis/authentication.k8s.io/v1/tokenreviews', { body })
  }
  await call(`PUT ${secrets}/s`, { body: { metadata: { name: 's' }, type: 'kubernetes.io/tls', data: { [canary]: canary } } })
  await call('POST /api/v1/namespaces/default/configmaps', { body: { metadata: { name: 'c' }, data: { password: canary } } })
  // Tokens: known, unknown, reviewed; in headers, in the query, in the request line.
  await call('GET /api/v1/pods', { token: canary })
  await call('GET /api/v1/pods', { headers: { authorization: `Basic ${Buffer.from(`user:${canary}`).toString('base64')}` } })
  await call('GET /api/v1/pods', { headers: { cookie: `session=${canary}`, 'proxy-authorization': canary, 'x-remote-user': canary } })
  await call(`GET /api/v1/pods?access_token=${canary}&limit=1`)
  await call(`GET https://user:${canary}@127.0.0.1:${port}/api/v1/pods`)
  await call('POST /apis/authentication.k8s.io/v1/tokenreviews', { body: { spec: { token: canary } } })
  // Through the proxies, to nobody.
  await call(`GET /api/v1/namespaces/default/services/none/proxy/?access_token=${canary}`, { headers: { cookie: canary } })
  const upgrade = httpsRequest({
    host: '127.0.0.1',
    port,
    path: `/api/v1/namespaces/default/pods/none/exec?stdout=1&access_token=${canary}`,
    rejectUnauthorized: false,
    agent: false,
    headers: {
      authorization: `Bearer ${token}`,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-protocol': `base64url.bearer.authorization.k8s.io.${canary}`,
    },
  })
  upgrade.on('error', () => {})
  upgrade.end()
  await Promise.race([once(upgrade, 'response'), once(upgrade, 'upgrade'), once(upgrade, 'close')])
  upgrade.destroy()
}

for (const format of ['text', 'json'] as const) {
  test(`kube-apiserver --v=10, ${format} logs, audited at Metadata`, async () => {
    const folder = processes.folder()
    const file = (name: string) => join(folder, name)
    writeFileSync(file('policy'), 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n')
    // The administrator's own token is a canary, too.
    const token = `admin-${canary}`
    writeFileSync(file('tokens'), `${token},admin,u,"system:masters"\n`)
    const server = await processes.start('kube-apiserver', (port) => [
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--data-dir=${file('data')}`,
      '--storage-driver=memory',
      `--token-auth-file=${file('tokens')}`,
      `--audit-policy-file=${file('policy')}`,
      `--audit-log-path=${file('audit.log')}`,
      `--logging-format=${format}`,
      '--v=10',
    ])
    await eventually(() => isReady(server.port, token))
    await sendSecrets(server.port, token)
    const issued = await send(server.port, 'POST /api/v1/namespaces/default/serviceaccounts', { token, body: { metadata: { name: 'a' } } })
    expect(issued.status).toBe(201)
    const { status } = JSON.parse((await send(server.port, 'POST /api/v1/namespaces/default/serviceaccounts/a/token', { token, body: {} })).body) as {
      status: { token: string }
    }
    await send(server.port, 'GET /api/v1/pods', { token: status.token })
    await send(server.port, 'GET /api/v1/pods', { token: `${status.token}x` })
    expect(await server.stop()).toBe(0)

    const audit = readFileSync(file('audit.log'), 'utf8')
    expectNoCanary('log', server.said())
    expectNoCanary('audit', audit)
    for (const part of status.token.split('.').slice(1)) {
      expect(server.said()).not.toContain(part)
      expect(audit).not.toContain(part)
    }
    // The test has teeth: what was sent is there, with its outcome.
    expect(server.said()).toContain('Unable to authenticate the request')
    const events = eventsIn(file('audit.log'))
    const outcomes = events.flatMap(({ objectRef, responseStatus, stage }) =>
      objectRef?.resource === 'secrets' && stage === 'ResponseComplete' ? [responseStatus!.code] : [],
    )
    expect(outcomes).toEqual(expect.arrayContaining([200, 201, 400, 422]))
    expect(events.map(({ requestURI }) => requestURI)).toContain('/api/v1/pods?access_token=REDACTED&limit=1')
  })
}

test('cox server audits by default, and its policy keeps bodies out', async () => {
  const folder = processes.folder()
  const server = await processes.start('server', (port) => [
    `--data-dir=${folder}`,
    `--secure-port=${port}`,
    `--write-kubeconfig=${join(folder, 'kubeconfig')}`,
  ])
  const { cert, key } = await eventually(() => clientOf(join(folder, 'kubeconfig')))
  const call = async (line: string, body?: object) => {
    const [method, path] = line.split(' ')
    const text = body && JSON.stringify(body)
    const headers = text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : {}
    const outgoing = httpsRequest({ host: '127.0.0.1', port: server.port, method, path, cert, key, headers, rejectUnauthorized: false, agent: false })
    outgoing.end(text)
    const [response] = (await once(outgoing, 'response')) as [import('node:http').IncomingMessage]
    await response.toArray()
    return response.statusCode
  }
  await eventually(async () => expect(await call('GET /readyz')).toBe(200))
  await eventually(async () =>
    expect(await call('POST /api/v1/namespaces/default/secrets', { metadata: { name: 's' }, stringData: { password: canary } })).toBe(201),
  )
  await call('POST /api/v1/namespaces/default/configmaps', { metadata: { name: 'c' }, data: { password: canary } })
  expect(await server.stop()).toBe(0)

  const log = join(folder, 'audit/audit.log')
  expect([statSync(log).mode & 0o777, statSync(join(folder, 'audit')).mode & 0o777, readdirSync(join(folder, 'audit'))]).toEqual([0o600, 0o700, ['audit.log']])
  const events = eventsIn(log)
  const secret = events.find(({ objectRef, verb }) => objectRef?.resource === 'secrets' && verb === 'create')!
  expect(secret).toMatchObject({
    level: 'Metadata',
    stage: 'ResponseComplete',
    user: { username: 'kubernetes-admin', extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)] } },
    objectRef: { name: 's', namespace: 'default' },
    responseStatus: { code: 201 },
  })
  expect(new Set(events.map(({ level }) => level))).toEqual(new Set(['Metadata']))
  expectNoCanary('audit', readFileSync(log, 'utf8'))
  expectNoCanary('log', server.said())
})

function clientOf(kubeconfig: string): { cert: Buffer; key: Buffer } {
  const text = readFileSync(kubeconfig, 'utf8')
  const member = (name: string) => Buffer.from(new RegExp(`"?${name}"?: *"?([A-Za-z0-9+/=]+)`).exec(text)![1]!, 'base64')
  return { cert: member('client-certificate-data'), key: member('client-key-data') }
}
