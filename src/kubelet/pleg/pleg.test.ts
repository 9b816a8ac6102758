import { expect, test } from 'vitest'
import { silentLogger } from '../../component-base/logger.ts'
import { systemClock } from '../../util/clock.ts'
import type { PodInspector, PodListing } from '../runtime/pod-inspector.ts'
import { absentPod, type RuntimePod } from '../runtime/runtime-pod.ts'
import { Pleg } from './pleg.ts'

const sandbox = { id: 's', state: 'SANDBOX_READY' as const }
const listing: PodListing = { uid: 'u', name: 'p', namespace: 'n', sandboxes: [sandbox], containers: [] }
const seen = (...containers: string[]): RuntimePod => ({
  ...absentPod('u'),
  sandboxes: [{ id: 's' }] as never,
  containers: containers.map((id) => ({ id })) as never,
})
const containersOf = (pleg: Pleg) => pleg.get('u').containers.map(({ id }) => id)

/** A runtime whose answers come when the test says so. */
function trial(listed: ReadonlyMap<string, PodListing> = new Map([['u', listing]])) {
  const answers: PromiseWithResolvers<RuntimePod>[] = []
  const inspect = () => {
    const answer = Promise.withResolvers<RuntimePod>()
    answers.push(answer)
    return answer.promise
  }
  const list = Promise.withResolvers<ReadonlyMap<string, PodListing>>()
  const inspector = { list: () => list.promise, inspect } as unknown as PodInspector
  const pleg = new Pleg({ inspector, runtime: { getContainerEvents: () => [] as never }, clock: systemClock, logger: silentLogger, changed: () => {} })
  const answer = async (index: number, pod: RuntimePod) => {
    await expect.poll(() => answers.length).toBeGreaterThan(index)
    answers[index]!.resolve(pod)
  }
  return { pleg, answer, list: () => list.resolve(listed) }
}

test('a relist that began before a container was started does not make it vanish', async () => {
  const { pleg, answer, list } = trial()
  const relist = pleg.relist()
  // It comes to this pod only after a worker has started a container and asked.
  const refreshed = pleg.refresh('u')
  list()
  await answer(0, seen('c'))
  await refreshed
  await answer(1, seen())
  await relist
  expect(containersOf(pleg)).toEqual(['c'])
})

test('of two questions the later one counts, whichever is answered first', async () => {
  const { pleg, answer } = trial()
  const early = pleg.refresh('u')
  const late = pleg.refresh('u')
  await answer(1, seen('c'))
  expect((await late).containers).toHaveLength(1)
  await answer(0, seen())
  expect((await early).containers).toHaveLength(1)
  expect(containersOf(pleg)).toEqual(['c'])
})

test('a pod that was removed does not come back by an old answer', async () => {
  const { pleg, answer } = trial(new Map())
  const early = pleg.refresh('u')
  const late = pleg.refresh('u')
  await answer(1, absentPod('u'))
  await late
  await answer(0, seen('c'))
  await early
  expect(pleg.all()).toEqual([])
})
