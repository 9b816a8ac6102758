import { expect, test } from 'vitest'
import { FakeClock } from '../../util/fake/clock.ts'
import { node, pod } from '../fake/objects.ts'
import { nodeResourcesFit } from '../plugins/node-resources-fit/plugin.ts'
import { schedulingGates } from '../plugins/scheduling-gates/plugin.ts'
import { backoffMs, type QueuedPod, SchedulingQueue } from './queue.ts'

const plugins = [schedulingGates, nodeResourcesFit]
const signal = new AbortController().signal
const fresh = () => {
  const clock = new FakeClock()
  return { clock, queue: new SchedulingQueue(plugins, clock) }
}
const byCpu = new Set(['NodeResourcesFit'])
const taken = async (queue: SchedulingQueue) => (await queue.next(signal))!
const moreRoom = { resource: 'Node', action: 'add', old: undefined, node: node('b') } as const
const relabelled = { resource: 'Node', action: 'update', old: node('a'), node: node('a', { labels: { x: 'y' } }) } as const

test('the highest priority first; among equals the oldest', async () => {
  const { queue, clock } = fresh()
  queue.set(pod('old'))
  await clock.advance(1)
  queue.set(pod('young'))
  queue.set(pod('urgent', { priority: 100 }))
  const order = [await taken(queue), await taken(queue), await taken(queue)].map((i) => i.pod.metadata.name)
  expect(order).toEqual(['urgent', 'old', 'young'])
})

test('back-off doubles from 1 s to 10 s', () => expect([1, 2, 3, 4, 5, 9].map(backoffMs)).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]))

test('a refused pod sleeps until an event helps a plugin that refused it, then waits out its back-off', async () => {
  const { queue, clock } = fresh()
  queue.set(pod('p', { cpu: '2' }))
  const item = await taken(queue)
  queue.refuse(item, item.pod, byCpu)
  expect(queue.counts).toMatchObject({ unschedulable: 1, active: 0, backoff: 0 })
  queue.onEvent(relabelled) // labels do not give cpu
  expect(queue.counts).toMatchObject({ unschedulable: 1 })
  queue.onEvent(moreRoom)
  expect(queue.counts).toMatchObject({ unschedulable: 0, backoff: 1 })
  await clock.advance(1000)
  expect(queue.counts).toMatchObject({ active: 1 })
})

test('an event during the attempt is not lost', async () => {
  const { queue } = fresh()
  queue.set(pod('p', { cpu: '2' }))
  const item = await taken(queue)
  queue.onEvent(moreRoom)
  queue.refuse(item, item.pod, byCpu)
  expect(queue.counts).toMatchObject({ unschedulable: 0, backoff: 1 })
})

test('an error is retried after back-off without any event', async () => {
  const { queue } = fresh()
  queue.set(pod('p'))
  const item = await taken(queue)
  queue.refuse(item, item.pod, new Set())
  expect(queue.counts).toMatchObject({ backoff: 1 })
})

test('a gated pod enters when its last gate goes', () => {
  const { queue } = fresh()
  queue.set(pod('p', { schedulingGates: [{ name: 'g' }] }))
  expect(queue.counts).toMatchObject({ gated: 1, active: 0 })
  queue.set(pod('p'))
  expect(queue.counts).toMatchObject({ gated: 0, active: 1 })
})

test('a forgotten pod is tried again after five minutes', async () => {
  const { queue, clock } = fresh()
  const stop = new AbortController()
  const running = queue.run(stop.signal)
  queue.set(pod('p', { cpu: '2' }))
  const item: QueuedPod = await taken(queue)
  queue.refuse(item, item.pod, byCpu)
  await clock.advance(6 * 60_000)
  expect(queue.counts).toMatchObject({ active: 1 })
  stop.abort()
  await running
})
