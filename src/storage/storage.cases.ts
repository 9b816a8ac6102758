// What every store promises, whatever its driver: etcd's guarantees, as far as Kubernetes leans on them
// (https://etcd.io/docs/v3.6/learning/api_guarantees/). A driver's test calls storageCases with a way to open an empty store.

import { describe, expect, test } from 'vitest'

import type { Clock } from '../util/clock.ts'
import { FakeClock } from '../util/fake/clock.ts'
import { CompactedError, FutureRevisionError, LeaseNotFoundError, StorageFailedError } from './storage.ts'
import type { Storage, StorageEvent, WatchBatch } from './storage.ts'

/** Opens an empty store; what it needs besides (a directory) is cleaned up by the caller of {@link storageCases}. */
export type OpenEmpty = (clock: Clock) => Promise<Storage>

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (value: { readonly value: Uint8Array } | undefined): string | undefined => value && new TextDecoder().decode(value.value)

async function put(storage: Storage, key: string, value: string, expectedRevision = 0): Promise<number> {
  const result = await storage.put(key, bytes(value), expectedRevision)
  if (!result.ok) throw new Error(`put of ${key} expected revision ${expectedRevision}, found ${result.current?.modRevision}`)
  return result.revision
}

async function remove(storage: Storage, key: string, expectedRevision: number): Promise<number> {
  const result = await storage.delete(key, expectedRevision)
  if (!result.ok) throw new Error(`delete of ${key} expected revision ${expectedRevision}, found ${result.current?.modRevision}`)
  return result.revision
}

/** `put /a/1 = x`, `put /a/1 = y (was x)`, `delete /a/1 (was y)` */
function describeEvent(event: StorageEvent): string {
  if (event.type === 'delete') return `delete ${event.key} (was ${text(event.previous)})`
  return `put ${event.key} = ${text(event.current)}${event.previous ? ` (was ${text(event.previous)})` : ''}`
}

class Recorder {
  readonly batches: WatchBatch[] = []
  readonly onBatch = (batch: WatchBatch): void => void this.batches.push(batch)

  get events(): StorageEvent[] {
    return this.batches.flatMap((batch) => batch.events)
  }

  get lines(): string[] {
    return this.events.map(describeEvent)
  }
}

/** a and b live, c gone, /other/x elsewhere; `at[i]` is the revision after step i. */
async function history(storage: Storage): Promise<{ readonly at: readonly number[] }> {
  const at = [
    await put(storage, '/p/a', 'a1'), // 0
    await put(storage, '/p/b', 'b1'), // 1
    await put(storage, '/p/c', 'c1'), // 2
    await put(storage, '/other/x', 'x1'), // 3
  ]
  at.push(await put(storage, '/p/a', 'a2', at[0])) // 4
  at.push(await remove(storage, '/p/c', at[2]!)) // 5
  at.push(await put(storage, '/p/b', 'b2', at[1])) // 6
  return { at }
}

const historyLines = ['put /p/a = a1', 'put /p/b = b1', 'put /p/c = c1', 'put /p/a = a2 (was a1)', 'delete /p/c (was c1)', 'put /p/b = b2 (was b1)'] as const

const listings: readonly { readonly step: number; readonly values: readonly string[] }[] = [
  { step: 0, values: ['a1'] },
  { step: 1, values: ['a1', 'b1'] },
  { step: 3, values: ['a1', 'b1', 'c1'] },
  { step: 4, values: ['a2', 'b1', 'c1'] },
  { step: 5, values: ['a2', 'b1'] },
  { step: 6, values: ['a2', 'b2'] },
]

/** @param exceptions title -> why this driver cannot be held to it as it stands; its own test says what holds instead */
export function storageCases(name: string, openEmpty: OpenEmpty, exceptions: Readonly<Record<string, string>> = {}): void {
  const storageTest = (title: string, run: (storage: Storage, clock: FakeClock) => Promise<void>): void => {
    test(title, async (context) => {
      if (exceptions[title]) context.skip(exceptions[title])
      const clock = new FakeClock()
      const storage = await openEmpty(clock)
      try {
        await run(storage, clock)
      } finally {
        await storage.close()
      }
    })
  }

  describe(name, () => {
    describe('writes', () => {
      storageTest('an empty store has a revision, and every write has the next', async (storage) => {
        const start = await storage.currentRevision()
        expect(start).toBeGreaterThanOrEqual(1)
        expect(await put(storage, '/a', '1')).toBe(start + 1)
        expect(await put(storage, '/b', '1')).toBe(start + 2)
        expect(await storage.currentRevision()).toBe(start + 2)
      })

      storageTest('a value keeps its creation revision until it is deleted', async (storage) => {
        const created = await put(storage, '/a', '1')
        const updated = await put(storage, '/a', '2', created)
        expect(await storage.get('/a')).toMatchObject({ key: '/a', createRevision: created, modRevision: updated })
        await remove(storage, '/a', updated)
        expect(await storage.get('/a')).toBeUndefined()
        const again = await put(storage, '/a', '3')
        expect(await storage.get('/a')).toMatchObject({ createRevision: again, modRevision: again })
      })

      storageTest('an equal value is a new revision all the same', async (storage) => {
        const first = await put(storage, '/a', 'same')
        expect(await put(storage, '/a', 'same', first)).toBe(first + 1)
      })

      storageTest('a failed comparison changes nothing and tells what is there', async (storage) => {
        const revision = await put(storage, '/a', '1')
        const found = { ok: false, current: expect.objectContaining({ key: '/a', modRevision: revision }) as unknown }
        expect(await storage.put('/a', bytes('2'), 0)).toEqual(found)
        expect(await storage.put('/a', bytes('2'), revision + 5)).toEqual(found)
        expect(await storage.delete('/a', revision - 1)).toEqual(found)
        expect(await storage.put('/none', bytes('2'), revision)).toEqual({ ok: false, current: undefined })
        expect(await storage.delete('/none', 0)).toEqual({ ok: false, current: undefined })
        expect(await storage.currentRevision()).toBe(revision)
        expect(text(await storage.get('/a'))).toBe('1')
      })

      storageTest('of concurrent creators one wins, and the others learn of the winner', async (storage) => {
        const results = await Promise.all(Array.from({ length: 20 }, (_, i) => storage.put('/a', bytes(`writer ${i}`), 0)))
        expect(results.filter((result) => result.ok)).toHaveLength(1)
        const winner = await storage.get('/a')
        for (const result of results) if (!result.ok) expect(result.current?.modRevision).toBe(winner?.modRevision)
      })

      storageTest('concurrent read-modify-write loops lose no increment', async (storage) => {
        await put(storage, '/counter', '0')
        const increment = async (): Promise<void> => {
          for (;;) {
            const found = await storage.get('/counter')
            const result = await storage.put('/counter', bytes(String(Number(text(found)) + 1)), found!.modRevision)
            if (result.ok) return
          }
        }
        await Promise.all(Array.from({ length: 12 }, increment))
        expect(text(await storage.get('/counter'))).toBe('12')
      })

      storageTest('a chain of writes queued at once: each compares with the one before', async (storage) => {
        const start = await storage.currentRevision()
        const results = await Promise.all([
          storage.put('/a', bytes('1'), 0),
          storage.put('/a', bytes('2'), start + 1),
          storage.delete('/a', start + 2),
          storage.delete('/a', start + 2),
          storage.put('/a', bytes('3'), 0),
        ])
        expect(results.map((result) => result.ok)).toEqual([true, true, true, false, true])
        expect(await storage.get('/a')).toMatchObject({ createRevision: start + 4, modRevision: start + 4 })
      })

      storageTest('any bytes and any key come back as they were', async (storage) => {
        const all = Uint8Array.from({ length: 256 }, (_, i) => i)
        for (const [key, value] of [
          ['/bytes', all],
          ['/empty', new Uint8Array()],
          ['/large', new Uint8Array(1_500_000).fill(7)],
          ['/slice', new Uint8Array(1000).fill(1).subarray(10, 20)],
          ['/ключ/😀', bytes('x')],
          ['__proto__', bytes('y')],
        ] as const) {
          await storage.put(key, value, 0)
          expect(Buffer.compare((await storage.get(key))!.value, value)).toBe(0)
        }
      })
    })

    describe('reads', () => {
      storageTest('keys come in the order of their UTF-8 bytes', async (storage) => {
        const keys = ['/k/b', '/k/a', '/k/a/b', '/k/a-b', '/k/A', '/k/é', '/k/\uffee', '/k/😀', '/k/ab']
        await Promise.all(keys.map((key) => storage.put(key, bytes(key), 0)))
        const expected = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        const first = await storage.list('/k/')
        expect(first.items.map((item) => item.key)).toEqual(expected)
        await put(storage, '/k/zz', 'later')
        expect((await storage.list('/k/', { revision: first.revision })).items.map((item) => item.key)).toEqual(expected)
      })

      storageTest('a prefix lists its own keys only', async (storage) => {
        for (const key of ['/pods/a', '/pods/b', '/podsx/c', '/pod', '/a']) await put(storage, key, key)
        expect((await storage.list('/pods/')).items.map((item) => item.key)).toEqual(['/pods/a', '/pods/b'])
        expect((await storage.list('/none/')).items).toEqual([])
        expect(await storage.count('/pods/')).toBe(2)
        expect(await storage.count('/none/')).toBe(0)
        expect(await storage.count('')).toBe(5)
      })

      storageTest('every revision can be read as it was', async (storage) => {
        const { at } = await history(storage)
        for (const { step, values } of listings) {
          const revision = at[step]!
          const list = await storage.list('/p/', { revision })
          expect({ step, revision: list.revision, values: list.items.map(text) }).toEqual({ step, revision, values })
        }
        expect(text(await storage.get('/p/a', { revision: at[3]! }))).toBe('a1')
        expect(text(await storage.get('/p/c', { revision: at[4]! }))).toBe('c1')
        expect(await storage.get('/p/c', { revision: at[5]! })).toBeUndefined()
        expect(await storage.get('/p/c', { revision: at[1]! })).toBeUndefined()
      })

      storageTest('pages of one revision make up the list of that revision, whatever is written meanwhile', async (storage) => {
        for (let i = 0; i < 25; i++) await put(storage, `/p/${String(i).padStart(2, '0')}`, `v${i}`)
        const whole = await storage.list('/p/')
        const keys: string[] = []
        let from: string | undefined
        do {
          const page = await storage.list('/p/', { limit: 7, revision: whole.revision, ...(from !== undefined && { from }) })
          expect(page.remaining).toBe(25 - keys.length - page.items.length)
          expect(page.revision).toBe(whole.revision)
          keys.push(...page.items.map((item) => item.key))
          from = page.remaining > 0 ? `${keys.at(-1)!}\0` : undefined
          const last = await storage.get(keys.at(-1)!)
          if (last) await remove(storage, last.key, last.modRevision)
          await put(storage, `/p/${keys.at(-1)!.slice(3)}x`, 'new')
          const next = await storage.get('/p/20')
          await put(storage, '/p/20', 'changed', next?.modRevision ?? 0)
        } while (from !== undefined)
        expect(keys).toEqual(whole.items.map((item) => item.key))
      })

      storageTest('limit and from cut the newest list; remaining counts what limit cut off', async (storage) => {
        for (const key of ['/p/a', '/p/b', '/p/c', '/q/d']) await put(storage, key, key)
        const table = [
          { options: {}, keys: ['/p/a', '/p/b', '/p/c'], remaining: 0 },
          { options: { limit: 2 }, keys: ['/p/a', '/p/b'], remaining: 1 },
          { options: { limit: 3 }, keys: ['/p/a', '/p/b', '/p/c'], remaining: 0 },
          { options: { limit: 1, from: '/p/b' }, keys: ['/p/b'], remaining: 1 },
          { options: { from: '/p/b\0' }, keys: ['/p/c'], remaining: 0 },
          { options: { from: '/p/z' }, keys: [], remaining: 0 },
          { options: { from: '/a' }, keys: ['/p/a', '/p/b', '/p/c'], remaining: 0 },
        ]
        for (const { options, keys, remaining } of table) {
          const list = await storage.list('/p/', options)
          expect({ keys: list.items.map((item) => item.key), remaining: list.remaining }).toEqual({ keys, remaining })
        }
      })

      storageTest('a future revision is refused', async (storage) => {
        const revision = await put(storage, '/a', '1')
        await expect(storage.get('/a', { revision: revision + 1 })).rejects.toThrow(FutureRevisionError)
        await expect(storage.list('/', { revision: revision + 1 })).rejects.toMatchObject({ currentRevision: revision })
      })

      storageTest('nothing can be seen of a write that is under way', async (storage) => {
        const revision = await put(storage, '/a', 'old')
        const recorder = new Recorder()
        const stop = await storage.watch('/', revision, recorder.onBatch)
        const write = storage.put('/a', bytes('new'), revision)
        const seen = [text(await storage.get('/a')), await storage.currentRevision(), recorder.batches.length]
        expect(seen).toEqual(['old', revision, 0])
        await write
        expect([text(await storage.get('/a')), await storage.currentRevision()]).toEqual(['new', revision + 1])
        stop()
      })
    })

    describe('watch', () => {
      storageTest('every revision can be watched from: no gap, no repetition, in order', async (storage) => {
        const start = await storage.currentRevision()
        const { at } = await history(storage)
        const revisions = [start, ...at]
        for (const [step, from] of revisions.entries()) {
          const recorder = new Recorder()
          const stop = await storage.watch('/p/', from, recorder.onBatch)
          await expect.poll(() => recorder.lines).toEqual(historyLines.slice(step <= 3 ? step : step - 1))
          stop()
        }
      })

      storageTest('a watch goes on from the past into the present', async (storage) => {
        const start = await storage.currentRevision()
        const { at } = await history(storage)
        const recorder = new Recorder()
        const stop = await storage.watch('/p/', start, recorder.onBatch)
        await put(storage, '/p/d', 'd1')
        await put(storage, '/other/y', 'y1')
        await put(storage, '/p/a', 'a3', at[4])
        await expect.poll(() => recorder.lines).toEqual([...historyLines, 'put /p/d = d1', 'put /p/a = a3 (was a2)'])
        const revisions = recorder.events.map((event) => event.revision)
        expect(revisions).toEqual([...new Set(revisions)].toSorted((a, b) => a - b))
        stop()
      })

      storageTest('a batch holds nothing beyond its revision, and the next one begins after it', async (storage) => {
        const recorder = new Recorder()
        const stop = await storage.watch('/', await storage.currentRevision(), recorder.onBatch)
        await Promise.all(Array.from({ length: 50 }, (_, i) => storage.put(`/k/${i}`, bytes('v'), 0)))
        await expect.poll(() => recorder.events.length).toBe(50)
        let reached = 0
        for (const { events, revision } of recorder.batches) {
          for (const event of events) expect(event.revision > reached && event.revision <= revision).toBe(true)
          reached = revision
        }
        stop()
      })

      storageTest('a writer gets its reply after the watchers got the event', async (storage) => {
        const recorder = new Recorder()
        const stop = await storage.watch('/a/', await storage.currentRevision(), recorder.onBatch)
        const revision = await put(storage, '/a/x', '1')
        expect(recorder.batches.at(-1)?.revision).toBe(revision)
        await remove(storage, '/a/x', revision)
        expect(recorder.lines).toEqual(['put /a/x = 1', 'delete /a/x (was 1)'])
        stop()
      })

      storageTest('events carry revisions: of the write, of what was before', async (storage) => {
        const recorder = new Recorder()
        const stop = await storage.watch('/', await storage.currentRevision(), recorder.onBatch)
        const created = await put(storage, '/a', '1')
        const updated = await put(storage, '/a', '2', created)
        const deleted = await remove(storage, '/a', updated)
        expect(recorder.events).toMatchObject([
          { type: 'put', revision: created, current: { modRevision: created, createRevision: created }, previous: undefined },
          { type: 'put', revision: updated, current: { modRevision: updated, createRevision: created }, previous: { modRevision: created } },
          { type: 'delete', revision: deleted, previous: { modRevision: updated, createRevision: created } },
        ])
        stop()
      })

      storageTest('progress tells how far a quiet watch has come', async (storage) => {
        const recorder = new Recorder()
        const stop = await storage.watch('/quiet/', await storage.currentRevision(), recorder.onBatch)
        const revision = await put(storage, '/busy/a', '1')
        await storage.requestProgress()
        await expect.poll(() => recorder.batches.at(-1)).toEqual({ events: [], revision })
        stop()
      })

      storageTest('watchers of nested and of odd prefixes each get theirs; a stopped one gets nothing', async (storage) => {
        const revision = await storage.currentRevision()
        const prefixes = ['/r/', '/r/pods/', '/r/pods/ns/', '/r/po', '', '/r/pods/ns/web', '/x/'] as const
        const recorders = prefixes.map(() => new Recorder())
        const stops = await Promise.all(prefixes.map((prefix, i) => storage.watch(prefix, revision, recorders[i]!.onBatch)))
        await put(storage, '/r/pods/ns/web', '1')
        await put(storage, '/r/secrets/ns/web', '1')
        expect(recorders.map((recorder) => recorder.events.length)).toEqual([2, 1, 1, 1, 2, 1, 0])
        for (const stop of stops) stop()
        await put(storage, '/r/pods/ns/web2', '1')
        expect(recorders.map((recorder) => recorder.events.length)).toEqual([2, 1, 1, 1, 2, 1, 0])
      })

      storageTest('a watch from a revision to come begins there', async (storage) => {
        const revision = await storage.currentRevision()
        const recorder = new Recorder()
        const stop = await storage.watch('/', revision + 1, recorder.onBatch)
        await put(storage, '/a', 'too early')
        await put(storage, '/b', 'in time')
        expect(recorder.lines).toEqual(['put /b = in time'])
        stop()
      })
    })

    describe('compaction', () => {
      storageTest('what lies before it is gone; that revision, and the newest of every key, stay', async (storage) => {
        const { at } = await history(storage)
        const compacted = at[4]!
        await storage.compact(compacted)
        for (const { step, values } of listings) {
          const list = storage.list('/p/', { revision: at[step]! })
          if (step < 4) await expect(list).rejects.toMatchObject({ name: 'CompactedError', compactRevision: compacted })
          else expect((await list).items.map(text)).toEqual(values)
        }
        await expect(storage.get('/p/a', { revision: at[0]! })).rejects.toThrow(CompactedError)
        expect(text(await storage.get('/other/x'))).toBe('x1')
      })

      storageTest('watches begin at it or after it', async (storage) => {
        const { at } = await history(storage)
        await storage.compact(at[4]!)
        await expect(storage.watch('/p/', at[2]!, () => {})).rejects.toThrow(CompactedError)
        const recorder = new Recorder()
        const stop = await storage.watch('/p/', at[4]!, recorder.onBatch)
        await expect.poll(() => recorder.lines).toEqual(historyLines.slice(4))
        stop()
      })

      storageTest('everything may be compacted, also when the newest write was a delete', async (storage) => {
        const revision = await put(storage, '/a', '1')
        const deleted = await remove(storage, '/a', revision)
        await storage.compact(deleted)
        expect(await storage.currentRevision()).toBe(deleted)
        expect((await storage.list('/')).items).toEqual([])
        expect(await put(storage, '/a', '2')).toBe(deleted + 1)
      })

      storageTest('the future cannot be compacted; the past can be again', async (storage) => {
        const revision = await put(storage, '/a', '1')
        await expect(storage.compact(revision + 1)).rejects.toThrow(FutureRevisionError)
        await storage.compact(revision)
        await storage.compact(revision)
        await storage.compact(revision - 1)
        expect(text(await storage.get('/a', { revision }))).toBe('1')
      })
    })

    describe('leases', () => {
      const leased = async (storage: Storage, key: string, leaseId: number, expectedRevision = 0): Promise<number> => {
        const result = await storage.put(key, bytes(key), expectedRevision, { leaseId })
        if (!result.ok) throw new Error(`put of ${key} refused`)
        return result.revision
      }

      storageTest('the keys of a lease that runs out are deleted, for watchers too', async (storage, clock) => {
        const leaseId = await storage.grantLease(60)
        await leased(storage, '/a', leaseId)
        await leased(storage, '/b', leaseId)
        await put(storage, '/c', 'stays')
        const recorder = new Recorder()
        const stop = await storage.watch('/', await storage.currentRevision(), recorder.onBatch)
        await clock.advance(59_000)
        expect(await storage.count('/')).toBe(3)
        await clock.advance(1_001)
        await expect.poll(() => recorder.lines).toEqual(['delete /a (was /a)', 'delete /b (was /b)'])
        expect((await storage.list('/')).items.map((item) => item.key)).toEqual(['/c'])
        stop()
      })

      storageTest('a later put decides which lease, if any, a key hangs on', async (storage, clock) => {
        const [short, long] = [await storage.grantLease(10), await storage.grantLease(100)]
        await put(storage, '/freed', 'x', await leased(storage, '/freed', short))
        await leased(storage, '/moved', long, await leased(storage, '/moved', short))
        await leased(storage, '/bound', short)
        await clock.advance(11_000)
        await expect.poll(() => storage.count('/')).toBe(2)
        await clock.advance(90_000)
        await expect.poll(() => storage.count('/')).toBe(1)
        expect(text(await storage.get('/freed'))).toBe('x')
      })

      storageTest('revoking deletes the keys, also those whose put is under way', async (storage) => {
        const leaseId = await storage.grantLease(3600)
        await leased(storage, '/a', leaseId)
        const underWay = leased(storage, '/b', leaseId)
        await storage.revokeLease(leaseId)
        await underWay
        expect(await storage.count('/')).toBe(0)
      })

      storageTest('a lease that is gone or never was cannot be used', async (storage) => {
        const leaseId = await storage.grantLease(3600)
        await storage.revokeLease(leaseId)
        await expect(storage.put('/a', bytes('1'), 0, { leaseId })).rejects.toThrow(LeaseNotFoundError)
        await expect(storage.put('/a', bytes('1'), 0, { leaseId: 12345 })).rejects.toThrow(LeaseNotFoundError)
        await storage.revokeLease(leaseId)
      })
    })

    test('a closed store has done what was asked before, and does nothing more', async () => {
      const storage = await openEmpty(new FakeClock())
      const write = storage.put('/a', bytes('1'), 0)
      await storage.close()
      expect((await write).ok).toBe(true)
      await expect(storage.get('/a')).rejects.toThrow(StorageFailedError)
      await expect(storage.put('/b', bytes('1'), 0)).rejects.toThrow(StorageFailedError)
      await storage.close()
    })
  })
}
