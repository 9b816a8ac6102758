import { expect, test } from 'vitest'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import { openMemoryStorage } from '../../storage/drivers/memory/memory.ts'
import type { Storage } from '../../storage/storage.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import { Cacher } from './cacher.ts'
import { Entry, type Traits } from './entry.ts'
import { list, type ListRequest } from './list.ts'
import type { Selection } from './selection.ts'
import { startWatch, type WatchRequest } from './start-watch.ts'
import type { Watcher } from './watcher.ts'

const prefix = '/registry/things/'
const decode = (json: string) => JSON.parse(json) as JsonObject
const traitsOf = (object: JsonObject): Traits => {
  const { name, labels = {} } = object['metadata'] as unknown as { name: string; labels?: Record<string, string> }
  return { name, namespace: 'ns', labels, fields: undefined }
}

interface World {
  readonly storage: Storage
  readonly cacher: Cacher
  readonly clock: FakeClock
}

async function newWorld(ringBytesMax?: number): Promise<World> {
  const clock = new FakeClock()
  const storage = openMemoryStorage({ clock })
  const cacher = new Cacher({ storage, prefix, reader: { decode, traitsOf }, clock, ...(ringBytesMax ? { ringBytesMax } : {}) })
  await cacher.start()
  return { storage, cacher, clock }
}

async function put({ storage }: World, name: string, labels: Record<string, string> = {}): Promise<number> {
  const key = `${prefix}ns/${name}`
  const value = Buffer.from(JSON.stringify({ kind: 'Thing', apiVersion: 'v1', metadata: { name, namespace: 'ns', uid: `uid-${name}`, labels } }))
  const result = await storage.put(key, value, (await storage.get(key))?.modRevision ?? 0)
  return result.ok ? result.revision : -1
}

async function remove({ storage }: World, name: string): Promise<number> {
  const key = `${prefix}ns/${name}`
  const result = await storage.delete(key, (await storage.get(key))!.modRevision)
  return result.ok ? result.revision : -1
}

const everything: Selection = { prefix, matches: undefined }
const labelled: Selection = { prefix, matches: ({ traits }) => traits.labels['in'] === 'yes' }

const listOf = ({ cacher, storage }: World, request: Partial<ListRequest> = {}) =>
  list(cacher, storage, (item) => Entry.fromStored(item.key, item.value, item.modRevision, { decode, traitsOf }), {
    selection: everything,
    limit: 0,
    continue: '',
    resourceVersion: '',
    resourceVersionMatch: '',
    ...request,
  })

const watchOf = ({ cacher }: World, request: Partial<WatchRequest>) =>
  startWatch(cacher, { selection: everything, resourceVersion: '', sendInitialEvents: undefined, allowBookmarks: false, timeoutMs: 60_000, ...request })

async function take(watcher: Watcher): Promise<readonly string[]> {
  const items = (await watcher.next()) ?? []
  return items.map((item) =>
    item.type === 'BOOKMARK' ? `BOOKMARK${item.initialEventsEnd ? ' end' : ''}` : `${item.type} ${item.entry.traits.name} ${item.entry.revision}`,
  )
}

const names = (entries: readonly Entry[]) => entries.map(({ traits }) => traits.name)

test('an entry carries its resourceVersion behind the uid, and can be rebased on another', async () => {
  const world = await newWorld()
  const revision = await put(world, 'a')
  const [entry] = (await listOf(world)).entries
  expect(entry!.bytes.toString()).toContain(`"uid":"uid-a","resourceVersion":"${revision}"`)
  expect(entry!.at(123456).object()['metadata']).toMatchObject({ resourceVersion: '123456' })
})

test('lists are in key order, and pages of one list show one revision', async () => {
  const world = await newWorld()
  for (const name of ['c', 'a', 'e', 'b', 'd']) await put(world, name)
  const first = await listOf(world, { limit: 2 })
  expect([names(first.entries), first.remaining]).toEqual([['a', 'b'], 3])
  // What happens between the pages is not seen by the later ones.
  await put(world, 'bb')
  await remove(world, 'd')
  const second = await listOf(world, { limit: 2, continue: first.continue })
  expect([names(second.entries), second.remaining, second.revision]).toEqual([['c', 'd'], 1, first.revision])
  const third = await listOf(world, { limit: 2, continue: second.continue })
  expect([names(third.entries), third.remaining, third.continue]).toEqual([['e'], undefined, ''])
})

test('a compacted page is Expired, and its token goes on with what is there now', async () => {
  const world = await newWorld()
  for (const name of ['a', 'b', 'c', 'd']) await put(world, name)
  const first = await listOf(world, { limit: 2 })
  await put(world, 'bb')
  await world.storage.compact(await world.storage.currentRevision())
  const error = await listOf(world, { limit: 2, continue: first.continue }).catch((e: unknown) => e)
  expect(error).toMatchObject({ reason: 'Expired', code: 410 })
  const rest = await listOf(world, { limit: 2, continue: (error as { continue: string }).continue })
  expect([names(rest.entries), rest.remaining]).toEqual([['bb', 'c'], 1])
})

test('remaining is not known under selectors', async () => {
  const world = await newWorld()
  for (const name of ['a', 'b', 'c']) await put(world, name, { in: 'yes' })
  const page = await listOf(world, { selection: labelled, limit: 1 })
  expect([names(page.entries), page.remaining, page.continue !== '']).toEqual([['a'], undefined, true])
})

test('whether anything is left is asked of all objects, not of the selected', async () => {
  const world = await newWorld()
  await put(world, 'a', { in: 'yes' })
  await put(world, 'b')
  const first = await listOf(world, { selection: labelled, limit: 1 })
  expect([names(first.entries), first.continue !== '']).toEqual([['a'], true])
  const second = await listOf(world, { selection: labelled, limit: 1, continue: first.continue })
  expect([names(second.entries), second.continue]).toEqual([[], ''])
})

test('a list of any state has no pages', async () => {
  const world = await newWorld()
  for (const name of ['a', 'b']) await put(world, name)
  const all = await listOf(world, { resourceVersion: '0', limit: 1 })
  expect([names(all.entries), all.continue]).toEqual([['a', 'b'], ''])
})

test('a watch from a revision gets what came after it, in order', async () => {
  const world = await newWorld()
  const r1 = await put(world, 'a')
  const r2 = await put(world, 'b')
  const r3 = await remove(world, 'a')
  const watcher = await watchOf(world, { resourceVersion: String(r1) })
  expect(await take(watcher)).toEqual([`ADDED b ${r2}`, `DELETED a ${r3}`])
  const next = take(watcher)
  const r4 = await put(world, 'b')
  expect(await next).toEqual([`MODIFIED b ${r4}`])
})

test('objects that enter and leave a selector are ADDED and DELETED, with the revision of the change', async () => {
  const world = await newWorld()
  const r1 = await put(world, 'a')
  const watcher = await watchOf(world, { resourceVersion: String(r1), selection: labelled })
  const r2 = await put(world, 'a', { in: 'yes' })
  const r3 = await put(world, 'a', { in: 'yes', more: 'x' })
  const r4 = await put(world, 'a', { in: 'no' })
  await put(world, 'a', { in: 'no', still: 'x' })
  expect(await take(watcher)).toEqual([`ADDED a ${r2}`, `MODIFIED a ${r3}`, `DELETED a ${r4}`])
})

test('without a revision the state comes first; sendInitialEvents marks its end', async () => {
  const world = await newWorld()
  const r1 = await put(world, 'a')
  expect(await take(await watchOf(world, {}))).toEqual([`ADDED a ${r1}`])
  const streamed = await watchOf(world, { sendInitialEvents: true, allowBookmarks: true })
  expect(await take(streamed)).toEqual([`ADDED a ${r1}`, 'BOOKMARK end'])
})

test('a revision older than the ring is Expired', async () => {
  const world = await newWorld(1000)
  const r1 = await put(world, 'a')
  for (let i = 0; i < 20; i++) await put(world, 'a', { round: String(i) })
  await expect(watchOf(world, { resourceVersion: String(r1) })).rejects.toMatchObject({ reason: 'Expired' })
})

test('a watcher that falls off the ring is closed', async () => {
  const world = await newWorld(1000)
  const r1 = await put(world, 'a')
  const slow = await watchOf(world, { resourceVersion: String(r1) })
  for (let i = 0; i < 20; i++) await put(world, 'a', { round: String(i) })
  expect(await slow.next()).toBeUndefined()
})

test('a watch ends at its timeout, with a bookmark shortly before', async () => {
  const world = await newWorld()
  await put(world, 'a')
  const watcher = await watchOf(world, { resourceVersion: String(await world.storage.currentRevision()), allowBookmarks: true, timeoutMs: 10_000 })
  const bookmark = take(watcher)
  await world.clock.advance(8000)
  expect(await bookmark).toEqual(['BOOKMARK'])
  const end = watcher.next()
  await world.clock.advance(2000)
  expect(await end).toBeUndefined()
})

test('all watchers see the same order', async () => {
  const world = await newWorld()
  const r0 = await put(world, 'a')
  const watchers = await Promise.all(Array.from({ length: 5 }, () => watchOf(world, { resourceVersion: String(r0) })))
  for (let i = 0; i < 10; i++) await put(world, i % 2 ? 'a' : 'b', { round: String(i) })
  const seen = await Promise.all(watchers.map(take))
  expect(new Set(seen.map((each) => each.join())).size).toBe(1)
  expect(seen[0]).toHaveLength(10)
})

test('of the state a watch begins with no more than some hundred kilobytes are handed out at once', async () => {
  const world = await newWorld()
  const long = 'x'.repeat(100_000)
  for (let i = 0; i < 7; i++) await put(world, `object-${i}`, { long })
  const watcher = await watchOf(world, {})
  const counts: number[] = []
  while (counts.reduce((sum, count) => sum + count, 0) < 7) counts.push((await take(watcher)).length)
  expect(counts).toEqual([3, 3, 1])
})

test('a watch that begins with much state tells when all of it has been handed out; a small one need not', async () => {
  const world = await newWorld()
  await put(world, 'object-0')
  expect((await watchOf(world, {})).initialized).toBeUndefined()
  for (let i = 1; i < 450; i++) await put(world, `object-${i}`)
  const watcher = await watchOf(world, {})
  let isInitialized = false
  const initialized = watcher.initialized!.then(() => (isInitialized = true))
  const counts: number[] = []
  for (let i = 0; i < 3; i++) {
    counts.push((await take(watcher)).length)
    if (i < 2) expect(isInitialized).toBe(false)
  }
  await initialized
  expect(counts).toEqual([200, 200, 50])
  // Closed on the way.
  const closed = await watchOf(world, {})
  closed.close()
  await closed.initialized
})
