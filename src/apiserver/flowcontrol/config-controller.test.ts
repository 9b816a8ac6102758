import { expect, test } from 'vitest'
import type { FlowSchema, PriorityLevelConfiguration } from '../../api/flowcontrol/v1.ts'
import { flowSchemas } from '../../api/resources.ts'
import { ApiError } from '../../apimachinery/api-error.ts'
import type { Client } from '../../client/client.ts'
import type { EventHandler, InformerFactory } from '../../client/informers/informer.ts'
import { silentLogger } from '../../component-base/logger.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import { ConfigController } from './config-controller.ts'
import { FlowControl } from './flow-control.ts'

/** One flow schema, as informers tell of it, and a client that writes its status back. */
function started({ onPatch = (_schema: FlowSchema): void => {} } = {}) {
  const clock = new FakeClock()
  const control = new FlowControl({ seats: 10, statsOf: () => undefined, clock, logger: silentLogger })
  const handlers: EventHandler<FlowSchema>[] = []
  let schema = { metadata: { name: 's' }, spec: { priorityLevelConfiguration: { name: 'none' } } } as unknown as FlowSchema
  const written: string[] = []
  const change = (next: Partial<FlowSchema>) => {
    const old = schema
    schema = { ...schema, ...next }
    for (const handler of handlers) handler.update?.(old, schema)
  }
  const informers = {
    for: (resource: unknown) => ({
      lister: { all: () => (resource === flowSchemas ? [schema] : []) },
      addHandler: (handler: EventHandler<FlowSchema>) => {
        if (resource === flowSchemas) handlers.push(handler)
        return () => {}
      },
      hasSynced: () => true,
    }),
    synced: () => Promise.resolve(),
  } as unknown as InformerFactory
  const client = {
    patch(_resource: unknown, { name }: { name: string }, { patch }: { patch: FlowSchema }, options: { fieldManager: string; subresource: string }) {
      const condition = patch.status?.conditions?.[0]
      written.push(`${name} ${options.subresource} ${condition?.status} ${condition?.reason} by ${options.fieldManager}`)
      onPatch(patch)
      change({ status: patch.status! })
      return Promise.resolve(patch)
    },
  } as unknown as Pick<Client, 'patch'>
  const controller = new ConfigController({ control, client, informers, clock, rand: () => 0, logger: silentLogger })
  const ending = new AbortController()
  const running = controller.run(ending.signal)
  return {
    clock,
    control,
    written,
    change,
    add: () => handlers.forEach((handler) => handler.add?.(schema, { initial: true })),
    stop: () => (ending.abort(), running),
  }
}

const by = 'by api-priority-and-fairness-config-consumer-v1'

test('a schema is told once that its level is missing', async () => {
  const { clock, written, add, change, stop } = started()
  add()
  await clock.advance(0)
  expect(written).toEqual([`s status True NotFound ${by}`])
  // Nothing that matters has changed.
  change({ metadata: { name: 's', labels: { a: 'b' } } as unknown as FlowSchema['metadata'] })
  await clock.advance(1000)
  expect(written.length).toBe(1)
  await stop()
})

test('another server that disagrees is answered six times a minute', async () => {
  const { clock, written, add, change, stop } = started()
  add()
  const disagree = async () => {
    change({ status: { conditions: [{ type: 'Dangling', status: 'False', reason: 'Found', message: 'no' }] } })
    await clock.advance(100)
  }
  for (let i = 0; i < 20; i++) await disagree()
  expect(written.length).toBe(6)
  await clock.advance(60_000)
  expect(written.length).toBe(7)
  await stop()
})

test('a write that fails is tried again; one of a deleted schema is not', async () => {
  let failures = 2
  const { clock, written, add, stop } = started({
    onPatch() {
      if (failures-- > 0) throw new ApiError('InternalError', 'not now')
    },
  })
  add()
  await clock.advance(0)
  await clock.advance(5000)
  expect(written.length).toBe(3)
  await stop()
  const deleted = started({
    onPatch() {
      throw new ApiError('NotFound', 'gone')
    },
  })
  deleted.add()
  await deleted.clock.advance(0)
  await deleted.clock.advance(5000)
  expect(deleted.written.length).toBe(1)
  await deleted.stop()
})

test('seats are divided anew every ten seconds', async () => {
  const { clock, control, stop } = started()
  const own = { metadata: { name: 'own' }, spec: { type: 'Limited', limited: { lendablePercent: 50, limitResponse: { type: 'Reject' } } } }
  control.configure([own as unknown as PriorityLevelConfiguration], [])
  const level = [...control.levels].find(({ name }) => name === 'own')!
  level.queueSet.observer.demand.reached(level.nominalSeats)
  await clock.advance(10_000)
  expect(level.demand.highWatermark).toBe(level.nominalSeats)
  await clock.advance(10_000)
  expect(level.demand.highWatermark).toBe(0)
  await stop()
})
