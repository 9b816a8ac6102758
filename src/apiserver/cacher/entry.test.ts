import { expect, test } from 'vitest'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import { Entry, type EntryReader } from './entry.ts'
import { RecentEntries } from './recent-entries.ts'

let decoded = 0
const reader: EntryReader = {
  decode(json) {
    decoded++
    return JSON.parse(json) as JsonObject
  },
  traitsOf: () => ({ name: '', namespace: '', labels: {}, fields: undefined }),
}

function written(name: string, more: JsonObject = {}): { readonly entry: Entry; readonly object: JsonObject } {
  const object: JsonObject = { kind: 'Thing', apiVersion: 'v1', metadata: { name, uid: 'u', labels: { a: 'b' } }, ...more }
  return { entry: Entry.fromStored(`/things/${name}`, Buffer.from(JSON.stringify(object)), 7, reader), object }
}

const stored = (entry: Entry) => Buffer.concat(entry.parts).toString()

test('a kept object is what decoding gives, in the same order, and is not decoded', () => {
  const { entry, object } = written('a')
  decoded = 0
  entry.keep(object)
  expect(JSON.stringify(entry.object())).toBe(stored(entry))
  expect(decoded).toBe(0)
  expect(object['metadata']).not.toHaveProperty('resourceVersion')
  expect(JSON.stringify(entry.at(9).object())).toContain('"resourceVersion":"9"')
})

test('a copy is always the caller’s own', () => {
  const { entry, object } = written('a')
  entry.keep(object)
  const copy = entry.copy() as { metadata: { labels: { a: string } } }
  copy.metadata.labels.a = 'changed'
  expect(entry.object()).toMatchObject({ metadata: { labels: { a: 'b' } } })
})

test('bytes that are asked for again are kept for a while, and are the same', () => {
  const { entry } = written('a')
  const [first, second] = [entry.bytes, entry.bytes]
  expect(entry.bytes).toBe(second)
  expect(first.equals(second)).toBe(true)
  expect(second.toString()).toBe(`${stored(entry)}\n`)
  for (let i = 0; i < 64; i++) {
    const other = written(`b-${i}`).entry
    expect([other.bytes.length, other.bytes.length]).toEqual([other.byteLength + 1, other.byteLength + 1])
  }
  expect(entry.bytes).not.toBe(second)
  expect(entry.bytes.equals(second)).toBe(true)
})

test('only the last ones written are kept, and none that is large', () => {
  const recent = new RecentEntries()
  const all = Array.from({ length: 130 }, (_, i) => written(`n-${i}`))
  for (const { entry, object } of all) recent.add(entry, object)
  const large = written('large', { data: 'x'.repeat(40_000) })
  recent.add(large.entry, large.object)
  decoded = 0
  for (const { entry } of all.slice(2)) entry.object()
  expect(decoded).toBe(0)
  for (const { entry } of [...all.slice(0, 2), large]) entry.object()
  expect(decoded).toBe(3)
})
