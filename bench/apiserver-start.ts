// How long from the start of the process until the API server is ready, and what does it keep in memory?
//
//   node scripts/build.ts && scripts/sandbox node bench/apiserver-start.ts [directory]
//
// Once on an empty directory (keys are made, too), once more on the same, and once with 50,000 Pods of 5 KB in the store.
// The yardstick is a bare Node server in the same run. About half a minute.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStorage } from '../src/storage/drivers/sqlite/sqlite.ts'
import { systemClock } from '../src/util/clock.ts'
import { startApiServer, startBareServer } from './support/children.ts'
import { atMost, printEnvironment, report } from './support/environment.ts'
import { Http1Client } from './support/http1-client.ts'
import { paddedPod } from './support/objects.ts'

const port = 16_444
const objects = 50_000
const objectBytes = 5120
const serviceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }
const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`

/** A stored Pod as the server itself writes it, to make the others of. @returns its JSON without resourceVersion */
async function storedPod(client: Http1Client): Promise<string> {
  await client.json('POST', '/api/v1/namespaces/default/serviceaccounts', serviceAccount)
  const pods = '/api/v1/namespaces/default/pods'
  const { body: plain } = await client.send('POST', pods, JSON.stringify(paddedPod('plain', 0)))
  const { body } = await client.send('POST', pods, JSON.stringify(paddedPod('five-kb', Math.max(0, objectBytes - plain.length))))
  return body
    .toString()
    .trimEnd()
    .replace(/,"resourceVersion":"\d+"/, '')
}

async function fill(directory: string, pod: string): Promise<number> {
  const storage = await openSqliteStorage({ directory: join(directory, 'store'), clock: systemClock })
  const { metadata } = JSON.parse(pod) as { metadata: { uid: string } }
  let bytes = 0
  for (let i = 0; i < objects; i += 1000) {
    const puts = Array.from({ length: 1000 }, (_, j) => {
      const number = String(i + j)
      const uid = metadata.uid.slice(0, -number.length) + number
      const value = Buffer.from(pod.replaceAll('five-kb', `pod-${number}`).replace(metadata.uid, uid))
      bytes += value.length
      return storage.put(`/registry/pods/default/pod-${number}`, value, 0)
    })
    await Promise.all(puts)
  }
  await storage.close()
  return bytes
}

async function main(): Promise<void> {
  printEnvironment('How long does the API server take to start, and what does it keep in memory?')
  const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'bench-start-'))
  try {
    const first = await startApiServer(directory, port)
    report('start on an empty directory', `${first.startMs.toFixed(0)} ms`)
    const client = await Http1Client.connect(port)
    const pod = await storedPod(client)
    client.close()
    await first.stop()

    const bytes = Buffer.from(pod)
    const bare = await startBareServer(directory, { get: bytes, list: bytes, listProtobuf: bytes })
    await bare.stop()
    const again = await startApiServer(directory, port)
    report('start again', `${again.startMs.toFixed(0)} ms = ${(again.startMs / bare.startMs).toFixed(1)} x bare`)
    report('  resident', mib((await again.read()).rss))
    await again.stop()

    const jsonBytes = await fill(directory, pod)
    const full = await startApiServer(directory, port)
    report(`start with ${objects} Pods`, `${full.startMs.toFixed(0)} ms`, atMost(3000, 'ms', full.startMs))
    const reader = await Http1Client.connect(port)
    const start = performance.now()
    await reader.json('GET', '/api/v1/pods?limit=1')
    report('  first list of one Pod', `${(performance.now() - start).toFixed(0)} ms`)
    reader.close()
    const { rss } = await full.read()
    const ratio = rss / jsonBytes
    report('  resident, Pods cached', `${mib(rss)} = ${ratio.toFixed(1)} x JSON`, atMost(4, 'x', ratio))
    await full.stop()
  } finally {
    rmSync(directory, { recursive: true })
  }
}

await main()
