import { expect, test } from 'vitest'
import type { ResourceQuota } from '../../api/core/v1.ts'
import type { EventHandler, Informer } from '../../client/informers/informer.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import { Charges, withoutLess } from './charges.ts'

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
  const charges = new Charges(clock)
  const stop = charges.watch(informer).start((key) => enqueued.push(key))
  return {
    clock,
    enqueued,
    charges,
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

test('less is not believed for a while after a charge', async () => {
  const { clock, charges, charge } = watched()
  expect(charges.isQuiet('ns/q')).toBe(true)
  charge('1', '2')
  await clock.advance(999)
  expect(charges.isQuiet('ns/q')).toBe(false)
  expect(charges.isQuiet('ns/other')).toBe(true)
  await clock.advance(1)
  expect(charges.isQuiet('ns/q')).toBe(true)
})

test.each<[string, object, object, object, object | undefined]>([
  ['less is left', { pods: '5' }, { pods: '3' }, { pods: '10' }, undefined],
  ['more is taken', { pods: '5', secrets: '1' }, { pods: '3', secrets: '2' }, { pods: '10' }, { pods: '5', secrets: '2' }],
  ['other limits are told', { pods: '5' }, { pods: '3' }, { pods: '20' }, { pods: '5' }],
  ['new names are counted', { pods: '5' }, { pods: '5', secrets: '0' }, { pods: '10', secrets: '1' }, { pods: '5', secrets: '0' }],
])('%s', (_, before, counted, hard, used) => {
  const current = { status: { hard: { pods: '10' }, used: before } } as unknown as ResourceQuota
  expect(withoutLess({ hard, used: counted } as never, current)).toEqual(used && { hard, used })
})
