// Paths and queries that are nobody's, and the checks of health, beyond the recorded scenarios. Source: k8s.io/apiserver pkg/server/handler.go
// (director), pkg/server/{healthz,routes}, pkg/endpoints/filters/request_deadline.go.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ControlPlanePart } from '../../../src/apiserver/server-options.ts'
import { serveHealth } from '../../../src/component-base/serving/health-server.ts'
import { tlsSettingsDefault } from '../../../src/component-base/serving/tls-settings.ts'
import { CertificateAuthority } from '../../../src/pki/certificate-authority.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { HttpsApiServer, nobodyToken } from '../../support/https-api-server.ts'

let server: HttpsApiServer
const configMaps = '/api/v1/namespaces/default/configmaps'
const json = 'application/json'
const text = 'text/plain; charset=utf-8'
const noSuchResource = 'the server could not find the requested resource'
const pageNotFound = '404 page not found\n'
const timeout = (why: string) => `invalid timeout specified in the request URL - time: ${why}`

beforeAll(async () => {
  server = await HttpsApiServer.start()
})
afterAll(() => server[Symbol.asyncDispose]())

test.each([
  // Below what a server routes, its router answers; below what nobody routes there is no Status.
  ['/api/v2', '', 404, json, noSuchResource],
  ['/apis/apps/v9', '', 404, json, noSuchResource],
  ['/apis/apps/v9/things', '', 404, json, noSuchResource],
  ['/apis/nope', '', 404, text, pageNotFound],
  ['/apis/nope/v1', '', 404, text, pageNotFound],
  ['/apis/nope/v1/namespaces/n/things/x', '', 404, text, pageNotFound],
  ['/version', 'text/html', 406, json, '406: Not Acceptable\n\nAvailable representations: application/json'],
  ['/version/x', '', 404, json, noSuchResource],
  ['/openid/v1/jwks/x', '', 404, json, noSuchResource],
  ['/metrics/', '', 404, text, pageNotFound],
  ['/livez/', '', 404, text, pageNotFound],
  ['/livez/etcd', '', 200, text, 'ok'],
  ['/healthz/log', '', 200, text, 'ok'],
  ['/readyz/etcd-readiness', '', 200, text, 'ok'],
  ['/livez/etcd-readiness', '', 404, text, pageNotFound],
  [`${configMaps}?timeout=x`, '', 400, json, timeout('invalid duration "x"')],
  [`${configMaps}?timeout=5`, '', 400, json, timeout('missing unit in duration "5"')],
  [`${configMaps}?timeout=5x`, '', 400, json, timeout('unknown unit "x" in duration "5x"')],
  [`${configMaps}?timeout=-1s`, '', 200, json, undefined],
] as const)('%s', async (path, accept, status, type, message) => {
  const reply = await server.call('GET', path, accept === '' ? {} : { headers: { accept } })
  const said = type === json ? reply.json()['message'] : reply.text
  expect([reply.status, reply.headers['content-type'], said]).toEqual([status, type, message])
})

// Source: net/url/url.go (ParseQuery): malformed pairs are dropped, the others count.
test.each([
  ['?limit=%zz', 200],
  ['?limit=x%zz&limit=y', 400],
  ['?limit=x;limit=y', 200],
  ['?limit=x;&watch=maybe%', 200],
  ['?labelSelector=a%3D%3D&fieldSelector=%', 200],
  ['?fieldSelector=a;b&labelSelector=!', 400],
  ['??limit=x', 200],
] as const)('a query that is malformed: %s', async (query, status) => {
  expect((await server.call('GET', `${configMaps}${query}`)).status).toBe(status)
})

// Source: pkg/server/routes/index.go, pkg/server/config.go (installAPI), component-base metrics/prometheus/slis.
test('the index has two paths; what levels of service are told from has one of its own', async () => {
  const [index, html] = await Promise.all(['/', '/index.html'].map((path) => server.call('GET', path)))
  expect(html!.text).toBe(index!.text)
  expect((await server.call('GET', '/livez/etcd')).text).toBe('ok')
  const { text: slis } = await server.call('GET', '/metrics/slis')
  expect(slis).toContain('kubernetes_healthcheck{type="livez",name="etcd"} 1')
  expect(slis).toContain('process_start_time_seconds')
})

// Source: pkg/registry/core/componentstatus/rest.go; pkg/endpoints/handlers/get.go (ListResource without a watcher).
test.each([
  ['', 200, 1],
  ['?labelSelector=a', 200, 0],
  ['?fieldSelector=metadata.name%3Detcd-0', 200, 1],
  ['?fieldSelector=metadata.name%3Dscheduler', 200, 0],
  ['?fieldSelector=foo%3D1', 400, '"foo" is not a known field selector: only "metadata.name", "metadata.namespace"'],
  ['?limit=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
  ['?watch=1', 405, 'watch is not supported on resources of kind "componentstatuses"'],
] as const)('componentstatuses%s', async (query, status, found) => {
  const reply = await server.call('GET', `/api/v1/componentstatuses${query}`)
  const { items, message } = reply.json() as { items?: unknown[]; message?: string }
  expect([reply.status, message ?? items!.length]).toEqual([status, found])
})

// Source: pkg/registry/core/componentstatus/validator.go, pkg/probe/http/http.go.
test('componentstatuses of whom the server knows: healthy, unwell, and gone', async () => {
  const ending = new AbortController()
  const pair = await (await CertificateAuthority.create('ca', systemClock)).issue({ commonName: 'x', hosts: [], usages: ['server'], validityDays: 1 })
  const tls = { ...tlsSettingsDefault, cert: pair.certificate, key: pair.key }
  const serve = (status: number) => serveHealth({ host: '127.0.0.1', port: 0, paths: { '/healthz': () => ({ status, body: 'ok' }) }, tls }, ending.signal)
  const [well, unwell] = await Promise.all([serve(200), serve(500)])
  await using known = await HttpsApiServer.start({
    controlPlaneParts: new Map<string, ControlPlanePart>([
      ['well', well.port],
      ['unwell', unwell.port],
      ['gone', 1],
      ['here', 'in-process'],
    ]),
  })
  const { items } = (await known.call('GET', '/api/v1/componentstatuses')).json() as { items: { metadata: { name: string }; conditions: object[] }[] }
  const condition = (status: 'True' | 'False', message: string) => [{ type: 'Healthy', status, message }]
  expect(Object.fromEntries(items.map(({ metadata, conditions }) => [metadata.name, conditions]))).toEqual({
    well: condition('True', 'ok'),
    unwell: condition('False', 'HTTP probe failed with statuscode: 500'),
    gone: condition('False', 'Get "https://127.0.0.1:1/healthz": dial tcp 127.0.0.1:1: connect: connection refused'),
    here: condition('True', 'ok'),
    'etcd-0': condition('True', 'ok'),
  })
  expect((await known.call('GET', '/api/v1/componentstatuses/gone')).json()).toMatchObject({ metadata: { name: 'gone' } })
  expect((await known.call('GET', '/api/v1/componentstatuses/none')).status).toBe(404)
  ending.abort()
  await Promise.all([well.closed, unwell.closed])
})

// To Go's server any token is a method. Source: net/http request.go (validMethod), pkg/endpoints/request/requestinfo.go.
test.each([
  ['BREW', configMaps, {}, 405, 'the server does not allow this method on the requested resource'],
  ['BREW', configMaps, { body: { metadata: { name: 'x' } } }, 405, 'the server does not allow this method on the requested resource'],
  [
    'BREW',
    configMaps,
    { token: nobodyToken },
    403,
    `configmaps is forbidden: User "nobody" cannot  resource "configmaps" in API group "" in the namespace "default"`,
  ],
  ['BREW', '/version', {}, 405, 'the server does not allow this method on the requested resource'],
] as const)('%s %s', async (method, path, call, status, message) => {
  const reply = await server.call(method, path, call)
  expect([reply.status, reply.json()['message'], reply.headers['connection']]).toEqual([status, message, 'close'])
})
