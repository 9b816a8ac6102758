// The store in a real etcd: what every driver must do, and what only etcd does.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCompactor } from '../../../src/apiserver/cacher/compactor.ts'
import { drivers } from '../../../src/storage/drivers/index.ts'
import { CompactedError, LeaseNotFoundError, NoSpaceError, type Storage, type StorageEvent, type WatchBatch } from '../../../src/storage/storage.ts'
import { storageCases } from '../../../src/storage/storage.cases.ts'
import { FakeClock } from '../../../src/util/fake/clock.ts'
import { TestEtcd } from '../../support/etcd.ts'
import { newCuttableProxy } from '../../support/cuttable-proxy.ts'

const bytes = (text: string) => Buffer.from(text)
let etcd: TestEtcd
let opened = 0
const stores: Storage[] = []

/** An empty store: a part of etcd's keys that nobody has used. */
const openEmpty = (endpoints = [etcd.endpoint]) => open(`/store-${String(opened++).padStart(4, '0')}`, endpoints)

async function open(theirs: string, endpoints = [etcd.endpoint]): Promise<Storage> {
  const storage = await drivers.etcd({ endpoints, prefix: { ours: '', theirs } })
  stores.push(storage)
  return storage
}

async function put(storage: Storage, key: string, value: string, expectedRevision = 0): Promise<number> {
  const result = await storage.put(key, bytes(value), expectedRevision)
  if (!result.ok) throw new Error(`put of ${key} refused: ${result.current?.modRevision}`)
  return result.revision
}

async function record(storage: Storage, prefix = '/'): Promise<{ events: StorageEvent[]; batches: WatchBatch[] }> {
  const events: StorageEvent[] = []
  const batches: WatchBatch[] = []
  await storage.watch(prefix, await storage.currentRevision(), (batch) => {
    batches.push(batch)
    events.push(...batch.events)
  })
  return { events, batches }
}

const lines = (events: readonly StorageEvent[]) => events.map(({ type, key }) => `${type} ${key}`)

beforeAll(async () => {
  etcd = await TestEtcd.start()
})
afterAll(async () => {
  await Promise.all(stores.map((storage) => storage.close()))
  await etcd.remove()
})

const ownTime = 'etcd has its own clock: see "leases in etcd’s time" below'
storageCases('etcd', () => openEmpty(), {
  'the keys of a lease that runs out are deleted, for watchers too': ownTime,
  'a later put decides which lease, if any, a key hangs on': ownTime,
  'a chain of writes queued at once: each compares with the one before': 'requests sent together have no order, as with upstream’s etcd client',
  'nothing can be seen of a write that is under way': 'a write can be seen once it is durable, which is before its answer has come back',
  'revoking deletes the keys, also those whose put is under way': 'of two requests sent together either may come first: see below',
})

describe('leases in etcd’s time', () => {
  test('the keys of a lease that runs out are deleted, for watchers too; keys put again without it stay', async () => {
    const storage = await openEmpty()
    const [short, long] = [await storage.grantLease(1), await storage.grantLease(3600)]
    for (const key of ['/a', '/b', '/freed', '/moved']) await storage.put(key, bytes(key), 0, { leaseId: short })
    const { events } = await record(storage)
    await put(storage, '/freed', 'x', (await storage.get('/freed'))!.modRevision)
    await storage.put('/moved', bytes('x'), (await storage.get('/moved'))!.modRevision, { leaseId: long })
    await expect.poll(() => lines(events)).toEqual(['put /freed', 'put /moved', 'delete /a', 'delete /b'])
    expect((await storage.list('/')).items.map(({ key }) => key)).toEqual(['/freed', '/moved'])
    await storage.revokeLease(long)
    expect(lines(events).at(-1)).toBe('delete /moved')
  })

  test('a put beside the end of its lease is refused, or deleted with the others', async () => {
    const storage = await openEmpty()
    const leaseId = await storage.grantLease(3600)
    const underWay = storage.put('/b', bytes('b'), 0, { leaseId }).catch((error: unknown) => expect(error).toBeInstanceOf(LeaseNotFoundError))
    await storage.revokeLease(leaseId)
    await underWay
    expect(await storage.count('/')).toBe(0)
  })
})

describe('two stores on one etcd', () => {
  test('see each other’s writes, and compare with them', async () => {
    const [one, other] = [await open('/shared'), await open('/shared')]
    const { events } = await record(other)
    const created = await put(one, '/a', '1')
    expect(await other.get('/a')).toMatchObject({ modRevision: created })
    expect(await other.put('/a', bytes('x'), 0)).toMatchObject({ ok: false, current: { modRevision: created } })
    expect(await other.delete('/a', created)).toMatchObject({ ok: true })
    expect(await one.get('/a')).toBeUndefined()
    expect(lines(events)).toEqual(['put /a', 'delete /a'])
  })

  test('one of them compacts; when it is gone, the other one does', async () => {
    const [one, other] = [await openEmpty(), await openEmpty()]
    // Who has never looked does not know how often others have compacted.
    const turns = async () => [await one.claimCompaction!(1), await other.claimCompaction!(1)]
    await turns()
    for (let round = 0; round < 3; round++) expect(await turns()).toEqual([true, false])
    expect([await other.claimCompaction!(1), await other.claimCompaction!(1)]).toEqual([true, true])
    expect(await one.claimCompaction!(1)).toBe(false)
  })

  test('the compactors of two servers: history of two intervals goes, whoever of them is at it', async () => {
    const clock = new FakeClock()
    const [one, other] = [await open('/compacted'), await open('/compacted')]
    const ending = new AbortController()
    const failures: unknown[] = []
    const compactors = [one, other].map((storage) =>
      runCompactor({ storage, intervalMs: 300_000, clock, onError: (error) => failures.push(error) }, ending.signal),
    )
    const revisions: number[] = []
    for (let round = 0; round < 4; round++) {
      revisions.push(await put(one, `/${round}`, 'x'))
      await clock.advance(300_000)
      // Both have had their turn when both sleep again.
      await expect.poll(() => clock.timers).toBe(2)
    }
    await expect(one.list('/', { revision: revisions[1]! })).rejects.toThrow(CompactedError)
    expect((await other.list('/', { revision: revisions[3]! })).items).toHaveLength(4)
    expect(failures).toEqual([])
    ending.abort()
    await Promise.all(compactors)
  })

  test('what others of the same etcd write is progress and no event', async () => {
    const [storage, other] = [await openEmpty(), await openEmpty()]
    const { events, batches } = await record(storage)
    const revision = await put(other, '/a', 'theirs')
    expect(await storage.currentRevision()).toBe(revision)
    await storage.requestProgress()
    await expect.poll(() => batches.at(-1)).toEqual({ events: [], revision })
    expect(events).toEqual([])
  })
})

test('long lists are read in pages of one revision', async () => {
  const storage = await openEmpty()
  const keys = Array.from({ length: 350 }, (_, i) => `/p/${String(i).padStart(3, '0')}`)
  await Promise.all(keys.map((key) => storage.put(key, Buffer.alloc(8192, key), 0)))
  const listing = storage.list('/p/')
  const writing = Promise.all(keys.slice(100, 200).map(async (key) => storage.delete(key, (await storage.get(key))!.modRevision)))
  const list = await listing
  await writing
  expect(list.remaining).toBe(0)
  const then = await storage.list('/p/', { revision: list.revision })
  expect(list.items).toEqual(then.items)
  expect((await storage.list('/p/', { limit: 240 })).items.map(({ key }) => key)).toEqual([...keys.slice(0, 100), ...keys.slice(200, 340)])
  expect(await storage.list('/p/', { limit: 240 })).toMatchObject({ remaining: 10 })
})

test('a watch of what others have compacted is refused with the revision that is left', async () => {
  const [storage, other] = [await openEmpty(), await openEmpty()]
  const first = await put(storage, '/a', '1')
  const second = await put(storage, '/a', '2', first)
  await put(storage, '/a', '3', second)
  await other.compact(second)
  await expect(storage.watch('/', first, () => {})).rejects.toMatchObject({ name: 'CompactedError', compactRevision: second })
  await expect(storage.list('/', { revision: first })).rejects.toThrow(CompactedError)
})

describe('an etcd of its own', () => {
  test('when it restarts, watches go on: nothing lost, nothing twice; a write under way fails or is done', async () => {
    const own = await TestEtcd.start()
    try {
      const [storage, writer] = [await openEmpty([own.endpoint]), await openEmpty([own.endpoint])]
      const shared = await open('/restarts', [own.endpoint])
      const { events, batches } = await record(shared)
      const written: string[] = []
      for (const [round, signal] of (['SIGKILL', 'SIGTERM'] as const).entries()) {
        for (let i = 0; i < 5; i++) written.push((await put(shared, `/before-${round}-${i}`, 'x'), `put /before-${round}-${i}`))
        await own.stop(signal)
        await expect(writer.put('/lost', bytes('x'), 0)).rejects.toMatchObject({ name: 'StorageUnavailableError' })
        await own.start()
        // Written by another process while this one may not be connected yet.
        const again = await open('/restarts', [own.endpoint])
        for (let i = 0; i < 5; i++) written.push((await put(again, `/after-${round}-${i}`, 'x'), `put /after-${round}-${i}`))
        await expect.poll(() => lines(events)).toEqual(written)
      }
      let reached = 0
      for (const batch of batches) {
        for (const { revision } of batch.events) expect(revision > reached && revision <= batch.revision).toBe(true)
        reached = batch.revision
      }
      expect(await storage.count('/')).toBe(0)
    } finally {
      await own.remove()
    }
  })

  test('a watch whose events were compacted while etcd was away is told so, and can begin anew', async () => {
    const own = await TestEtcd.start()
    const proxy = await newCuttableProxy(Number(new URL(own.endpoint).port))
    try {
      const [away, writer] = [await open('/gap', [`http://127.0.0.1:${proxy.port}`]), await open('/gap', [own.endpoint])]
      const events: StorageEvent[] = []
      const lost = Promise.withResolvers<void>()
      await away.watch('/', await away.currentRevision(), (batch) => void events.push(...batch.events), lost.resolve)
      await put(writer, '/seen', '1')
      await expect.poll(() => lines(events)).toEqual(['put /seen'])
      proxy.cut()
      await put(writer, '/missed', '1')
      await writer.compact(await put(writer, '/newest', '1'))
      proxy.mend()
      await lost.promise
      const { items, revision } = await away.list('/')
      expect(items.map(({ key }) => key)).toEqual(['/missed', '/newest', '/seen'])
      await away.watch('/', revision, (batch) => void events.push(...batch.events))
      await put(writer, '/again', '1')
      await expect.poll(() => lines(events)).toEqual(['put /seen', 'put /again'])
    } finally {
      proxy.close()
      await own.remove()
    }
  })

  test('reads wait for an etcd that is restarting', async () => {
    const own = await TestEtcd.start()
    try {
      const storage = await openEmpty([own.endpoint])
      await put(storage, '/a', '1')
      await own.stop('SIGKILL')
      const read = storage.get('/a')
      await own.start()
      expect(Buffer.from((await read)!.value).toString()).toBe('1')
    } finally {
      await own.remove()
    }
  })

  test('the next endpoint serves when one does not', async () => {
    const own = await TestEtcd.start()
    try {
      const storage = await openEmpty(['http://127.0.0.1:1', own.endpoint])
      const { events } = await record(storage)
      await put(storage, '/a', '1')
      expect(lines(events)).toEqual(['put /a'])
    } finally {
      await own.remove()
    }
  })

  test('over its quota it takes deletes only, and says so', async () => {
    const own = await TestEtcd.start({ flags: ['--quota-backend-bytes', String(256 * 1024)] })
    try {
      const storage = await openEmpty([own.endpoint])
      const first = await put(storage, '/first', '1')
      const fill = async () => {
        for (let i = 0; i < 100; i++) await put(storage, `/fill-${i}`, 'x'.repeat(100_000))
      }
      await expect(fill()).rejects.toThrow(NoSpaceError)
      expect(await storage.status()).toMatchObject({ noSpace: true })
      expect(await storage.delete('/first', first)).toMatchObject({ ok: true })
    } finally {
      await own.remove()
    }
  })

  test('a value larger than it takes is refused in its words', async () => {
    const storage = await openEmpty()
    const large = storage.put('/large', Buffer.alloc(1_700_000), 0)
    await expect(large).rejects.toMatchObject({ name: 'StorageUnavailableError', message: 'etcdserver: request is too large' })
  })
})

test.each(['ftp://127.0.0.1:2379', '', 'http://127.0.0.1:2379/path'])('%j is no endpoint', async (endpoint) => {
  await expect(drivers.etcd({ endpoints: [endpoint], prefix: { ours: '', theirs: '/x' } })).rejects.toThrow(/no endpoint of etcd/)
})
