import { expect, test } from 'vitest'
import { silentLogger } from '../../../component-base/logger.ts'
import { FakeClock } from '../../../util/fake/clock.ts'
import { user } from '../../authn/well-known-users.ts'
import { FlowControl } from '../../flowcontrol/flow-control.ts'
import type { ApiResponse } from '../api-request.ts'
import { buildHandlerChain } from '../handler-chain.ts'
import { headersOf } from '../respond.ts'
import { ServerRequest } from '../server-request.ts'
import { RequestDrain } from './drain.ts'
import { priorityAndFairness } from './priority-and-fairness.ts'
import { requestInfo } from './request-info.ts'

function requestOf(line: string, name = 'alice', groups = ['system:authenticated']): ServerRequest {
  const [method = '', target = ''] = line.split(' ')
  const source = { method, target, headers: {}, headerValues: () => [], remoteAddress: '', clientCertificate: undefined, wantsUpgrade: false, body: undefined }
  const request = new ServerRequest(source)
  request.user = user(name, groups)
  return request
}

/** With nothing stored: everybody is in catch-all, which has all seats and no queues. */
function chainOf(handler: (request: ServerRequest) => Promise<ApiResponse>, seats = 2) {
  const control = new FlowControl({ seats, statsOf: () => undefined, clock: new FakeClock(), logger: silentLogger })
  const filter = priorityAndFairness(control, 60_000)
  const chain = buildHandlerChain([requestInfo, new RequestDrain().filter, filter], handler)
  const level = () => [...control.levels].find(({ name }) => name === 'catch-all')!.queueSet
  return { chain, control, filter, level }
}
const nextTurn = () => new Promise(setImmediate)

test('beyond the seats 429 with Retry-After; masters and long-running requests pass; seats come back', async () => {
  const release = Promise.withResolvers<ApiResponse>()
  const { chain, filter, level } = chainOf(() => release.promise)
  const pending = [chain(requestOf('GET /api/v1/pods')), chain(requestOf('POST /api/v1/namespaces/ns/pods'))]
  expect(filter.current()).toEqual({ readOnly: 1, mutating: 1 })
  const refused = await chain(requestOf('GET /api/v1/pods'))
  expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '1', 'content-type': 'application/json' } })
  expect(JSON.parse(refused.body as string)).toMatchObject({
    kind: 'Status',
    reason: 'TooManyRequests',
    message: 'Too many requests, please try again later.',
    details: { retryAfterSeconds: 1 },
  })
  pending.push(chain(requestOf('GET /api/v1/pods', 'root', ['system:masters'])))
  pending.push(chain(requestOf('GET /api/v1/namespaces/ns/pods/p/log')), chain(requestOf('GET /api/v1/namespaces/ns/pods/p/exec')))
  release.resolve({ status: 200, body: 'ok' })
  expect((await Promise.all(pending)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  await nextTurn()
  expect(level().seatsInUse).toBe(0)
  expect(filter.current()).toEqual({ readOnly: 0, mutating: 0 })
})

test('a handler that fails gives its seat back', async () => {
  const { chain, level } = chainOf(() => Promise.reject(new Error('no')), 1)
  for (let i = 0; i < 3; i++) {
    await expect(chain(requestOf('GET /api/v1/pods'))).rejects.toThrow('no')
    await nextTurn()
  }
  expect(level().totals).toMatchObject({ dispatched: 3, rejected: 0 })
})

test('of a watch only the beginning counts; it is known as long as it goes on', async () => {
  const stop = Promise.withResolvers<void>()
  const { chain, control, level } = chainOf(
    () =>
      Promise.resolve({
        status: 200,
        body: (async function* () {
          yield 'event'
          await stop.promise
        })(),
      }),
    1,
  )
  const info = requestOf('GET /x')
  const answer = await chain(requestOf('GET /api/v1/pods?watch=1'))
  await nextTurn()
  expect(level().seatsInUse).toBe(0)
  const interested = () => control.watches.interested({ ...info.info, apiGroup: '', resource: 'pods', namespace: '', name: '' })
  expect(interested()).toBe(1)
  const read = (async () => {
    for await (const chunk of answer.body as AsyncIterable<string>) expect(chunk).toBe('event')
  })()
  stop.resolve()
  await read
  expect(interested()).toBe(0)
})

test('a list that is streamed keeps its seat until it has been sent', async () => {
  const { chain, level } = chainOf(
    () =>
      Promise.resolve({
        status: 200,
        body: (async function* () {
          yield 'a'
          yield 'b'
        })(),
      }),
    1,
  )
  const answer = await chain(requestOf('GET /api/v1/pods'))
  await nextTurn()
  expect(level().seatsInUse).toBe(1)
  expect(await Array.fromAsync(answer.body as AsyncIterable<string>)).toEqual(['a', 'b'])
  await nextTurn()
  expect(level().seatsInUse).toBe(0)
})

test('a watch that begins with much state keeps its seat until that is on its way', async () => {
  const { promise: initialized, resolve } = Promise.withResolvers<void>()
  const { chain, level } = chainOf(() => Promise.resolve({ status: 200, body: (async function* () {})(), initialized }), 1)
  await chain(requestOf('GET /api/v1/pods?watch=1'))
  await nextTurn()
  expect(level().seatsInUse).toBe(1)
  resolve()
  // One for the promise, one for the seats.
  await nextTurn()
  await nextTurn()
  expect(level().seatsInUse).toBe(0)
})

test('every answer names its flow schema and priority level by UID, refusals too', async () => {
  const { chain, control } = chainOf(() => Promise.resolve({ status: 200, body: 'ok' }))
  const level = { metadata: { name: 'l', uid: 'level-uid' }, spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } } }
  const rules = [{ subjects: [{ kind: 'Group', group: { name: '*' } }], nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }] }]
  const schema = { metadata: { name: 's', uid: 'schema-uid' }, spec: { priorityLevelConfiguration: { name: 'l' }, matchingPrecedence: 5, rules } }
  control.configure([level as never], [schema as never])
  const request = requestOf('GET /x')
  expect(headersOf(request, await chain(request))).toMatchObject({
    'x-kubernetes-pf-flowschema-uid': 'schema-uid',
    'x-kubernetes-pf-prioritylevel-uid': 'level-uid',
  })
})
