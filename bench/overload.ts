// Ten times the admitted load: do leases still get through, does memory stay bounded, does /readyz answer?
//
//   node scripts/build.ts && scripts/sandbox node bench/overload.ts [directory]
//
// The API server admits 600 seats; 6,000 requests are kept under way by service accounts that send the next one at once after each
// answer, refusals included. Beside them a controller and a node renew their leases and somebody probes /readyz: first alone (the
// yardstick), then under the flood. Everything shares the machine's cores. About a minute.
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type MeasuredServer, startApiServer } from './support/children.ts'
import { atMost, printEnvironment, report } from './support/environment.ts'
import type { FloodOptions, FloodResult } from './support/flood.ts'
import { Http1Client } from './support/http1-client.ts'
import { paddedPod } from './support/objects.ts'

const port = 16_445
const admittedSeats = 600
const streamsPerSession = 100
const listedPods = 500
const spanMs = 20_000
const pauseMs = 10
const floodTokens = ['flood-0', 'flood-1', 'flood-2', 'flood-3']
const manager = 'manager-token'
const node = 'node-token'
const serviceAccounts = 'system:serviceaccounts,system:serviceaccounts:flooded'
const tokens = [
  ...floodTokens.map((token) => `${token},system:serviceaccount:flooded:${token},${token},"${serviceAccounts}"`),
  `${manager},system:kube-controller-manager,m,`,
  `${node},system:node:n1,n,"system:nodes"`,
]

interface Latency {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

/** One request after the other, with pauses, for `spanMs`. @throws {Error} when an answer is no success */
async function probe(once: (client: Http1Client) => Promise<{ readonly status: number; readonly body: Buffer }>): Promise<Latency> {
  const client = await Http1Client.connect(port)
  const times: number[] = []
  for (const untilMs = performance.now() + spanMs; performance.now() < untilMs; await sleep(pauseMs)) {
    const from = performance.now()
    const { status, body } = await once(client)
    if (status !== 200) throw new Error(`a probe was answered ${status}: ${body.toString().slice(0, 300)}`)
    times.push(performance.now() - from)
  }
  client.close()
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]!
  return { count: times.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: times.at(-1)! }
}

/** Reads a lease and writes it back, as leader election does. */
async function renewals(namespace: string, name: string, token: string): Promise<Latency> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`
  const headers = `Authorization: Bearer ${token}\r\n`
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace }, spec: { holderIdentity: name } }
  const first = await Http1Client.connect(port)
  await first.send('POST', path, JSON.stringify(lease), headers, '')
  first.close()
  return probe(async (client) => {
    const read = await client.send('GET', `${path}/${name}`, '', headers, '')
    return read.status === 200 ? client.send('PUT', `${path}/${name}`, read.body.toString(), headers, '') : read
  })
}

async function probes(): Promise<Record<string, Latency>> {
  const [election, nodeLease, ready] = await Promise.all([
    renewals('kube-system', 'kube-controller-manager', manager),
    renewals('kube-node-lease', 'n1', node),
    probe((client) => client.send('GET', '/readyz', '', '', '')),
  ])
  return { 'leader election (get + put)': election, 'node lease (get + put)': nodeLease, '/readyz': ready }
}

async function prepare(): Promise<void> {
  const client = await Http1Client.connect(port)
  await client.json('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'flooded' } })
  await client.json('POST', '/api/v1/namespaces/flooded/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } })
  await client.json('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'flooded' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:serviceaccounts' }],
  })
  for (let i = 0; i < listedPods; i++) await client.json('POST', '/api/v1/namespaces/flooded/pods', paddedPod(`pod-${i}`, 2048))
  client.close()
}

function startFlood(options: FloodOptions) {
  const child = fork(join(import.meta.dirname, 'support/flood.ts'))
  child.send(options)
  return {
    read(): Promise<FloodResult> {
      const { promise, resolve } = Promise.withResolvers<FloodResult>()
      child.once('message', (result) => resolve(result as FloodResult))
      child.send('read')
      return promise
    },
    async stop(): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>()
      child.once('exit', () => resolve())
      child.send('stop')
      await promise
    },
  }
}

const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`
const latency = ({ p50Ms, p99Ms, maxMs }: Latency) => `${p50Ms.toFixed(1)} / ${p99Ms.toFixed(1)} / ${maxMs.toFixed(0)} ms`

async function measure(server: MeasuredServer): Promise<void> {
  await prepare()
  const { rss: rssBefore } = await server.read()
  const yardsticks = await probes()
  for (const [name, yardstick] of Object.entries(yardsticks)) report(`${name}, no load: p50/p99/max`, latency(yardstick))

  const underWay = 10 * admittedSeats
  const flood = startFlood({ port, sessions: underWay / streamsPerSession, streamsPerSession, tokens: floodTokens })
  try {
    // The first borrowing adjustment comes after ten seconds: both sides of it are measured.
    await sleep(2000)
    await flood.read()
    const { cpuMs: cpuBefore } = await server.read()
    const flooded = await probes()
    const { answers, underWay: waiting } = await flood.read()
    const { rssMax, stallMs, cpuMs } = await server.read()
    for (const [name, result] of Object.entries(flooded)) {
      report(`${name}, ${underWay} under way: p50/p99/max`, latency(result), atMost(1000, 'ms p99', result.p99Ms))
      report('  p99 of the yardstick', `${(result.p99Ms / yardsticks[name]!.p99Ms).toFixed(0)} times`)
    }
    const perSecond = (count = 0) => `${((count / spanMs) * 1000).toFixed(0)}/s`
    const served = (answers[200] ?? 0) + (answers[201] ?? 0)
    report('the flood: served', perSecond(served))
    report('           refused with 429', perSecond(answers[429]))
    // A session that has too much to send refuses new streams.
    report('           streams refused', perSecond(answers[0]))
    const other = Object.entries(answers).filter(([status]) => !['0', '200', '201', '429'].includes(status))
    report('           answered anything else', other.map(([status, count]) => `${status}: ${count}`).join(', ') || 'none')
    report('           under way', String(waiting))
    report('memory of the server before / at most', `${mib(rssBefore)} / ${mib(rssMax)}`, atMost(1024, 'MiB', rssMax / 2 ** 20))
    report('processor time of the server', `${((100 * (cpuMs - cpuBefore)) / spanMs).toFixed(0)} % of a core`)
    report('event loop held at most', `${stallMs.toFixed(0)} ms`)
  } finally {
    await flood.stop()
  }
}

async function main(): Promise<void> {
  printEnvironment('Ten times the admitted load: do leases get through?')
  const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'bench-overload-'))
  let server: MeasuredServer | undefined
  try {
    server = await startApiServer(directory, port, { tokens })
    await measure(server)
  } finally {
    await server?.stop()
    rmSync(directory, { recursive: true })
  }
}

await main()
