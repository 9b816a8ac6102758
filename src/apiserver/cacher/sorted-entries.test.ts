import { array, assert, boolean, integer, property, record } from 'fast-check'
import { expect, test } from 'vitest'
import type { Entry } from './entry.ts'
import { SortedEntries } from './sorted-entries.ts'

const entry = (key: string) => ({ key }) as Entry
const keysOf = (entries: readonly Entry[]) => entries.map(({ key }) => key)

test('ranges are those of a sorted list, whatever was set and deleted', () => {
  const key = integer({ min: 0, max: 2000 }).map((n) => `/r/${n % 3}/${n}`)
  assert(
    property(array(record({ key, gone: boolean() }), { maxLength: 3000, size: 'max' }), key, (steps, from) => {
      const entries = new SortedEntries()
      const expected = new Set<string>()
      for (const { key, gone } of steps) {
        if (gone) entries.delete(key)
        else entries.set(entry(key))
        if (gone) expected.delete(key)
        else expected.add(key)
      }
      const sorted = [...expected].sort()
      expect(entries.size).toBe(sorted.length)
      expect(keysOf(entries.range('/r/'))).toEqual(sorted)
      expect(keysOf(entries.range('/r/1/'))).toEqual(sorted.filter((each) => each.startsWith('/r/1/')))
      expect(keysOf(entries.range('/r/', from))).toEqual(sorted.filter((each) => each >= from))
    }),
    { numRuns: 30 },
  )
})

test('many keys in order, in reverse and deleted again', () => {
  const entries = new SortedEntries()
  const keys = Array.from({ length: 5000 }, (_, i) => `/r/${String(i).padStart(4, '0')}`)
  for (const key of keys.slice(0, 2500)) entries.set(entry(key))
  for (const key of keys.slice(2500).toReversed()) entries.set(entry(key))
  expect(keysOf(entries.range('/r/'))).toEqual(keys)
  for (const key of keys) if (key !== '/r/1234') entries.delete(key)
  expect(keysOf(entries.range('/r/'))).toEqual(['/r/1234'])
  entries.delete('/r/1234')
  expect(entries.range('/r/')).toEqual([])
})
