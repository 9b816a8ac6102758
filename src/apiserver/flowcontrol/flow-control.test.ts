import { expect, test } from 'vitest'
import type { FlowSchema, PriorityLevelConfiguration } from '../../api/flowcontrol/v1.ts'
import { silentLogger } from '../../component-base/logger.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import { user } from '../authn/well-known-users.ts'
import { mandatoryFlowSchemas, mandatoryPriorityLevels, suggestedFlowSchemas, suggestedPriorityLevels } from './bootstrap-objects.ts'
import { infoOf } from './fake/requests.ts'
import { FlowControl } from './flow-control.ts'
import { flowControlMetrics } from './metrics.ts'

const levelObjects = [...mandatoryPriorityLevels, ...suggestedPriorityLevels] as PriorityLevelConfiguration[]
const schemaObjects = [...mandatoryFlowSchemas, ...suggestedFlowSchemas] as FlowSchema[]

const authenticated = 'system:authenticated'
const account = (name: string) => user(`system:serviceaccount:ns:${name}`, ['system:serviceaccounts', 'system:serviceaccounts:ns', authenticated])

/** Flow control whose event loop turns when told to. */
function started({ seats = 600, levels = levelObjects, schemas = schemaObjects } = {}) {
  const clock = new FakeClock()
  const turns: (() => void)[] = []
  const control = new FlowControl({
    seats,
    statsOf: () => undefined,
    clock,
    logger: silentLogger,
    afterTurn: (fn) => turns.push(fn),
  })
  control.configure(levels, schemas)
  const level = (name: string) => [...control.levels].find((each) => each.name === name)!
  const turn = () => turns.splice(0).forEach((fn) => fn())
  const admit = (who = account('a'), line = 'GET /api/v1/pods/p', waitMsMax = 15_000) => {
    const { info, query } = infoOf(line)
    return control.admit(info, who, () => query, waitMsMax)
  }
  return { clock, control, level, turn, admit }
}

test('seats by share, what may be lent and borrowed, and how wide a request may be: the default levels with 600 seats', () => {
  const { control } = started()
  const rows = [...control.levels].map(({ name, nominalSeats, minSeats, maxSeats, seatsPerRequestMax }) => [
    name,
    nominalSeats,
    minSeats,
    maxSeats,
    seatsPerRequestMax,
  ])
  // 245 shares in all: workload-low has 100 of them, 600 * 100 / 245 = 244.9, and lends 90 % (221 rounded).
  expect(rows).toEqual([
    ['exempt', 0, 0, 600, undefined],
    ['catch-all', 13, 13, 613, undefined],
    ['system', 74, 50, 674, 12],
    ['node-high', 98, 73, 698, 15],
    ['leader-election', 25, 25, 625, 4],
    ['workload-high', 98, 49, 698, 15],
    ['workload-low', 245, 24, 845, 37],
    ['global-default', 49, 24, 649, 8],
  ])
})

test('nothing stored: everybody goes through catch-all, masters through exempt', () => {
  const { admit } = started({ levels: [], schemas: [] })
  expect(admit().schema.level.name).toBe('catch-all')
  expect(admit(user('root', ['system:masters'])).schema.level.name).toBe('exempt')
})

test('borrowing: a level that wants more gets what others leave; they have it back as soon as they want it', async () => {
  const { clock, control, level, admit } = started()
  // Nobody wants anything: by minima, workload-low has the least of its nominal 245.
  expect(level('workload-low').currentSeats).toBe(56)
  const flood = Array.from({ length: 500 }, (_, i) => admit(account(`a${i}`)))
  const running = () => flood.filter(({ request }) => !Number.isNaN(request.startMs)).length
  expect(running()).toBe(56)
  await clock.advance(10_000)
  control.adjustLimits()
  // It wanted 500, the others nothing: they keep in proportion to their minima.
  const low = level('workload-low').currentSeats
  expect(low).toBeGreaterThan(300)
  expect(running()).toBe(low)
  expect([...control.levels].reduce((sum, { currentSeats }) => sum + currentSeats, 0)).toBeGreaterThanOrEqual(600)
  for (const each of control.levels) expect(each.currentSeats).toBeGreaterThanOrEqual(each.minSeats)

  const controllers = Array.from({ length: 98 }, () => admit(user('system:kube-controller-manager', [authenticated])))
  expect(controllers.filter(({ decision }) => decision === 'execute').length).toBeLessThan(98)
  await clock.advance(10_000)
  control.adjustLimits()
  // Its watermark is its nominal limit: that is its least now.
  expect(level('workload-high').currentSeats).toBeGreaterThanOrEqual(98)
  expect(controllers.every(({ request }) => !Number.isNaN(request.startMs))).toBe(true)
})

test('seats come back when the event loop has turned, and who waits goes on', async () => {
  const { control, admit, turn } = started({ seats: 6 })
  const signal = new AbortController().signal
  const first = Array.from({ length: 40 }, () => admit())
  const running = first.filter(({ decision }) => decision === 'execute')
  const waiting = first.filter(({ decision }) => decision === 'wait').map((admission) => control.wait(admission, signal))
  expect(running.length).toBeLessThan(6)
  let served = 0
  for (const promise of waiting) void promise.then(() => served++)
  for (const admission of running) control.done(admission)
  await Promise.resolve()
  expect(served).toBe(0)
  turn()
  await Promise.resolve()
  expect(served).toBe(running.length)
})

test('while requests wait, only so many start in one turn of the event loop', async () => {
  const { clock, control, level, admit, turn } = started()
  const flood = Array.from({ length: 300 }, (_, i) => admit(account(`a${i}`)))
  await clock.advance(10_000)
  control.adjustLimits()
  const { queueSet } = level('workload-low')
  expect([queueSet.requestsExecuting, queueSet.requestsWaiting]).toEqual([300, 0])
  const limit = level('workload-low').currentSeats
  for (let i = 0; i < 400; i++) admit(account(`b${i}`))
  const waiting = 700 - limit
  expect(queueSet.requestsWaiting).toBe(waiting)
  for (const admission of flood) control.done(admission)
  turn()
  expect(queueSet.requestsWaiting).toBe(waiting - 32)
  turn()
  expect(queueSet.requestsWaiting).toBe(waiting - 64)
  for (let i = 0; i < 20; i++) turn()
  // As many as are done.
  expect(queueSet.requestsWaiting).toBe(waiting - 300)
})

test('who has waited too long is refused, with one timer for all', async () => {
  const { clock, control, admit } = started({ seats: 6 })
  const signal = new AbortController().signal
  const decisions: string[] = []
  const send = (waitMsMax: number) => {
    const admission = admit(account('a'), 'GET /api/v1/pods/p', waitMsMax)
    if (admission.decision === 'wait') void control.wait(admission, signal).then((decision) => decisions.push(`${waitMsMax} ${decision}`))
    return admission
  }
  while (send(15_000).decision === 'execute');
  send(250)
  send(5000)
  await clock.advance(300)
  expect(decisions).toEqual(['250 time-out'])
  await clock.advance(4800)
  expect(decisions).toEqual(['250 time-out', '5000 time-out'])
  await clock.advance(10_000)
  expect(decisions.at(-1)).toBe('15000 time-out')
})

test('a client that goes away leaves its queue', async () => {
  const { control, admit, level } = started({ seats: 6 })
  const controller = new AbortController()
  let admission = admit()
  while (admission.decision === 'execute') admission = admit()
  const decision = control.wait(admission, controller.signal)
  controller.abort()
  expect(await decision).toBe('cancelled')
  expect(level('workload-low').queueSet.requestsWaiting).toBe(0)
  // Gone before it could wait.
  expect(await control.wait(admit(), AbortSignal.abort())).toBe('cancelled')
})

test('a level that is deleted lives on until its requests are answered', () => {
  const own = {
    ...suggestedPriorityLevels.find(({ metadata }) => metadata.name === 'workload-low')!,
    metadata: { name: 'own' },
  } as PriorityLevelConfiguration
  const schema = {
    metadata: { name: 'own' },
    spec: {
      priorityLevelConfiguration: { name: 'own' },
      matchingPrecedence: 2,
      rules: schemaObjects.find(({ metadata }) => metadata.name === 'service-accounts')!.spec.rules,
    },
  } as unknown as FlowSchema
  const { control, admit, level, turn } = started({ levels: [...levelObjects, own], schemas: [...schemaObjects, schema] })
  let drained = 0
  control.onDrained(() => drained++)
  const admission = admit()
  expect(admission.schema.level.name).toBe('own')
  control.configure(levelObjects, schemaObjects)
  expect(level('own').quiescing).toBe(true)
  expect(admit().schema.level.name).toBe('workload-low')
  control.done(admission)
  turn()
  expect(drained).toBe(1)
  control.configure(levelObjects, schemaObjects)
  expect(level('own')).toBeUndefined()
})

test('a queue that is full tells when to come again, later each time', async () => {
  const { clock, admit, level } = started({ seats: 6 })
  for (let second = 0; second < 4; second++) {
    for (let i = 0; i < 400; i++) admit()
    await clock.advance(1000)
  }
  expect(admit().decision).toBe('queue-full')
  expect(level('workload-low').retryAfter.seconds).toBeGreaterThan(1)
})

test('metrics: one sample for each schema and level, under upstream names', () => {
  const { control, admit } = started()
  admit()
  const text = flowControlMetrics(control)
  expect(text).toContain('apiserver_flowcontrol_current_executing_requests{priority_level="workload-low",flow_schema="service-accounts"} 1\n')
  expect(text).toContain('apiserver_flowcontrol_nominal_limit_seats{priority_level="workload-low"} 245\n')
  expect(text).toContain(
    'apiserver_flowcontrol_request_wait_duration_seconds_bucket{priority_level="workload-low",flow_schema="service-accounts",execute="true",le="0"} 1\n',
  )
  const types = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
  expect(new Set(types).size).toBe(types.length)
})
