// How fast does the API server answer, compared with a bare Node server in the same run?
//
//   node scripts/build.ts && scripts/sandbox node bench/apiserver.ts [directory]
//
// Everything goes over TLS to servers in processes of their own: the bundle's API server on a fresh directory, and
// bench/support/bare-server.ts. Durable writes are compared with single commits of the same database settings, too. Loads that
// are compared take turns (bench/support/race.ts). About two minutes.
import { mkdtempSync, rmSync } from 'node:fs'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../src/storage/drivers/sqlite/database.ts'
import { prepareDirectory } from '../src/storage/drivers/sqlite/directory.ts'
import { type MeasuredServer, startApiServer, startBareServer, token } from './support/children.ts'
import { atLeast, atMost, percent, printEnvironment, report } from './support/environment.ts'
import { Http1Client } from './support/http1-client.ts'
import { type Load, openLoad } from './support/load.ts'
import { configMap, paddedPod, singularPod, usualPod } from './support/objects.ts'
import { race, type RaceResult } from './support/race.ts'

const port = 16_443
const pods = '/api/v1/namespaces/default/pods'
const configMaps = '/api/v1/namespaces/default/configmaps'
const protobuf = 'Accept: application/vnd.kubernetes.protobuf\r\n'
const listedPods = 10_000
const rated = ({ perSecond, ratio }: RaceResult) => `${perSecond.toFixed(0)}/s = ${percent(ratio)}`
const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`

type Bare = Awaited<ReturnType<typeof startBareServer>>

async function measureGet(server: MeasuredServer, bare: Bare): Promise<void> {
  const [, ours] = await race(
    await openLoad(bare.port, 16, (client) => client.send('GET', '/get')),
    await openLoad(server.port, 16, (client) => client.send('GET', `${pods}/five-kb`)),
  )
  report('GET one 5 KB Pod, 16 connections', rated(ours), atLeast(45, ours.ratio))
  report('  p99', `${ours.p99Ms.toFixed(2)} ms`, atMost(5, 'ms', ours.p99Ms))
  const [, http2] = await race(await openHttp2Load(bare.http2Port, '/get'), await openHttp2Load(server.port, `${pods}/five-kb`))
  report('GET one 5 KB Pod, h2, 16 streams', rated(http2), atLeast(45, http2.ratio))
}

/** One connection, 16 streams at a time. */
async function openHttp2Load(toPort: number, path: string): Promise<Load> {
  const session = await openHttp2(toPort)
  return {
    async run(ms) {
      const times: number[] = []
      const untilMs = performance.now() + ms
      const repeat = async () => {
        for (let from = performance.now(); from < untilMs; from = performance.now()) {
          const { promise, resolve, reject } = Promise.withResolvers<void>()
          const stream = session.request({ ':path': path, authorization: `Bearer ${token}` })
          stream.on('data', () => {})
          stream.once('end', resolve)
          stream.once('error', reject)
          await promise
          times.push(performance.now() - from)
        }
      }
      await Promise.all(Array.from({ length: 16 }, repeat))
      return times
    },
    close: () => session.close(),
  }
}

function openHttp2(toPort: number): Promise<ClientHttp2Session> {
  const { promise, resolve, reject } = Promise.withResolvers<ClientHttp2Session>()
  const session = connectHttp2(`https://127.0.0.1:${toPort}`, { rejectUnauthorized: false })
  session.once('error', reject)
  session.once('connect', () => resolve(session))
  return promise
}

async function measureWrites(server: MeasuredServer, bare: Bare, directory: string): Promise<void> {
  const posts = (toPort: number, connections: number, path: string, body: (index: number) => object) =>
    openLoad(toPort, connections, (client, index) => client.send('POST', path, JSON.stringify(body(index))))
  const barePods = () => posts(bare.port, 16, '/', (i) => usualPod(`pod-${i}`))
  const [, usual] = await race(await barePods(), await posts(server.port, 16, pods, (i) => usualPod(`pod-${i}`)))
  const [, singular] = await race(await barePods(), await posts(server.port, 16, pods, (i) => singularPod(`single-${i}`)))
  report('create a usual Pod, 16 connections', rated(usual), atLeast(25, usual.ratio))
  report('  one that is like no other', rated(singular))

  const [, one] = await race(singleCommits(join(directory, 'commits')), await posts(server.port, 1, configMaps, (i) => configMap(`one-${i}`, 1024)))
  report('create 1 KB ConfigMaps, 1 connection, of bare commits', rated(one), atLeast(50, one.ratio))
  const [, many] = await race(
    await posts(bare.port, 64, '/', (i) => configMap(`many-${i}`, 1024)),
    await posts(server.port, 64, configMaps, (i) => configMap(`many-${i}`, 1024)),
  )
  report('create 1 KB ConfigMaps, 64 connections', rated(many), atLeast(25, many.ratio))
}

/** Durable commits of one 1 KB row each, with the store's own settings. */
function singleCommits(directory: string): Load {
  prepareDirectory(directory)
  const database = openDatabase(directory)
  const insert = database.prepare('INSERT INTO record (revision, key, created, deleted, lease, crc, chain, live, value) VALUES (?, ?, ?, 0, 0, 0, 0, 0, ?)')
  const value = new Uint8Array(1024).fill(97)
  let revision = 1
  return {
    async run(ms) {
      const times: number[] = []
      const untilMs = performance.now() + ms
      for (let from = performance.now(); from < untilMs; from = performance.now()) {
        revision++
        insert.run(revision, `/registry/configmaps/default/c-${revision}`, revision, value)
        times.push(performance.now() - from)
      }
      return times
    },
    close: () => database.close(),
  }
}

async function measureList(server: MeasuredServer, bare: Bare): Promise<void> {
  const client = await Http1Client.connect(port)
  const forms = [
    ['JSON', '/list', ''],
    ['protobuf', '/list-protobuf', protobuf],
  ] as const
  const bareClient = await Http1Client.connect(bare.port)
  for (const [name, barePath, accept] of forms) {
    const fastest = async (to: Http1Client, path: string) => {
      let best = Infinity
      for (let i = 0; i < 5; i++) {
        const start = performance.now()
        await to.send('GET', path, '', accept)
        best = Math.min(best, performance.now() - start)
      }
      return best
    }
    const bareMs = await fastest(bareClient, barePath)
    const { rss } = await server.read()
    const ourMs = await fastest(client, '/api/v1/namespaces/listed/pods')
    const { stallMs, rssMax } = await server.read()
    report(`list ${listedPods} Pods, ${name}`, `${ourMs.toFixed(0)} ms = ${percent(bareMs / ourMs)}`, atLeast(50, bareMs / ourMs))
    report('  extra memory', mib(rssMax - rss), atMost(32, 'MiB', (rssMax - rss) / 2 ** 20))
    report('  event loop held', `${stallMs.toFixed(0)} ms`, atMost(50, 'ms', stallMs))
  }
  bareClient.close()
  client.close()
}

/** 100 connections with ten watches each. */
async function measureWatchers(): Promise<void> {
  const sessions = await Promise.all(Array.from({ length: 100 }, () => openHttp2(port)))
  const headers = { ':path': `${configMaps}?watch=1&resourceVersion=0&fieldSelector=metadata.name%3Dwatched`, authorization: `Bearer ${token}` }
  const streams = sessions.flatMap((session) => Array.from({ length: 10 }, () => session.request(headers)))
  await Promise.all(streams.map((stream) => new Promise((resolve) => stream.once('response', resolve))))
  const seenMs: number[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const stream of streams) {
    stream.once('data', () => {
      if (seenMs.push(performance.now()) === streams.length) resolve()
    })
  }
  const client = await Http1Client.connect(port)
  await client.json('POST', configMaps, configMap('watched', 1024))
  await promise
  const spread = seenMs.at(-1)! - seenMs[0]!
  report('one write, 1,000 watchers: last after first', `${spread.toFixed(1)} ms`, atMost(50, 'ms', spread))
  for (const session of sessions) session.destroy()
  client.close()
}

async function main(): Promise<void> {
  printEnvironment('How fast does the API server answer, compared with a bare Node server?')
  const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'bench-apiserver-'))
  const servers: MeasuredServer[] = []
  try {
    const server = await startApiServer(directory, port)
    servers.push(server)
    const client = await Http1Client.connect(port)
    await client.json('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'listed' } })
    for (const namespace of ['default', 'listed']) {
      await client.json('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } })
    }
    const { body: plain } = await client.send('POST', pods, JSON.stringify(paddedPod('plain', 0)))
    const padding = Math.max(0, 5120 - plain.length)
    const { body: get } = await client.send('POST', pods, JSON.stringify(paddedPod('five-kb', padding)))
    const many = await Promise.all(Array.from({ length: 32 }, () => Http1Client.connect(port)))
    let next = 0
    await Promise.all(
      many.map(async (each) => {
        for (let i = next++; i < listedPods; i = next++)
          await each.send('POST', '/api/v1/namespaces/listed/pods', JSON.stringify(paddedPod(`pod-${i}`, padding)))
        each.close()
      }),
    )
    const { body: list } = await client.send('GET', '/api/v1/namespaces/listed/pods')
    const { body: listProtobuf } = await client.send('GET', '/api/v1/namespaces/listed/pods', '', protobuf)
    // The server ends connections that nobody uses: each part opens its own.
    client.close()
    const bare = await startBareServer(directory, { get, list, listProtobuf })
    servers.push(bare)
    const only = process.env['ONLY']?.split(',')
    const parts = {
      get: () => measureGet(server, bare),
      writes: () => measureWrites(server, bare, directory),
      list: () => measureList(server, bare),
      watchers: () => measureWatchers(),
    }
    for (const [name, measure] of Object.entries(parts)) if (!only || only.includes(name)) await measure()
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
    rmSync(directory, { recursive: true })
  }
}

await main()
