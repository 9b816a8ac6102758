// Do crowds of clients, or of objects, keep everybody else waiting?
//
//   node scripts/build.ts && scripts/sandbox node bench/hostile-crowds.ts [case]
//
// First crowds of connections (bench/support/crowds.ts), then requests about 50,000 objects. Meanwhile somebody reads one object again
// and again: the longest time of a read is printed, beside the time that the main thread was held (processor time, then by the clock) and
// the extra memory. Two minutes.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type MeasuredServer, startApiServer } from './support/children.ts'
import { crowds } from './support/crowds.ts'
import { printEnvironment } from './support/environment.ts'
import { Http1Client } from './support/http1-client.ts'

const port = 16_446
const heldMsMax = 100
/** Crowds are looked at for so long after they have come. */
const spanMs = 3000
const objectCount = 50_000
const writers = 8
const configMaps = '/api/v1/namespaces/default/configmaps'

const named = (name: string, labels: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data: { a: 'b' } })

/** Reads one object until `done`. @returns the longest time of a read */
async function readOn(done: Promise<unknown>): Promise<number> {
  const client = await Http1Client.connect(port)
  const span = { isOver: false }
  void done.finally(() => (span.isOver = true))
  let longest = 0
  while (!span.isOver) {
    const from = performance.now()
    const { status } = await client.send('GET', `${configMaps}/read`)
    if (status !== 200) throw new Error(`a read was answered ${status}`)
    longest = Math.max(longest, performance.now() - from)
    await sleep(2)
  }
  client.close()
  return longest
}

/** @returns whether nobody was kept waiting */
async function measure(server: MeasuredServer, name: string, act: () => Promise<string>): Promise<boolean> {
  const { rss } = await server.read()
  const acting = act()
  const longest = await readOn(acting)
  const note = await acting
  const { stallMs, stallCpuMs, rssMax } = await server.read()
  const numbers = [stallCpuMs, stallMs, longest, (rssMax - rss) / 2 ** 20].map((value) => value.toFixed(0).padStart(7))
  console.log(`${name.padEnd(60)}${numbers.join('')}  ${note}${stallCpuMs <= heldMsMax ? '' : '  HELD'}`)
  return stallCpuMs <= heldMsMax
}

async function fill(): Promise<void> {
  let next = 0
  const write = async () => {
    const client = await Http1Client.connect(port)
    for (let index = next++; index < objectCount; index = next++) {
      await client.json('POST', configMaps, named(`c${index}`, { fifth: String(index % 5), each: String(index) }))
    }
    client.close()
  }
  await Promise.all(Array.from({ length: writers }, write))
}

const requests = [
  { name: 'a selector that selects nothing', method: 'GET', path: `${configMaps}?labelSelector=none` },
  { name: 'a selector that selects one in five', method: 'GET', path: `${configMaps}?labelSelector=fifth%3D1` },
  { name: 'a page of one with a selector that selects nothing', method: 'GET', path: `${configMaps}?limit=1&labelSelector=none` },
  { name: 'fields that are another', method: 'GET', path: `${configMaps}?fieldSelector=metadata.name%3Dnone` },
  { name: 'all, from the cache', method: 'GET', path: `${configMaps}?resourceVersion=0` },
  { name: 'the metadata of all', method: 'GET', path: configMaps, accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' },
  { name: 'a watch that begins with all, for a second', method: 'GET', path: `${configMaps}?watch=1&timeoutSeconds=1` },
  {
    name: 'a watch list with a selector, for a second',
    method: 'GET',
    path: `${configMaps}?watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&labelSelector=none`,
  },
  { name: 'a removal of those that are not', method: 'DELETE', path: `${configMaps}?labelSelector=none` },
  { name: 'a removal of 10,000', method: 'DELETE', path: `${configMaps}?labelSelector=fifth%3D1` },
]

async function main(): Promise<void> {
  printEnvironment('Do crowds keep everybody else waiting?')
  const [only = ''] = process.argv.slice(2)
  const directory = mkdtempSync(join(tmpdir(), 'bench-crowds-'))
  const server = await startApiServer(directory, port)
  let missed = 0
  const judged = async (name: string, act: () => Promise<string>) => {
    if (name.includes(only) && !(await measure(server, name, act))) missed++
  }
  try {
    const client = await Http1Client.connect(port)
    await client.json('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } }).catch(() => undefined)
    await client.json('POST', configMaps, named('read', {}))
    client.close()
    console.log(`${''.padEnd(60)}${['held', 'stalled', 'read', 'MiB'].map((text) => text.padStart(7)).join('')}  (ms of processor time, ms, ms, MiB)`)
    for (const { name, open } of crowds) {
      await judged(name, async () => {
        const leave = await open(port)
        await sleep(spanMs)
        leave()
        return ''
      })
    }
    if (requests.some(({ name }) => name.includes(only))) await fill()
    for (const { name, method, path, accept } of requests) {
      await judged(name, async () => {
        const asking = await Http1Client.connect(port)
        const answer = await asking.send(method, path, '', accept ? `Accept: ${accept}\r\n` : '')
        asking.close()
        return `${answer.status} ${(answer.body.length / 1024).toFixed(0)} KiB`
      })
    }
    console.log(`\n${missed} cases held the main thread for more than ${heldMsMax} ms of processor time`)
  } finally {
    await server.stop()
    rmSync(directory, { recursive: true })
  }
}

await main()
