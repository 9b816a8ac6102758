import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { compareBytewise, SortedMap } from './sorted-map.ts'

const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
const wellFormed = fc.string({ unit: 'grapheme', maxLength: 6 }).map((text) => text.toWellFormed())

test('strings compare as their UTF-8 bytes do', () => {
  fc.assert(fc.property(wellFormed, wellFormed, (a, b) => Math.sign(compareBytewise(a, b)) === Math.sign(bytewise(a, b))))
})

test('any sequence of sets and deletes leaves what a plain map sorted by key would', () => {
  const key = fc.oneof(fc.constantFrom('a/1', 'a/2', 'a/', 'a', 'b/1', '\uffee', '😀', ''), wellFormed)
  const operation = fc.record({ key, remove: fc.boolean() })
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), key, key, (operations, prefix, from) => {
      const map = new SortedMap<string>()
      const model = new Map<string, string>()
      for (const { key, remove } of operations) {
        if (remove) expect(map.delete(key)).toBe(model.delete(key))
        else for (const target of [map, model]) target.set(key, `value of ${key}`)
      }
      const expected = [...model.keys()].filter((key) => key.startsWith(prefix) && bytewise(key, from) >= 0).toSorted(bytewise)
      expect([...map.range(prefix, from)]).toEqual(expected.map((key) => model.get(key)))
      expect(map.count(prefix, from)).toBe(expected.length)
      expect(map.size).toBe(model.size)
    }),
  )
})

test('thousands of keys, in any order of arrival', () => {
  for (const order of ['up', 'down', 'mixed']) {
    const map = new SortedMap<number>()
    for (let i = 0; i < 5000; i++) {
      const n = order === 'up' ? i : order === 'down' ? 4999 - i : (i * 2741) % 5000
      map.set(`/k/${String(n).padStart(4, '0')}`, n)
    }
    expect([...map.range('/k/')]).toEqual(Array.from({ length: 5000 }, (_, i) => i))
    expect(map.count('/k/', '/k/1234')).toBe(5000 - 1234)
    for (let i = 0; i < 5000; i += 2) map.delete(`/k/${String(i).padStart(4, '0')}`)
    expect(map.count('/k/1')).toBe(500)
  }
})
