import { expect, test } from 'vitest'
import { FakeClock } from './fake/clock.ts'
import { TokenBucket } from './token-bucket.ts'

// 10 a second, 2 at once: the third of one moment is due after 100 ms, the fourth after 200.
test('whoever can wait is told how long', async () => {
  const clock = new FakeClock()
  const bucket = new TokenBucket({ perSecond: 10, burst: 2, clock })
  expect([bucket.take(), bucket.take(), bucket.take(), bucket.take()]).toEqual([0, 0, 100, 200])
  await clock.advance(10_000)
  expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([0, 0, 100])
})

test('whoever cannot wait is refused', async () => {
  const clock = new FakeClock()
  const bucket = new TokenBucket({ perSecond: 10, burst: 2, clock })
  expect([bucket.tryTake(), bucket.tryTake(), bucket.tryTake()]).toEqual([true, true, false])
  await clock.advance(99)
  expect(bucket.tryTake()).toBe(false)
  await clock.advance(1)
  expect([bucket.tryTake(), bucket.tryTake()]).toEqual([true, false])
})
