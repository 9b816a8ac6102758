import { expect, test } from 'vitest'
import { ExpiringCache } from './expiring-cache.ts'
import { FakeClock } from './fake/clock.ts'

test('values live as long as they were given, and no longer', async () => {
  const clock = new FakeClock()
  const cache = new ExpiringCache<number>({ entriesMax: 10, clock })
  cache.set('a', 1, 100)
  cache.set('b', 2, 200)
  cache.set('c', 3, 0)
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, 2, undefined])
  await clock.advance(100)
  expect([cache.get('a'), cache.get('b')]).toEqual([undefined, 2])
  cache.clear()
  expect(cache.get('b')).toBeUndefined()
})

test('when it is full, the least recently used goes', () => {
  const cache = new ExpiringCache<number>({ entriesMax: 2, clock: new FakeClock() })
  cache.set('a', 1, 100)
  cache.set('b', 2, 100)
  cache.get('a')
  cache.set('c', 3, 100)
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3])
})
