import { expect, test } from 'vitest'
import { FakeClock } from '../../util/fake/clock.ts'
import { WorkQueue } from './work-queue.ts'

test('a key added twice is taken once, in order of first adding', async () => {
  const queue = new WorkQueue<string>()
  for (const key of ['a', 'b', 'a']) queue.add(key)
  expect([await queue.get(), await queue.get(), queue.length]).toEqual(['a', 'b', 0])
})

test('a key added while being worked on comes again after done, and not before', async () => {
  const queue = new WorkQueue<string>()
  queue.add('a')
  expect(await queue.get()).toBe('a')
  queue.add('a')
  expect(queue.length).toBe(0)
  queue.done('a')
  expect(await queue.get()).toBe('a')
})

test('a waiting worker gets the next key', async () => {
  const queue = new WorkQueue<string>()
  const [first, second] = [queue.get(), queue.get()]
  queue.add('a')
  queue.add('b')
  expect([await first, await second]).toEqual(['a', 'b'])
})

test('addAfter: the earliest time counts', async () => {
  const clock = new FakeClock()
  const queue = new WorkQueue<string>({ clock })
  queue.addAfter('a', 1000)
  queue.addAfter('a', 500)
  queue.addAfter('a', 2000)
  await clock.advance(499)
  expect(queue.length).toBe(0)
  await clock.advance(1)
  expect(queue.length).toBe(1)
  await clock.advance(5000)
  expect(queue.length).toBe(1)
})

for (const { failures, waitMs } of [
  { failures: 1, waitMs: 5 },
  { failures: 2, waitMs: 10 },
  { failures: 10, waitMs: 5 * 512 },
  { failures: 18, waitMs: 5 * 131_072 }, // 655 s
  { failures: 19, waitMs: 1_000_000 }, // twice that would be above the bound
]) {
  test(`failure ${failures} waits ${waitMs} ms`, async () => {
    const clock = new FakeClock()
    const queue = new WorkQueue<string>({ clock })
    for (let n = 1; n < failures; n++) {
      queue.addRateLimited('a')
      await clock.advance(1_000_000)
      queue.done((await queue.get())!)
    }
    queue.addRateLimited('a')
    await clock.advance(waitMs - 1)
    expect(queue.length).toBe(0)
    await clock.advance(1)
    expect(queue.length).toBe(1)
  })
}

test('success forgets the backoff', async () => {
  const clock = new FakeClock()
  const queue = new WorkQueue<string>({ clock })
  for (let n = 0; n < 5; n++) queue.addRateLimited('a')
  expect(queue.retries('a')).toBe(5)
  queue.forget('a')
  expect(queue.retries('a')).toBe(0)
})

test('shut down: queued keys are handed out, waiting ones are not, workers end', async () => {
  const clock = new FakeClock()
  const queue = new WorkQueue<string>({ clock })
  queue.add('a')
  queue.addAfter('b', 10)
  queue.shutDown()
  queue.add('c')
  await clock.advance(100)
  expect([await queue.get(), await queue.get()]).toEqual(['a', undefined])
})

test('shut down wakes waiting workers', async () => {
  const queue = new WorkQueue<string>()
  const waiting = queue.get()
  queue.shutDown()
  expect(await waiting).toBeUndefined()
})
