// How long does the worst body that a client can send hold the API server?
//
//   node scripts/build.ts && scripts/sandbox node bench/hostile-bodies.ts [case]
//
// Each case of bench/support/hostile-corpus.ts is sent to the bundle's API server. Printed: the answer, how long the event loop
// was held at most, the extra memory, and as a yardstick the time of JSON.parse of the same bytes. About two minutes.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type MeasuredServer, startApiServer } from './support/children.ts'
import { printEnvironment } from './support/environment.ts'
import { corpus, type HostileCase } from './support/hostile-corpus.ts'
import { Http1Client } from './support/http1-client.ts'

const stallMsMax = 100
const memoryMibMax = 50
const port = 16_444

function parseMs(body: Buffer): number {
  const start = performance.now()
  try {
    JSON.parse(body.toString())
  } catch {
    // Not JSON: the time until that is known.
  }
  return performance.now() - start
}

async function measure(server: MeasuredServer, { name, method, path, contentType, body, live }: HostileCase): Promise<boolean> {
  // A connection of its own: some refusals close it.
  const client = await Http1Client.connect(port)
  if (live) await client.send('POST', live.path, JSON.stringify(live.object))
  const bytes = body()
  const { rss } = await server.read()
  const start = performance.now()
  const answer = await client.sendBytes(method, path, contentType, bytes)
  const tookMs = performance.now() - start
  const { stallMs, rssMax } = await server.read()
  const extraMib = (rssMax - rss) / 2 ** 20
  if (answer.status < 300)
    await client.send('DELETE', live ? `${live.path}/patched?gracePeriodSeconds=0` : `${path.split('?')[0]!}/hostile?gracePeriodSeconds=0`)
  client.close()
  const met = stallMs <= stallMsMax
  const numbers = [stallMs.toFixed(0), tookMs.toFixed(0), parseMs(bytes).toFixed(0), extraMib.toFixed(0), (answer.body.length / 1024).toFixed(0)]
  const columns = numbers.map((text) => text.padStart(7)).join('')
  console.log(`${name.padEnd(46)}${columns}  ${answer.status}${met ? '' : '  HELD'}${extraMib <= memoryMibMax ? '' : '  MEMORY'}`)
  return met
}

async function main(): Promise<void> {
  printEnvironment('How long does the worst body that a client can send hold the API server?')
  const only = process.argv[2]
  const directory = mkdtempSync(join(tmpdir(), 'bench-hostile-'))
  const server = await startApiServer(directory, port)
  try {
    const client = await Http1Client.connect(port)
    await client.send('POST', '/api/v1/namespaces', JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } }))
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }
    await client.send('POST', '/api/v1/namespaces/default/serviceaccounts', JSON.stringify(account))
    console.log(`${''.padEnd(46)}${['held', 'took', 'parse', 'MiB', 'answer'].map((text) => text.padStart(7)).join('')}  (ms, ms, ms, MiB, KiB)`)
    let missed = 0
    for (const each of corpus) if ((!only || each.name.includes(only)) && !(await measure(server, each))) missed++
    console.log(`\n${missed} cases held the event loop for more than ${stallMsMax} ms`)
    client.close()
  } finally {
    await server.stop()
    rmSync(directory, { recursive: true })
  }
}

await main()
