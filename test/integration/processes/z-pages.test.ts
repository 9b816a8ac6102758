// /statusz and /flagz (KEP-4827, KEP-4828) where they are served: by the API server to whom RBAC lets, by kube-proxy to whoever reaches it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLogger } from '../../../src/component-base/logger.ts'
import { MetricsRegistry } from '../../../src/component-base/metrics/registry.ts'
import { componentZPages } from '../../../src/cmd/component-z-pages.ts'
import { serveAddresses } from '../../../src/proxy/serve-addresses.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { eventually } from '../../support/eventually.ts'
import { HttpsApiServer, nobodyToken } from '../../support/https-api-server.ts'

const flags = new Map([
  ['v', '2'],
  ['authorization-mode', 'Node,RBAC'],
])
const structured = (kind: string, version = 'v1beta1') => `application/json;v=${version};g=config.k8s.io;as=${kind}`
let server: HttpsApiServer
beforeAll(async () => {
  server = await HttpsApiServer.start({ flags })
})
afterAll(() => server[Symbol.asyncDispose]())

const get = (path: string, accept?: string, token?: string) =>
  server.call('GET', path, { ...(accept ? { headers: { accept } } : {}), ...(token ? { token } : {}) })

test('the API server: text for people', async () => {
  const [statusz, flagz] = await Promise.all([get('/statusz'), get('/flagz')])
  expect([statusz.status, statusz.headers['content-type'], flagz.status]).toEqual([200, 'text/plain; charset=utf-8', 200])
  expect(statusz.text).toMatch(/^\nkube-apiserver statusz\nWarning: .*\n\nStarted/)
  expect(statusz.text).toMatch(/\nPaths.* \/flagz \/healthz \/livez \/metrics \/readyz \/version\n$/)
  expect(flagz.text).toMatch(/\nauthorization-mode.{1,2}Node,RBAC\nv.{1,2}2\n$/)
})

test('the API server: objects for programs, and a deprecation for the older version', async () => {
  const beta = await get('/statusz', structured('Statusz'))
  expect([beta.status, beta.headers['content-type'], beta.headers['warning'], beta.json()]).toEqual([
    200,
    'application/json',
    undefined,
    expect.objectContaining({
      kind: 'Statusz',
      apiVersion: 'config.k8s.io/v1beta1',
      metadata: { name: 'kube-apiserver' },
      binaryVersion: '1.36.2',
      emulationVersion: '1.36',
      paths: ['/flagz', '/healthz', '/livez', '/metrics', '/readyz', '/version'],
    }),
  ])
  const alpha = await get('/flagz', structured('Flagz', 'v1alpha1'))
  expect([alpha.headers['warning'], alpha.json()]).toEqual([
    '299 - "This version of the flagz endpoint is deprecated. Please use a newer version."',
    { kind: 'Flagz', apiVersion: 'config.k8s.io/v1alpha1', metadata: { name: 'kube-apiserver' }, flags: { 'authorization-mode': 'Node,RBAC', v: '2' } },
  ])
  const yaml = await get('/flagz', 'application/yaml;v=v1beta1;g=config.k8s.io;as=Flagz')
  expect(yaml.text).toBe(
    'apiVersion: config.k8s.io/v1beta1\nflags:\n  authorization-mode: Node,RBAC\n  v: "2"\nkind: Flagz\nmetadata:\n  name: kube-apiserver\n',
  )
})

test.each([
  ['/statusz', undefined, nobodyToken, 403],
  ['/flagz', undefined, nobodyToken, 403],
  ['/statusz', 'application/json', undefined, 406],
  ['/statusz/', undefined, undefined, 404],
  ['/flagz/x', undefined, undefined, 404],
] as const)('the API server: %s, accepting %s, as %s: %i', async (path, accept, token, status) => expect((await get(path, accept, token)).status).toBe(status))

test('without a command line there are no flags to show', async () => {
  await using bare = await HttpsApiServer.start()
  expect((await bare.call('GET', '/flagz')).status).toBe(404)
  expect((await bare.call('GET', '/statusz')).status).toBe(200)
})

test('kube-proxy: at its metrics address', async () => {
  const ending = new AbortController()
  const port = 21_249
  const metrics = {
    host: '127.0.0.1',
    port,
    registry: new MetricsRegistry(),
    zPages: (paths: readonly string[]) => componentZPages('kube-proxy', { flags, paths }),
  }
  const ended = serveAddresses({ metrics, clock: systemClock, logger: silentLogger, healthy: () => ({ status: 200, body: '' }) }, ending.signal)
  const ask = (path: string, accept: string) => fetch(`http://127.0.0.1:${port}${path}`, { headers: { accept } })
  await eventually(async () => expect((await ask('/statusz', '*/*')).status).toBe(200))
  const statusz = await ask('/statusz', structured('Statusz'))
  expect(await statusz.json()).toMatchObject({ metadata: { name: 'kube-proxy' }, paths: ['/flagz', '/healthz', '/metrics', '/proxyMode'] })
  expect(await (await ask('/flagz', 'text/plain')).text()).toContain('kube-proxy flagz')
  const old = await ask('/flagz', structured('Flagz', 'v1alpha1'))
  expect(old.headers.get('warning')).toContain('flagz endpoint is deprecated')
  expect((await ask('/flagz', 'application/json')).status).toBe(406)
  ending.abort()
  await ended
})
