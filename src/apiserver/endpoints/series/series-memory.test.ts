import { expect, test } from 'vitest'
import { codec } from '../../../api/codec.ts'
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { Input } from '../../admission/admission.ts'
import { Entry, type EntryReader } from '../../cacher/entry.ts'
import { SeriesMemory, type SeriesRequest } from './series-memory.ts'

const reader: EntryReader = { decode: (json) => JSON.parse(json) as JsonObject, traitsOf: () => ({ name: '', namespace: '', labels: {}, fields: undefined }) }
const user = { name: 'u', groups: ['g'], extra: new Map() }
const type = 'io.k8s.api.core.v1.ConfigMap'
let revision = 0

function request(name: string, own: Partial<SeriesRequest> = {}): SeriesRequest {
  const body = Buffer.from(JSON.stringify({ metadata: { name } }))
  return { namespace: 'n', user, format: 'json', contentType: undefined, userAgent: 'a', query: '', body, ...own }
}

/** @param more of the stored object's data: what a server with changing ways might put there */
function entry(name: string, more: Record<string, string> = {}): Entry {
  const metadata = { name, namespace: 'n', uid: `uid-${name}`, creationTimestamp: '2026-01-01T00:00:00Z' }
  const value = Buffer.from(codec.encodeJson({ kind: 'ConfigMap', apiVersion: 'v1', metadata, data: { a: 'b', ...more } }))
  return Entry.fromStored(`/registry/configmaps/n/${name}`, value, ++revision, reader)
}

const nowMs = Date.UTC(2026, 1, 2)

const repeat = (series: SeriesMemory, sent: SeriesRequest) => series.repeat(series.meet(sent), nowMs)

/** One object of the series as a server would make it. @returns whether it was known what would become of it */
function create(series: SeriesMemory, sent: SeriesRequest, made: Entry, inputs: readonly Input[] | undefined = []): boolean {
  if (repeat(series, sent)) return true
  series.observe(series.meet(sent), () => inputs)?.(made.key.split('/').at(-1)!, made, { warnings: ['w'], annotations: [['k', 'v']] })
  return false
}

const newSeries = () => new SeriesMemory(codec, type)

test('the third of a series is known, with all that was said of the second', () => {
  const series = newSeries()
  expect(['a', 'b', 'c', 'd'].map((name) => create(series, request(name), entry(name)))).toEqual([false, false, true, true])
  const next = repeat(series, request('e-5'))!
  expect(next).toMatchObject({ name: 'e-5', warnings: ['w'], annotations: [['k', 'v']] })
  const { object, value } = next.make()
  expect(JSON.parse(value.toString())).toEqual(object)
  expect(object).toMatchObject({ metadata: { name: 'e-5', namespace: 'n', creationTimestamp: '2026-02-02T00:00:00Z' }, data: { a: 'b' } })
  expect(object.metadata.uid).not.toBe(next.make().object.metadata.uid)
})

test.each<[string, Partial<SeriesRequest>]>([
  ['namespace', { namespace: 'm' }],
  ['user', { user: { ...user, name: 'v' } }],
  ['group of the user', { user: { ...user, groups: ['h'] } }],
  ['extra of the user', { user: { ...user, extra: new Map([['k', ['v']]]) } }],
  ['content type', { contentType: 'application/json; charset=utf-8' }],
  ['client', { userAgent: 'b' }],
  ['query', { query: 'fieldManager=m' }],
  ['body', { body: Buffer.from('{"metadata":{"name":"c"},"data":{}}') }],
])('another %s, another series', (_, own) => {
  const series = newSeries()
  for (const name of ['a', 'b']) create(series, request(name), entry(name))
  expect(repeat(series, request('c', own))).toBeUndefined()
  expect(repeat(series, request('c', { user: { ...user } }))).toBeDefined()
})

test('what an input says is asked each time; when it changes the series begins anew', () => {
  const series = newSeries()
  let state = 1
  const made = (name: string) => create(series, request(name), entry(name, { state: String(state) }), [() => state])
  expect(['a', 'b', 'c'].map(made)).toEqual([false, false, true])
  state = 2
  expect(['d', 'e', 'f'].map(made)).toEqual([false, false, true])
  expect(JSON.parse(repeat(series, request('g'))!.make().value.toString())).toMatchObject({ data: { state: '2' } })
})

test('inputs may change often: each time two objects go the whole way', () => {
  const series = newSeries()
  let state = 0
  for (; state < 10; state++) {
    const made = (name: string) => create(series, request(name), entry(name, { state: String(state) }), [() => state])
    expect(['a', 'b', 'c'].map((name) => made(`${name}-${state}`))).toEqual([false, false, true])
  }
})

test('an input that changes while an object is made: nothing is learned from that one', () => {
  const series = newSeries()
  let state = 1
  create(series, request('a'), entry('a'))
  const learn = series.observe(series.meet(request('b')), () => [() => state])!
  state = 2
  learn('b', entry('b'), { warnings: [], annotations: [] })
  expect(repeat(series, request('c'))).toBeUndefined()
})

test('when something must be asked each time, it is', () => {
  const series = newSeries()
  for (const name of ['a', 'b', 'c']) {
    expect(repeat(series, request(name))).toBeUndefined()
    series.observe(series.meet(request(name)), () => undefined)?.(name, entry(name), { warnings: [], annotations: [] })
  }
  expect(repeat(series, request('d'))).toBeUndefined()
})

test.each<[string, (name: string, index: number) => Record<string, string>]>([
  ['a random value', (_, index) => ({ random: `r${index}` })],
  ['the name', (name) => ({ host: name })],
  ['the time', () => ({ at: '2026-01-01T00:00:00Z' })],
  ['the uid', (name) => ({ uid: `uid-${name}` })],
  ['a character that stands for a hole', () => ({ x: '\ue001' })],
])('objects with %s in them are never repeated', (_, more) => {
  const series = newSeries()
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  expect(names.map((name, index) => create(series, request(name), entry(name, more(name, index))))).toEqual(names.map(() => false))
})

test('of many under way at once one series is made', () => {
  const series = newSeries()
  const learn = ['a', 'b', 'c'].map((name) => [name, series.observe(series.meet(request(name)), () => [])!] as const)
  for (const [name, learned] of learn) learned(name, entry(name), { warnings: [], annotations: [] })
  expect([create(series, request('d'), entry('d')), create(series, request('e'), entry('e'))]).toEqual([false, true])
})

test('objects like no other drive out what was seen once, other series what repeats', () => {
  const series = newSeries()
  for (const name of ['a', 'b']) create(series, request(name), entry(name))
  create(series, request('c', { query: 'seen=once' }), entry('c'))
  for (let i = 0; i < 16; i++) create(series, request('x', { query: `q=${i}` }), entry('x'))
  expect(series.meet(request('d', { query: 'seen=once' })).series).toBeUndefined()
  expect(repeat(series, request('d'))).toBeDefined()
  for (let i = 0; i < 16; i++) for (const name of ['y', 'z']) create(series, request(name, { query: `series=${i}` }), entry(name))
  expect(repeat(series, request('e'))).toBeUndefined()
})
