import { expect, test } from 'vitest'
import type { ResourceQuota } from '../../api/core/v1.ts'
import type { EventHandler, Informer } from '../../client/informers/informer.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import { settledCharges } from './charges.ts'

const quota = (pods: string) => ({ metadata: { namespace: 'ns', name: 'q' }, status: { used: { pods } } }) as unknown as ResourceQuota

function watched() {
  const clock = new FakeClock()
  const enqueued: string[] = []
  let handler: EventHandler<ResourceQuota> = {}
  const informer = {
    addHandler(added: EventHandler<ResourceQuota>) {
      handler = added
      return () => (handler = {})
    },
  } as unknown as Informer<ResourceQuota>
  const stop = settledCharges(informer, clock).start((key) => enqueued.push(key))
  return {
    clock,
    enqueued,
    stop,
    charge: (from: string, to: string) => handler.update?.(quota(from), quota(to)),
    remove: () => handler.delete?.(quota('0'), { stale: false }),
  }
}

test('a quota is counted once it is quiet', async () => {
  const { clock, enqueued, charge } = watched()
  charge('1', '2')
  await clock.advance(4000)
  charge('2', '3')
  await clock.advance(4000)
  expect(enqueued).toEqual([])
  await clock.advance(1000)
  expect(enqueued).toEqual(['ns/q'])
  await clock.advance(60_000)
  expect(enqueued).toEqual(['ns/q'])
})

test.each<[string, (quotas: ReturnType<typeof watched>) => void]>([
  ['the same use is no charge', ({ charge }) => charge('2', '2')],
  ['a quota that is gone is not counted', ({ charge, remove }) => (charge('1', '2'), remove())],
  ['nor one after the end', ({ charge, stop }) => (charge('1', '2'), stop())],
])('%s', async (_, happen) => {
  const quotas = watched()
  happen(quotas)
  await quotas.clock.advance(60_000)
  expect(quotas.enqueued).toEqual([])
})
