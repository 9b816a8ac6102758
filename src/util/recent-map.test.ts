import { expect, test } from 'vitest'
import { RecentMap } from './recent-map.ts'

test('keeps what was asked for lately, within its bound', () => {
  const map = new RecentMap<number>(8)
  map.set('aa', 1)
  map.set('bb', 2)
  map.set('cc', 3)
  map.set('dd', 4)
  map.set('ee', 5) // full: the first four are old now
  expect(map.get('aa')).toBe(1) // asked for: young again
  for (const [index, key] of ['ff', 'gg', 'hh'].entries()) map.set(key, index) // full again
  expect(map.get('aa')).toBe(1)
  expect(map.get('bb')).toBeUndefined()
})

test('a key takes its room once, and a huge one none', () => {
  const map = new RecentMap<number>(8)
  map.set('aa', 1)
  for (let i = 0; i < 10; i++) map.set('bb', i)
  map.set('ccc', 9)
  expect([map.get('aa'), map.get('bb'), map.get('ccc')]).toEqual([1, 9, undefined])
})
