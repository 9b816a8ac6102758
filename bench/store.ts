// How fast is the durable store, compared with bare group commit? What does opening it with 50,000 objects cost?
//
//   node bench/store.ts [directory]
//
// "Bare" is a worker that runs the same INSERT with the same settings and takes along whatever has arrived, as the store's does, but without
// comparisons, checksums, watchers or state. Both are measured in the same run, in turns, in a fresh directory on a real disk.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isMainThread, parentPort, receiveMessageOnPort, Worker, workerData } from 'node:worker_threads'

import { openDatabase } from '../src/storage/drivers/sqlite/database.ts'
import { prepareDirectory } from '../src/storage/drivers/sqlite/directory.ts'
import { openSqliteStorage } from '../src/storage/drivers/sqlite/sqlite.ts'
import { systemClock } from '../src/util/clock.ts'

/** Per measurement; 12 of them, and the loading, stay below half a minute. */
const spanMs = 1000
const tmpfsMagic = 0x01021994

interface Writes {
  put(key: string, value: Uint8Array): Promise<unknown>
  close(): Promise<unknown>
}

function bareWorker(directory: string): void {
  prepareDirectory(directory)
  const database: DatabaseSync = openDatabase(directory)
  const insert = database.prepare('INSERT INTO record (revision, key, created, deleted, lease, crc, chain, live, value) VALUES (?, ?, ?, 0, 0, 0, 0, 0, ?)')
  let revision = 1
  let bytes = 0
  type Message = readonly (readonly [key: string, value: Uint8Array])[]
  parentPort!.on('message', (first: Message | 'close') => {
    if (first === 'close') {
      database.close()
      return parentPort!.close()
    }
    let count = 0
    database.exec('BEGIN IMMEDIATE')
    for (let batch: Message | undefined = first; batch; batch = (receiveMessageOnPort(parentPort!) as { message: Message } | undefined)?.message) {
      for (const [key, value] of batch) {
        insert.run(++revision, key, revision, value)
        bytes += value.byteLength
      }
      count += batch.length
    }
    database.exec('COMMIT')
    parentPort!.postMessage(count)
    if (bytes > 16 * 2 ** 20) {
      bytes = 0
      database.exec('PRAGMA wal_checkpoint(PASSIVE)')
    }
  })
}

function openBare(directory: string): Writes {
  const worker = new Worker(new URL(import.meta.url), { workerData: { bare: directory } })
  const waiting: (() => void)[] = []
  let gathering: (readonly [string, Uint8Array])[] = []
  worker.on('message', (count: number) => {
    for (const resolve of waiting.splice(0, count)) resolve()
  })
  return {
    put(key, value) {
      if (gathering.push([key, new Uint8Array(value)]) === 1) {
        setImmediate(() => {
          worker.postMessage(
            gathering,
            gathering.map(([, value]) => value.buffer as ArrayBuffer),
          )
          gathering = []
        })
      }
      return new Promise<void>((resolve) => waiting.push(resolve))
    },
    close() {
      worker.postMessage('close')
      return new Promise((resolve) => worker.once('exit', resolve))
    },
  }
}

async function openStore(directory: string): Promise<Writes> {
  const storage = await openSqliteStorage({ directory, clock: systemClock, quotaBytes: 2 ** 40 })
  return { put: (key, value) => storage.put(key, value, 0), close: () => storage.close() }
}

/** @returns puts per second */
async function measure(writes: Writes, name: string, writers: number, bytes: number): Promise<number> {
  const value = new Uint8Array(bytes).fill(97)
  const startMs = performance.now()
  let count = 0
  async function write(writer: number): Promise<void> {
    while (performance.now() - startMs < spanMs) await writes.put(`/registry/pods/${name}/pod-${writer}-${count++}`, value)
  }
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
  return (count / (performance.now() - startMs)) * 1000
}

async function compareWrites(root: string): Promise<void> {
  console.log('value  writers   store/s    bare/s   ratio')
  for (const bytes of [1024, 5120]) {
    const directory = join(root, `writes-${bytes}`)
    const store = await openStore(join(directory, 'store'))
    const bare = openBare(join(directory, 'bare'))
    await Promise.all([store.put('/warm', new Uint8Array(1)), bare.put('/warm', new Uint8Array(1))])
    for (const writers of [1, 16, 64]) {
      const name = `w${writers}`
      const barePerSecond = await measure(bare, name, writers, bytes)
      const storePerSecond = await measure(store, name, writers, bytes)
      const columns = [`${bytes / 1024} KB`, writers, Math.round(storePerSecond), Math.round(barePerSecond), (storePerSecond / barePerSecond).toFixed(2)]
      console.log(columns.map((column, i) => String(column).padStart(i === 0 ? 5 : 9)).join(' '))
    }
    await Promise.all([store.close(), bare.close()])
    rmSync(directory, { recursive: true })
  }
}

const objects = 50_000
const objectBytes = 5120

async function fill(directory: string): Promise<void> {
  const storage = await openSqliteStorage({ directory, clock: systemClock })
  for (let i = 0; i < objects; i += 1000) {
    const puts = Array.from({ length: 1000 }, (_, j) => storage.put(`/registry/pods/ns-${(i + j) % 50}/pod-${i + j}`, new Uint8Array(objectBytes).fill(97), 0))
    await Promise.all(puts)
  }
  await storage.close()
}

/** In a process of its own (`--open`), so that its memory is that of the store alone. */
async function measureOpen(directory: string): Promise<void> {
  const rssBefore = process.memoryUsage.rss()
  const startMs = performance.now()
  const storage = await openSqliteStorage({ directory, clock: systemClock })
  const openMs = performance.now() - startMs
  const listMs: number[] = []
  for (let i = 0; i < 5; i++) {
    const listStartMs = performance.now()
    const { items } = await storage.list('/registry/pods/')
    if (items.length !== objects) throw new Error(`listed ${items.length} objects`)
    listMs.push(performance.now() - listStartMs)
  }
  const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0)
  const rss = process.memoryUsage.rss()
  const overhead = Math.round((rss - rssBefore - objects * objectBytes) / objects)
  console.log(`open ${objects} objects of ${objectBytes / 1024} KB: ${openMs.toFixed(0)} ms; list all of them: ${Math.min(...listMs).toFixed(1)} ms`)
  console.log(
    `resident: ${mib(rss)} MiB, of which values ${mib(objects * objectBytes)} MiB, before opening ${mib(rssBefore)} MiB: ${overhead} bytes per object besides its value`,
  )
  await storage.close()
}

async function main(): Promise<void> {
  const root = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'bench-store-'))
  try {
    if (statfsSync(root).type === tmpfsMagic) console.log('On tmpfs: these writes are not durable. Name a directory on a disk.')
    console.log(`Node ${process.version}, ${availableParallelism()} cores`)
    await compareWrites(root)
    await fill(join(root, 'open'))
    execFileSync(process.execPath, [import.meta.filename, '--open', join(root, 'open')], { stdio: 'inherit' })
  } finally {
    rmSync(root, { recursive: true })
  }
}

if (!isMainThread) bareWorker((workerData as { readonly bare: string }).bare)
else if (process.argv[2] === '--open') await measureOpen(process.argv[3]!)
else await main()
