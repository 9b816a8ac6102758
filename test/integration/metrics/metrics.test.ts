// /metrics of the components of a control plane: upstream's names and labels, for whom the API server lets.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, openSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { callHttps } from '../../support/https-call.ts'
import { CoxServer, stop } from '../cis/cox-server.ts'
import { alphaMetrics, upstreamMetrics } from './names.ts'

const entry = join(import.meta.dirname, '../../../src/cmd/main.ts')
let server: CoxServer
let token = ''
const children: ChildProcess[] = []
beforeAll(async () => {
  server = await CoxServer.start(mkdtempSync(join(tmpdir(), 'metrics-')))
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  const role = { metadata: { name: 'scraper' }, rules: [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }] }
  const subjects = [{ kind: 'ServiceAccount', namespace: 'default', name: 'scraper' }]
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'scraper' }
  await post(`${rbac}/clusterroles`, role)
  await post(`${rbac}/clusterrolebindings`, { metadata: { name: 'scraper' }, roleRef, subjects })
  const monitoring = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:monitoring' }
  await post(`${rbac}/clusterrolebindings`, { metadata: { name: 'monitoring' }, roleRef: monitoring, subjects })
  await post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'scraper' } })
  const request = await post('/api/v1/namespaces/default/serviceaccounts/scraper/token', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {},
  })
  token = (request as { status: { token: string } }).status.token
})
afterAll(async () => {
  for (const child of children) await stop(child)
  await server?.[Symbol.asyncDispose]()
})

async function post(path: string, body: object): Promise<unknown> {
  const { status, text } = await server.call('POST', path, body)
  expect([status, text]).toEqual([201, expect.anything()])
  return JSON.parse(text)
}

/** Name -> labels of its samples. */
function parse(text: string): Map<string, Set<string>> {
  const metrics = new Map<string, Set<string>>()
  for (const line of text.split('\n')) {
    const type = /^# TYPE (\S+)/.exec(line)
    if (type) metrics.set(type[1]!, new Set())
    const sample = /^([a-z_]+?)(?:_bucket|_sum|_count)?\{(.*)\} \S+$/.exec(line)
    const known = sample && (metrics.get(sample[1]!) ?? metrics.get(/^[a-z_]+/.exec(line)![0]))
    if (known) for (const [, label] of sample[2]!.matchAll(/([a-z_]+)="/g)) if (label !== 'le') known.add(label!)
  }
  return metrics
}

const problemsOf = (text: string, of: string) => {
  const shown = parse(text)
  const missing = [...upstreamMetrics.filter((metric) => metric.of === of).map(({ name }) => name), ...alphaMetrics[of as 'kube-scheduler']].filter(
    (name) => !shown.has(name),
  )
  const different = upstreamMetrics.filter(({ name, labels }) => {
    const found = shown.get(name)
    return found && found.size > 0 && [...found].toSorted().join(' ') !== labels.toSorted().join(' ')
  })
  const early = upstreamMetrics.filter(({ name, of: place }) => place === undefined && shown.has(name))
  return { missing, different: different.map(({ name }) => `${name}: ${[...shown.get(name)!].join(' ')}`), early: early.map(({ name }) => name) }
}
const none = { missing: [], different: [], early: [] }

test('the API server', async () => {
  await server.call('GET', '/api/v1/endpoints')
  const { text } = await server.call('GET', '/metrics', undefined, { token })
  expect(problemsOf(text, 'kube-apiserver')).toEqual(none)
  // One process: the controllers and the scheduler are shown, too.
  expect(problemsOf(text, 'kube-scheduler').missing.filter((name) => name.startsWith('scheduler_'))).toEqual([])
  const { status, text: statusz } = await server.call('GET', '/statusz', undefined, { token })
  expect([status, statusz]).toEqual([200, expect.stringContaining('kube-apiserver statusz')])
  expect((await server.call('GET', '/flagz', undefined, { token })).text).toMatch(/^data-dir/m)
  expect(text).toMatch(/^workqueue_adds_total\{name="namespace-controller"\} \d+$/m)
})

for (const [component, port] of [
  ['kube-controller-manager', 10_257],
  ['kube-scheduler', 10_259],
] as const) {
  test(`${component}: with a token, and the right to`, async () => {
    const log = openSync(join(server.directory, `${component}.log`), 'a')
    children.push(
      spawn(process.execPath, [entry, component, '--kubeconfig', server.kubeconfig, '--leader-elect-resource-name', `alone-${component}`], {
        stdio: ['ignore', log, log],
      }),
    )
    await eventually(async () => expect((await callHttps(port, 'GET /healthz')).status).toBe(200))
    expect((await callHttps(port, 'GET /metrics')).status).toBe(401)
    expect((await callHttps(port, 'GET /configz', { token })).status).toBe(403)
    expect((await callHttps(port, 'GET /statusz')).status).toBe(401)
    // KEP-4827, KEP-4828: system:monitoring may.
    await eventually(async () => expect((await callHttps(port, 'GET /statusz', { token })).text).toContain(`\n${component} statusz\n`))
    const { text: flagz } = await callHttps(port, 'GET /flagz', { token })
    expect(flagz).toContain(`\n${component} flagz\n`)
    expect(flagz).toMatch(new RegExp(`^leader-elect-resource-name[:= ]+alone-${component}$`, 'm'))
    expect(flagz).toMatch(/^leader-elect-lease-duration[:= ]+15s$/m)
    await eventually(async () => {
      const { status, text } = await callHttps(port, 'GET /metrics', { token })
      expect(status).toBe(200)
      expect(problemsOf(text, component)).toEqual(none)
    })
  })
}
