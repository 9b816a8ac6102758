import { expect, test } from 'vitest'
import { RetryAfter } from './retry-after.ts'

test('doubles while many are refused, at most to 32 s, and goes back step by step', () => {
  const retryAfter = new RetryAfter()
  let second = 1000
  const refuse = (times: number) => {
    for (let i = 0; i < times; i++) retryAfter.record(second * 1000)
    second++
    return retryAfter.seconds
  }
  // Each rise waits until the clients of the last one have come back.
  const rising = Array.from({ length: 70 }, () => refuse(10))
  expect([...new Set(rising)]).toEqual([1, 2, 4, 8, 16, 32])
  // Two a second are fewer than three times, but not fewer than once: it stays.
  second += 33
  const falling = Array.from({ length: 40 }, () => (second++, refuse(1)))
  expect(falling[0]).toBe(31)
  expect(falling.at(-1)).toBeLessThan(20)
})
