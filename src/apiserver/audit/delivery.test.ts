// What stands between requests and targets: batches, truncation, retries.
import { expect, test } from 'vitest'
import { FakeClock } from '../../util/fake/clock.ts'
import { ignoreErrors, unionBackend } from './backend.ts'
import { type BatchOptions, bufferedBackend } from './buffered.ts'
import type { AuditEvent } from './event.ts'
import { fakeBackend, someEvent } from './fake/backend.ts'
import { truncateBackend } from './truncate.ts'
import { webhookBackend } from './webhook/webhook-backend.ts'

const event = (auditId: string) => someEvent({ auditId })
const ids = (events: readonly AuditEvent[]) => events.map(({ fields }) => fields.auditId).join('')
const turn = () => new Promise(setImmediate)

function losses() {
  const lost: string[] = []
  return {
    lost,
    report: (plugin: string, error: unknown, events: readonly AuditEvent[]) => void lost.push(`${plugin}: ${(error as Error).message}: ${ids(events)}`),
  }
}

function buffered(options: Partial<BatchOptions>, target = fakeBackend()) {
  const clock = new FakeClock()
  const { lost, report } = losses()
  const backend = bufferedBackend(target, { bufferMax: 10, batchMax: 3, waitMs: 1000, concurrent: true, ...options }, clock, report)
  const send = (text: string) => text.split('').every((id) => backend.process([event(id)]))
  return { backend, send, target, clock, lost, sent: () => target.batches.map(ids) }
}

test('a full batch goes at once, an incomplete one when it has waited', async () => {
  const { send, sent, clock, backend } = buffered({})
  send('abcd')
  await turn()
  expect(sent()).toEqual(['abc'])
  await clock.advance(999)
  expect(sent()).toEqual(['abc'])
  await clock.advance(1)
  expect(sent()).toEqual(['abc', 'd'])
  await backend.close()
})

test('what finds the buffer full is dropped and reported; the request goes on', async () => {
  const { send, sent, lost, backend } = buffered({ bufferMax: 2, batchMax: 3 })
  expect(send('abcd')).toBe(true)
  expect(lost).toEqual(['buffered: audit buffer queue blocked: c', 'buffered: audit buffer queue blocked: d'])
  await backend.close()
  expect(sent()).toEqual(['ab'])
})

test('closing sends what is left, without the throttle; later events are lost', async () => {
  const { send, sent, lost, backend, target } = buffered({ throttle: { perSecond: 1, burst: 1 } })
  send('abcdefg')
  await backend.close()
  expect([sent(), target.closed]).toEqual([['abc', 'def', 'g'], true])
  send('h')
  expect(lost).toEqual(['buffered: audit backend shut down: h'])
})

test('the throttle: a burst, then the rate', async () => {
  const { send, sent, clock, backend } = buffered({ batchMax: 1, throttle: { perSecond: 2, burst: 2 } })
  send('abcd')
  await turn()
  await turn()
  expect(sent()).toEqual(['a', 'b'])
  await clock.advance(500)
  expect(sent()).toEqual(['a', 'b', 'c'])
  await clock.advance(500)
  expect(sent()).toEqual(['a', 'b', 'c', 'd'])
  await backend.close()
})

test('not concurrent: one batch after the other', async () => {
  const first = Promise.withResolvers<boolean>()
  const { send, sent, backend } = buffered({ batchMax: 1, concurrent: false }, fakeBackend(first.promise))
  send('ab')
  await turn()
  expect(sent()).toEqual(['a'])
  first.resolve(true)
  await turn()
  expect(sent()).toEqual(['a', 'b'])
  await backend.close()
})

// The event without bodies has so many bytes.
const bare = someEvent({ level: 'RequestResponse' }).byteLength
for (const { name, level, body, eventBytesMax, result } of [
  { name: 'small enough', level: 'RequestResponse', body: 10, eventBytesMax: bare + 100, result: 'whole' },
  { name: 'too large: bodies go', level: 'RequestResponse', body: 200, eventBytesMax: bare + 100, result: 'truncated' },
  { name: 'too large even so', level: 'RequestResponse', body: 200, eventBytesMax: bare - 1, result: 'lost' },
  { name: 'metadata alone too large', level: 'Metadata', body: 0, eventBytesMax: 50, result: 'lost' },
] as const) {
  test(`truncation: ${name}`, () => {
    const target = fakeBackend()
    const { lost, report } = losses()
    const large = someEvent({ level, ...(body ? { requestObject: JSON.stringify('x'.repeat(body)) } : {}) })
    expect(truncateBackend(target, { eventBytesMax, batchBytesMax: 10_000 }, report).process([large])).toBe(true)
    const kept = target.batches.flat()[0]?.fields
    const seen = kept === undefined ? 'lost' : kept.annotations.get('audit.k8s.io/truncated') === 'true' ? 'truncated' : 'whole'
    expect(seen).toBe(result)
    expect(kept?.requestObject === undefined).toBe(result !== 'whole')
    expect(lost).toEqual(result === 'lost' ? ['truncate: event is too large even after truncating: id'] : [])
  })
}

test('batches are split at their size, in order', () => {
  const target = fakeBackend()
  const size = event('a').byteLength
  void truncateBackend(target, { eventBytesMax: 1000, batchBytesMax: 2 * size }, losses().report).process('abcde'.split('').map(event))
  expect(target.batches.map(ids)).toEqual(['ab', 'cd', 'e'])
})

test('several back ends: recorded is what all have recorded, and waiting only if one waits', async () => {
  expect(unionBackend([fakeBackend(true), fakeBackend(false)]).process([event('a')])).toBe(false)
  await expect(unionBackend([fakeBackend(true), fakeBackend(Promise.resolve(true))]).process([event('a')])).resolves.toBe(true)
  await expect(unionBackend([fakeBackend(false), fakeBackend(Promise.resolve(true))]).process([event('a')])).resolves.toBe(false)
})

test('blocking mode waits and forgives', async () => {
  await expect(ignoreErrors(fakeBackend(Promise.resolve(false))).process([event('a')])).resolves.toBe(true)
})

function webhook(answers: readonly (string | undefined)[]) {
  const clock = new FakeClock()
  const { lost, report } = losses()
  const posted: { atMs: number; body: string }[] = []
  const startMs = clock.now()
  const poster = {
    async post(body: string) {
      const answer = answers[posted.length]
      posted.push({ atMs: clock.now() - startMs, body })
      if (answer !== undefined) throw new Error(answer)
    },
    close: () => {},
  }
  return { backend: webhookBackend({ poster, initialBackoffMs: 1000, clock, rand: () => 0.5 }, report), posted, lost, clock }
}

test('events are posted as a list', async () => {
  const { backend, posted } = webhook([undefined])
  expect(await backend.process([event('a'), event('b')])).toBe(true)
  const list = JSON.parse(posted[0]!.body) as { items: { auditID: string; kind?: string }[] }
  expect(list).toMatchObject({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items: [{ auditID: 'a' }, { auditID: 'b' }] })
  expect(list.items[0]!.kind).toBeUndefined()
})

test('any failure is tried again, five times in all, each wait longer', async () => {
  const { backend, posted, lost, clock } = webhook(['refused', '400', '500', '404', 'gone'])
  const result = backend.process([event('a')])
  await turn()
  await clock.advance(60_000)
  expect(await result).toBe(false)
  // 1.1 s, then half as long again each time.
  expect(posted.map(({ atMs }) => Math.round(atMs))).toEqual([0, 1100, 2750, 5225, 8938])
  expect(lost).toEqual(['webhook: gone: a'])
})

test('a receiver that comes back gets everything', async () => {
  const { backend, posted, lost, clock } = webhook(['refused', undefined])
  const result = backend.process([event('a')])
  await turn()
  await clock.advance(2000)
  expect([await result, posted.length, lost]).toEqual([true, 2, []])
})

test('closing: one last attempt, at once', async () => {
  const { backend, posted, lost } = webhook(['refused', 'refused', undefined])
  const result = backend.process([event('a')])
  await turn()
  await backend.close()
  expect([await result, posted.length, lost]).toEqual([false, 2, ['webhook: refused: a']])
})
