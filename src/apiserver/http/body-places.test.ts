import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { FakeClock } from '../../util/fake/clock.ts'
import { type BodyPlace, BodyPlaces } from './body-places.ts'
import { readBody } from './request-body.ts'

const stateOf = async (promise: Promise<unknown>) => {
  let state = 'waiting'
  void promise.then(
    () => (state = 'done'),
    (error: Error) => (state = error.message),
  )
  await nextTurn()
  return state
}
const refused = 'too many large request bodies are being read, please try again later'

test('who comes when all places are taken waits for one, in the order of arrival', async () => {
  const places = new BodyPlaces(new FakeClock(), 1)
  const [first, second, third] = [places.take(), places.take(), places.take()]
  expect(await stateOf(first.ready)).toBe('done')
  expect(await stateOf(second.ready)).toBe('waiting')
  first.whole()
  second.leave()
  expect(await stateOf(third.ready)).toBe('waiting')
  first.leave()
  first.leave()
  expect(await stateOf(third.ready)).toBe('done')
  expect(await stateOf(places.take().ready)).toBe('waiting')
})

test('who has waited for too long is refused', async () => {
  const clock = new FakeClock()
  const places = new BodyPlaces(clock, 1)
  places.take().whole()
  const second = places.take()
  await clock.advance(14_000)
  expect(await stateOf(second.ready)).toBe('waiting')
  await clock.advance(1000)
  expect(await stateOf(second.ready)).toBe(refused)
})

test('who sends slowly loses its place when somebody waits for it, and not before', async () => {
  const clock = new FakeClock()
  const places = new BodyPlaces(clock, 2)
  const [slow, whole] = [places.take(), places.take()]
  whole.whole()
  await clock.advance(60_000)
  expect(await stateOf(slow.overdue)).toBe('waiting')
  const next = places.take()
  await clock.advance(1)
  expect(await stateOf(slow.overdue)).toBe(refused)
  expect(await stateOf(whole.overdue)).toBe('waiting')
  slow.leave()
  expect(await stateOf(next.ready)).toBe('done')
})

test('a body that is more than small, or inflated, is not read further without a place', async () => {
  const places = new BodyPlaces(new FakeClock(), 1)
  const busy = places.take()
  const taken: BodyPlace[] = []
  const take = () => {
    taken.push(places.take())
    return taken.at(-1)!
  }
  const small = new Uint8Array(1000)
  expect(await readBody(Readable.from([small]), {}, take)).toHaveLength(1000)
  expect(taken).toHaveLength(0)
  const large = Readable.from(Array.from({ length: 20 }, () => Buffer.alloc(50_000)))
  const read = readBody(large, {}, take)
  expect(await stateOf(read)).toBe('waiting')
  expect(large.isPaused()).toBe(true)
  const inflated = readBody(Readable.from([gzipSync(Buffer.alloc(100))]), { 'content-encoding': 'gzip' }, take)
  expect(await stateOf(inflated)).toBe('waiting')
  busy.leave()
  expect(await read).toHaveLength(1_000_000)
  expect(await stateOf(inflated)).toBe('waiting')
  taken[0]!.leave()
  expect(await inflated).toHaveLength(100)
  // What turns out to be small needs none.
  expect(await stateOf(places.take().ready)).toBe('done')
})
