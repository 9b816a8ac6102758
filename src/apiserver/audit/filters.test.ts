// The stages of a request, with a chain of the two filters and whatever stands between and behind them.
import { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { ApiError, forbidden } from '../../apimachinery/api-error.ts'
import { silentLogger } from '../../component-base/logger.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import { user } from '../authn/well-known-users.ts'
import type { ApiResponse } from '../http/api-request.ts'
import { requestInfo } from '../http/filters/request-info.ts'
import { buildHandlerChain, type Filter } from '../http/handler-chain.ts'
import { type ChainHandler, ServerRequest } from '../http/server-request.ts'
import { newAuditing } from './auditing.ts'
import { AuditCounts } from './counts.ts'
import { type FakeBackend, fakeBackend } from './fake/backend.ts'
import type { Level, Stage } from './level.ts'

interface Setup {
  readonly level?: Level
  readonly omitStages?: readonly Stage[]
  readonly omitManagedFields?: boolean
  readonly backend?: FakeBackend
  readonly authentication?: Filter
}

const alice = user('alice', ['dev'])
const authenticated: Filter = {
  name: 'authentication',
  wrap: (next) => (request) => {
    request.user = alice
    return next(request)
  },
}

function setup(
  handler: ChainHandler,
  { level = 'Metadata', omitStages = [], omitManagedFields = false, backend = fakeBackend(), authentication = authenticated }: Setup = {},
) {
  const clock = new FakeClock()
  const counts = new AuditCounts()
  const policy = { rules: [{ level, omitStages, omitManagedFields }] }
  const auditing = newAuditing({ policy, backend, counts, clock, logger: silentLogger })
  const chain = buildHandlerChain([requestInfo, auditing.intake, authentication, auditing.audit], handler)
  const send = (line: string, headers: Record<string, string> = {}) => {
    const [method = '', target = ''] = line.split(' ')
    const request = new ServerRequest({
      method,
      target,
      headers,
      headerValues: (name) => (Object.hasOwn(headers, name) ? [headers[name]!] : []),
      remoteAddress: '10.0.0.9',
      clientCertificate: undefined,
      wantsUpgrade: false,
      body: undefined,
    })
    request.auditId = 'the-id'
    return { request, response: chain(request) }
  }
  return { send, backend, clock, counts, auditing }
}

const ok = async (): Promise<ApiResponse> => ({ status: 200, body: 'ok' })
const pods = '/api/v1/namespaces/ns/pods'

test('a short request: received and complete', async () => {
  const { send, backend, counts } = setup(ok)
  expect(await send(`GET ${pods}/x?a=1`, { 'user-agent': 'kubectl' }).response).toEqual({ status: 200, body: 'ok' })
  expect(backend.stages).toEqual(['RequestReceived', 'ResponseComplete 200'])
  expect(backend.last).toMatchObject({
    auditId: 'the-id',
    requestUri: `${pods}/x?a=1`,
    verb: 'get',
    user: alice,
    sourceIps: ['10.0.0.9'],
    userAgent: 'kubectl',
    objectRef: { resource: 'pods', namespace: 'ns', name: 'x', apiVersion: 'v1' },
  })
  expect([counts.events, counts.levels]).toEqual([2, new Map([['Metadata', 1]])])
})

test('level None: nothing but a count', async () => {
  const { send, backend, counts } = setup(ok, { level: 'None' })
  await send(`GET ${pods}`).response
  expect([backend.batches.length, counts.events, counts.levels]).toEqual([0, 0, new Map([['None', 1]])])
})

test('omitted stages', async () => {
  const { send, backend } = setup(ok, { omitStages: ['RequestReceived'] })
  await send(`GET ${pods}`).response
  expect(backend.stages).toEqual(['ResponseComplete 200'])
})

test('a list in parts is complete with its last part, or when its reader stops', async () => {
  const { send, backend } = setup(async () => ({ status: 200, body: parts() }))
  const { body } = await send(`GET ${pods}`).response
  expect(backend.stages).toEqual(['RequestReceived'])
  expect(await Array.fromAsync(body as AsyncIterable<string>)).toEqual(['a', 'b'])
  expect(backend.stages).toEqual(['RequestReceived', 'ResponseComplete 200'])
  const second = await send(`GET ${pods}`).response
  for await (const _part of second.body as AsyncIterable<string>) break
  expect(backend.stages).toHaveLength(4)
})

async function* parts() {
  yield 'a'
  yield 'b'
}

test('an answer too large to be recorded is left out, and the event says so', async () => {
  const handler: ChainHandler = async ({ audit }) => {
    audit!.responseObject(large)
    return { status: 200 }
  }
  const { send, backend } = setup(handler, { level: 'RequestResponse' })
  await send(`GET ${pods}`).response
  expect([backend.last.responseObject, backend.last.annotations.get('audit.k8s.io/truncated')]).toEqual([undefined, 'true'])
})

async function* large() {
  for (let megabytes = 0; megabytes < 20; megabytes++) yield 'x'.repeat(1 << 20)
}

test('HEAD of a list: nobody reads the parts', async () => {
  const { send, backend } = setup(async () => ({ status: 200, body: parts() }))
  await send(`HEAD ${pods}`).response
  expect(backend.stages).toEqual(['RequestReceived', 'ResponseComplete 200'])
})

test('a watch: started with its headers, complete when the client goes', async () => {
  const { send, backend } = setup(async () => ({ status: 200, body: parts() }))
  const { request, response } = send(`GET ${pods}?watch=1`)
  await response
  expect(backend.stages).toEqual(['RequestReceived', 'ResponseStarted 200'])
  request.abort(new DOMException('gone', 'AbortError'))
  await expect.poll(() => backend.stages).toEqual(['RequestReceived', 'ResponseStarted 200', 'ResponseComplete 200'])
})

test('an upgraded connection: started with 101, complete when it closes', async () => {
  let taken = false
  const { send, backend } = setup(async () => ({ status: 101, takeOver: () => (taken = true) }))
  const { takeOver } = await send(`POST ${pods}/x/exec?command=ls`).response
  const socket = Object.assign(new EventEmitter(), { destroyed: false })
  takeOver!(socket as unknown as Duplex, new Uint8Array())
  expect([taken, ...backend.stages]).toEqual([true, 'RequestReceived', 'ResponseStarted 101'])
  socket.emit('close')
  await expect.poll(() => backend.stages.at(-1)).toBe('ResponseComplete 101')
})

test('a refusal of a filter is recorded with its Status, and thrown on', async () => {
  const refusal = forbidden({ group: '', plural: 'pods' }, 'x', 'no')
  const { send, backend } = setup(() => Promise.reject(refusal))
  await expect(send(`GET ${pods}/x`).response).rejects.toBe(refusal)
  expect(backend.stages).toEqual(['RequestReceived', 'ResponseComplete 403'])
  expect(backend.last.responseStatus).toMatchObject({ status: 'Failure', reason: 'Forbidden', message: 'pods "x" is forbidden: no', details: { kind: 'pods' } })
})

test('a refused watch has been answered, too', async () => {
  const { send, backend } = setup(() => Promise.reject(forbidden({ group: '', plural: 'pods' }, '', 'no')))
  await expect(send(`GET ${pods}?watch=1`).response).rejects.toThrow('forbidden')
  expect(backend.stages).toEqual(['RequestReceived', 'ResponseStarted 403', 'ResponseComplete 403'])
})

test('a panic', async () => {
  const { send, backend } = setup(() => Promise.reject(new TypeError('x is undefined')))
  await expect(send('GET /metrics').response).rejects.toThrow('x is undefined')
  expect(backend.stages).toEqual(['RequestReceived', 'Panic 500'])
  expect(backend.last.responseStatus).toEqual({ code: 500, status: 'Failure', reason: 'InternalError', message: "APIServer panic'd: x is undefined" })
  expect(backend.last.objectRef).toBeUndefined()
})

test('who is not authenticated is recorded as nobody', async () => {
  const authentication: Filter = { name: 'authentication', wrap: () => () => Promise.reject(new ApiError('Unauthorized', 'Unauthorized')) }
  const { send, backend } = setup(ok, { authentication })
  await expect(send(`GET ${pods}`).response).rejects.toThrow('Unauthorized')
  expect(backend.stages).toEqual(['ResponseStarted 401'])
  expect(backend.last).toMatchObject({ user: undefined, responseStatus: { reason: 'Unauthorized', message: 'Unauthorized' } })
})

test('a request that runs out of time is recorded once, with what the client got', async () => {
  const { promise, resolve } = Promise.withResolvers<ApiResponse>()
  const { send, backend } = setup(() => promise)
  const { request, response } = send(`GET ${pods}`)
  request.abort(new ApiError('Timeout', 'Timeout: request did not complete within the allotted timeout'))
  await expect.poll(() => backend.stages).toEqual(['RequestReceived', 'ResponseComplete 504'])
  resolve({ status: 200, body: 'late' })
  await response
  expect(backend.stages).toHaveLength(2)
})

test('blocking: neither the handler nor the answer comes before its event is written', async () => {
  const written = Promise.withResolvers<boolean>()
  const backend = fakeBackend(written.promise)
  const order: string[] = []
  const { send } = setup(
    async () => {
      order.push('handled')
      return { status: 200 }
    },
    { backend },
  )
  const answered = send(`GET ${pods}`).response.then(() => order.push('answered'))
  await new Promise(setImmediate)
  expect([order, backend.stages]).toEqual([[], ['RequestReceived']])
  const completed = Promise.withResolvers<boolean>()
  backend.result = completed.promise
  written.resolve(true)
  await expect.poll(() => backend.stages).toHaveLength(2)
  expect(order).toEqual(['handled'])
  completed.resolve(true)
  await answered
  expect(order).toEqual(['handled', 'answered'])
})

test('blocking-strict: no record, no request', async () => {
  let handled = false
  const { send, counts, auditing, backend } = setup(async () => ((handled = true), { status: 200 }), { backend: fakeBackend(Promise.resolve(false)) })
  await expect(send(`GET ${pods}`).response).rejects.toThrow('Internal error occurred: failed to store audit event')
  expect([handled, counts.rejected, backend.stages]).toEqual([false, 1, ['RequestReceived']])
  await auditing.close()
})

test('annotations: also from before the policy, the first value stays, none without auditing', async () => {
  const early: Filter = {
    name: 'authentication',
    wrap: (next) => (request) => {
      request.audit!.annotate('early', 'yes')
      return next(request)
    },
  }
  const handler: ChainHandler = async (request) => {
    request.audit!.annotate('key', 'first')
    request.audit!.annotate('key', 'second')
    return { status: 200 }
  }
  const { send, backend } = setup(handler, { authentication: early })
  await send(`GET ${pods}`).response
  expect(backend.batches.flat().map(({ fields }) => [...fields.annotations])).toEqual([
    [['early', 'yes']],
    [
      ['early', 'yes'],
      ['key', 'first'],
    ],
  ])
})

test('only slow requests tell where the time went', async () => {
  const { send, backend, clock } = setup(async (request) => {
    const done = request.audit!.time('authorization')
    await clock.advance(request.query.has('slow') ? 600 : 400)
    done()
    return { status: 200 }
  })
  await send(`GET ${pods}`).response
  expect([...backend.last.annotations]).toEqual([])
  await send(`GET ${pods}?slow=1`).response
  expect([...backend.last.annotations]).toEqual([
    ['apiserver.latency.k8s.io/authorization', '600ms'],
    ['apiserver.latency.k8s.io/total', '600ms'],
  ])
})

test('of what happens at once the longest counts, of what happens in turn the sum', async () => {
  const { send, backend, clock } = setup(async ({ audit }) => {
    const parts = (['validating-webhook', 'validating-webhook', 'mutating-webhook', 'etcd'] as const).map((part) => audit!.time(part))
    await clock.advance(300)
    parts[0]!()
    parts[2]!()
    await clock.advance(100)
    parts[1]!()
    const again = audit!.time('mutating-webhook')
    await clock.advance(200)
    again()
    parts[3]!()
    return { status: 200 }
  })
  await send(`GET ${pods}`).response
  expect(Object.fromEntries(backend.last.annotations)).toEqual({
    'apiserver.latency.k8s.io/validating-webhook': '400ms',
    'apiserver.latency.k8s.io/mutating-webhook': '500ms',
    'apiserver.latency.k8s.io/etcd': '600ms',
    'apiserver.latency.k8s.io/total': '600ms',
  })
})

for (const { level, requestObject, responseObject } of [
  { level: 'Metadata', requestObject: undefined, responseObject: undefined },
  { level: 'Request', requestObject: '{"sent":1}', responseObject: undefined },
  { level: 'RequestResponse', requestObject: '{"sent":1}', responseObject: '{"answered":1}' },
] as const) {
  test(`bodies at level ${level}: nothing is encoded that is not recorded`, async () => {
    const encoded: string[] = []
    const { send, backend } = setup(
      async ({ audit }) => {
        audit!.requestObject({ name: 'x', uid: 'u', resourceVersion: '7' }, () => (encoded.push('request'), '{"sent":1}'))
        audit!.responseObject(() => (encoded.push('response'), '{"answered":1}'))
        return { status: 201 }
      },
      { level },
    )
    await send(`POST ${pods}`).response
    expect(backend.last).toMatchObject({ requestObject, responseObject, objectRef: { resource: 'pods', name: 'x', uid: 'u', resourceVersion: '7' } })
    expect(encoded).toHaveLength([requestObject, responseObject].filter((body) => body !== undefined).length)
  })
}

for (const { path, level, message } of [
  { path: pods, level: 'Metadata', message: 'Invalid value: "quoted"' },
  { path: '/api/v1/namespaces/ns/secrets', level: 'Metadata', message: undefined },
  { path: '/api/v1/namespaces/ns/secrets', level: 'Request', message: 'Invalid value: "quoted"' },
  { path: '/api/v1/namespaces/ns/serviceaccounts/a/token', level: 'Metadata', message: undefined },
  { path: '/apis/authentication.k8s.io/v1/tokenreviews', level: 'Metadata', message: undefined },
] as const) {
  test(`a refusal that quotes the body of ${path} at level ${level}`, async () => {
    const { send, backend } = setup(
      async ({ audit }) => {
        audit!.responseStatus(new ApiError('Invalid', 'Invalid value: "quoted"', { details: { kind: 'x', causes: [{ message: 'quoted' }] } }).toStatus())
        return { status: 422 }
      },
      { level },
    )
    await send(`POST ${path}`).response
    expect(backend.last.responseStatus).toEqual({
      status: 'Failure',
      reason: 'Invalid',
      code: 422,
      details: { kind: 'x', ...(message ? { causes: [{ message: 'quoted' }] } : {}) },
      ...(message ? { message } : {}),
    })
  })
}

test('a stop waits for requests that are ending, then closes the back end', async () => {
  const { send, backend, auditing } = setup(async () => ({ status: 200, body: parts() }))
  const { request, response } = send(`GET ${pods}?watch=1`)
  await response
  const closed = auditing.close()
  expect(backend.closed).toBe(false)
  request.abort(new ApiError('ServiceUnavailable', 'the server is shutting down'))
  await closed
  expect([backend.closed, backend.stages.at(-1)]).toEqual([true, 'ResponseComplete 200'])
})
