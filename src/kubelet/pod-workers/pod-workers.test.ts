import { expect, test } from 'vitest'
import { silentLogger } from '../../component-base/logger.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import { pod } from '../fake/pods.ts'
import type { SyncOutcome } from '../sync/pod-syncer.ts'
import { PodWorkers } from './pod-workers.ts'

/** Workers whose steps are written down; `sync` waits until let go, or fails as told. */
function setUp() {
  const clock = new FakeClock()
  const steps: string[] = []
  let outcome: () => Promise<SyncOutcome> = async () => ({ terminal: false })
  let terminating: (signal: AbortSignal) => Promise<void> = async () => {}
  let active = 0
  const once = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    expect(++active).toBe(1)
    steps.push(name)
    try {
      return await work()
    } finally {
      active--
    }
  }
  const workers = new PodWorkers({
    clock,
    rand: () => 0,
    logger: silentLogger,
    forgotten: () => void steps.push('forgotten'),
    syncer: {
      sync: (_, signal) => once('sync', () => Promise.race([outcome(), aborted(signal)])),
      terminate: (_, { graceSeconds, failure }, signal) =>
        once(`terminate ${graceSeconds ?? 'own'}${failure ? ` ${failure.reason}` : ''}`, () => terminating(signal)),
      finish: () => once('finish', async () => {}),
    },
  })
  return {
    clock,
    steps,
    workers,
    syncs: (f: typeof outcome) => void (outcome = f),
    terminations: (f: typeof terminating) => void (terminating = f),
    settle: () => clock.advance(0).then(() => clock.advance(0)),
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
}

const deleted = (graceSeconds: number) => pod({}, { metadata: { deletionTimestamp: 'now', deletionGracePeriodSeconds: graceSeconds } })
const never = () => new Promise<never>(() => {})

test('from the first look to the last', async () => {
  const { workers, steps, settle } = setUp()
  workers.update(pod())
  await settle()
  workers.update(deleted(5))
  await settle()
  expect(steps).toEqual(['sync', 'terminate 5', 'finish'])
  workers.remove('u1')
  expect(steps.at(-1)).toBe('forgotten')
  expect(workers.has('u1')).toBe(false)
})

test('a deletion cuts a step short; a shorter grace period cuts the termination short', async () => {
  const { workers, steps, settle, syncs, terminations } = setUp()
  syncs(never)
  terminations(aborted)
  workers.update(pod())
  await settle()
  workers.update(deleted(30))
  await settle()
  terminations(async () => {})
  workers.update(deleted(1))
  await settle()
  expect(steps).toEqual(['sync', 'terminate 30', 'terminate 1', 'finish'])
})

test('news during a step make another one, not two at once', async () => {
  const { workers, steps, settle, syncs } = setUp()
  const first = Promise.withResolvers<SyncOutcome>()
  syncs(() => first.promise)
  workers.update(pod())
  for (let i = 0; i < 5; i++) workers.notify('u1')
  await settle()
  expect(steps).toEqual(['sync'])
  first.resolve({ terminal: false })
  await settle()
  expect(steps).toEqual(['sync', 'sync'])
})

test('a pod that ends by itself is terminated; errors are retried after 1, 2, 4 ... seconds', async () => {
  const { workers, steps, settle, syncs, clock } = setUp()
  syncs(() => Promise.reject(new Error('no sandbox')))
  workers.update(pod())
  await settle()
  await clock.advance(1_000)
  await clock.advance(1_999)
  expect(steps).toEqual(['sync', 'sync'])
  syncs(async () => ({ terminal: true, failure: { reason: 'DeadlineExceeded', message: '' } }))
  await clock.advance(1)
  await settle()
  expect(steps).toEqual(['sync', 'sync', 'sync', 'terminate own DeadlineExceeded', 'finish'])
})

test('a pod that had ended before the kubelet started is only cleaned up', async () => {
  const { workers, steps, settle } = setUp()
  workers.update(pod({}, { status: { phase: 'Succeeded' } }))
  await settle()
  expect(steps).toEqual(['terminate own', 'finish'])
})

test('the echo of an own status write makes no step', async () => {
  const { workers, steps, settle } = setUp()
  workers.update(pod())
  await settle()
  workers.update(pod({}, { metadata: { resourceVersion: '2' }, status: { phase: 'Running' } }))
  await settle()
  expect(steps).toEqual(['sync'])
})

test('without news it looks again after a minute', async () => {
  const { workers, steps, clock, settle } = setUp()
  workers.update(pod())
  await settle()
  await clock.advance(60_000)
  await settle()
  expect(steps).toEqual(['sync', 'sync'])
})
