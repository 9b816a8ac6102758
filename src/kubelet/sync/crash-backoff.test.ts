import { expect, test } from 'vitest'
import { FakeClock } from '../../util/fake/clock.ts'
import { Backoff, formatDuration } from './crash-backoff.ts'

test('the first restart is free; then 10 s doubling to 5 minutes; ten quiet minutes forget', async () => {
  const clock = new FakeClock()
  const backoff = new Backoff(clock)
  const waits: number[] = []
  for (let crash = 0; crash < 8; crash++) {
    const wait = backoff.remainingMs('c', clock.now())
    waits.push(wait / 1000)
    await clock.advance(wait)
    backoff.next('c', clock.now() - wait)
  }
  expect(waits).toEqual([0, 10, 20, 40, 80, 160, 300, 300])
  await clock.advance(600_001)
  expect(backoff.remainingMs('c', clock.now())).toBe(0)
  backoff.next('c', clock.now())
  expect(backoff.delayMs('c')).toBe(10_000)
})

test.each([
  [10_000, '10s'],
  [80_000, '1m20s'],
  [300_000, '5m0s'],
  [3_600_000, '1h0m0s'],
])('%d ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text))
