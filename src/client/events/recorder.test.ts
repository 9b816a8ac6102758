import { expect, test } from 'vitest'
import type { Event, ObjectReference } from '../../api/core/v1.ts'
import { events } from '../../api/resources.ts'
import { forbidden, notFound } from '../../apimachinery/api-error.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import type { Writer } from '../client.ts'
import { newEventRecorder } from './recorder.ts'

const pod: ObjectReference = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'web', uid: 'u' }

function setup(rate?: { readonly perSecond: number; readonly burst: number }) {
  const stored = new Map<string, Event>()
  const failures: Error[] = []
  const client = {
    async create(_: unknown, event: Event) {
      const failure = failures.shift()
      if (failure) throw failure
      stored.set(event.metadata.name, event)
      return event
    },
    async patch(_: unknown, { name }: { name: string }, { patch }: { patch: Partial<Event> }) {
      const old = stored.get(name)
      if (!old) throw notFound(events, name)
      stored.set(name, { ...old, ...patch })
    },
  } as unknown as Pick<Writer, 'create' | 'patch'>
  const clock = new FakeClock()
  let chance = 0
  const recorder = newEventRecorder({ client, component: 'test', ...(rate ? { rate } : {}), clock, rand: () => (chance += 0.001) % 1 })
  const ending = new AbortController()
  const running = recorder.run(ending.signal)
  return {
    recorder,
    clock,
    stored,
    failures,
    all: () => [...stored.values()].map(({ reason, message, count }) => ({ reason, message, count })),
    stop: async () => {
      ending.abort()
      await running
    },
  }
}

test('the same event again raises the count of the first', async () => {
  const { recorder, clock, all, stop } = setup()
  for (let n = 0; n < 3; n++) recorder.event(pod, 'Normal', 'Pulled', 'image there')
  await clock.advance(0)
  expect(all()).toEqual([{ reason: 'Pulled', message: 'image there', count: 3 }])
  await stop()
})

test('from the tenth different message on, similar events become one', async () => {
  const { recorder, clock, all, stop } = setup()
  for (let n = 1; n <= 12; n++) recorder.event(pod, 'Warning', 'Failed', `attempt ${n}`)
  await clock.advance(0)
  expect(all()).toHaveLength(10)
  expect(all().at(-1)).toEqual({ reason: 'Failed', message: '(combined from similar events): attempt 12', count: 3 })
  await stop()
})

test('an object may have 25 events at once, then one in five minutes', async () => {
  const { recorder, clock, all, stop } = setup()
  for (let n = 1; n <= 30; n++) recorder.event(pod, 'Normal', `Reason${n}`, 'x')
  await clock.advance(0)
  expect(all()).toHaveLength(25)
  await clock.advance(300_000)
  for (const n of [1, 2]) recorder.event(pod, 'Normal', `Later${n}`, 'x')
  await clock.advance(0)
  expect(all()).toHaveLength(26)
  await stop()
})

test('an event that has expired is made anew', async () => {
  const { recorder, clock, stored, all, stop } = setup()
  recorder.event(pod, 'Normal', 'Pulled', 'x')
  await clock.advance(0)
  stored.clear()
  recorder.event(pod, 'Normal', 'Pulled', 'x')
  await clock.advance(0)
  expect(all()).toEqual([{ reason: 'Pulled', message: 'x', count: 2 }])
  await stop()
})

test('a refusal is final, a lost connection is tried again after 10 s', async () => {
  const { recorder, clock, failures, all, stop } = setup()
  failures.push(forbidden(events, '', 'namespace is being terminated'), new Error('connection refused'))
  recorder.event(pod, 'Normal', 'Refused', 'x')
  recorder.event(pod, 'Normal', 'Lost', 'x')
  await clock.advance(0)
  await clock.advance(9_999)
  expect(all()).toEqual([])
  await clock.advance(1)
  expect(all()).toEqual([{ reason: 'Lost', message: 'x', count: 1 }])
  await stop()
})

test('an event about a cluster-scoped object goes to the default namespace', async () => {
  const { recorder, clock, stored, stop } = setup()
  recorder.event({ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'n1' }, 'Normal', 'Starting', 'x')
  await clock.advance(0)
  expect([...stored.values()][0]?.metadata.namespace).toBe('default')
  await stop()
})

test('events beyond the rate are written later', async () => {
  const { recorder, clock, all, stop } = setup({ perSecond: 2, burst: 3 })
  for (let n = 0; n < 5; n++) recorder.event({ ...pod, name: `web-${n}` }, 'Normal', 'Started', '')
  await clock.advance(0)
  expect(all()).toHaveLength(3)
  await clock.advance(500)
  expect(all()).toHaveLength(4)
  await clock.advance(500)
  expect(all()).toHaveLength(5)
  await stop()
})
