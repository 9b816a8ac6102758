import { expect, test, vi } from 'vitest'
import { silentLogger } from '../../../component-base/logger.ts'
import { systemClock } from '../../../util/clock.ts'
import { FakeClock } from '../../../util/fake/clock.ts'
import type { UserInfo } from '../../authn/user.ts'
import { user } from '../../authn/well-known-users.ts'
import type { Attributes, Authorizer } from '../../authz/authorizer.ts'
import type { ApiResponse } from '../api-request.ts'
import { buildHandlerChain, type Filter } from '../handler-chain.ts'
import { ServerRequest } from '../server-request.ts'
import { auditId } from './audit-id.ts'
import { authentication } from './authentication.ts'
import { authorization } from './authorization.ts'
import { deadline } from './deadline.ts'
import { RequestDrain } from './drain.ts'
import { goaway } from './goaway.ts'
import { impersonation } from './impersonation.ts'
import { maxInFlight } from './max-in-flight.ts'
import { panicRecovery } from './panic-recovery.ts'
import { requestInfo } from './request-info.ts'

interface Call {
  readonly headers?: Record<string, string | string[]>
  readonly upgrade?: boolean
}

function request(line: string, { headers = {}, upgrade = false }: Call = {}): ServerRequest {
  const [method = '', target = ''] = line.split(' ')
  const joined = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]))
  return new ServerRequest({
    method,
    target,
    headers: joined,
    headerValues: (name) => [headers[name] ?? []].flat(),
    remoteAddress: '',
    clientCertificate: undefined,
    wantsUpgrade: upgrade,
    body: undefined,
  })
}

/** A chain around a handler that answers with the user's name, unless told otherwise. */
function server(
  filters: readonly Filter[],
  handler: (request: ServerRequest) => Promise<ApiResponse> = async ({ user }) => ({ status: 200, body: user.name }),
) {
  const chain = buildHandlerChain([panicRecovery(silentLogger, undefined), auditId, requestInfo, ...filters], handler)
  return async (line: string, call?: Call) => {
    const { status, body, headers } = await chain(request(line, call))
    const text = typeof body === 'string' ? body : ''
    return { status, headers, text, message: status >= 400 ? (JSON.parse(text) as { message: string }).message : '' }
  }
}

const known = new Map<string, UserInfo>([
  ['a', user('alice', ['dev'])],
  ['m', user('root', ['system:masters'])],
])
const unobserved = { clock: systemClock, observer: { authenticated() {}, authorized() {} } }
const who = authentication(({ bearerToken = '' }) => known.get(bearerToken), { allowAnonymous: () => true, logger: silentLogger, ...unobserved })
const token = (value: string) => ({ authorization: `Bearer ${value}` })
/** Allows what is listed as `verb resource[/subresource][=name]` or `verb path`. */
const allowing = (...allowed: string[]): Authorizer => ({
  authorize: ({ verb, resource, subresource, name, path, isResourceRequest }: Attributes) => {
    const what = isResourceRequest ? `${resource}${subresource ? `/${subresource}` : ''}` : path
    const yes = allowed.includes(`${verb} ${what}`) || allowed.includes(`${verb} ${what}=${name}`)
    return { outcome: yes ? 'allow' : 'no-opinion', reason: '' }
  },
})

test('who one is: a token, nobody, or 401', async () => {
  const call = server([who])
  expect((await call('GET /x', { headers: token('a') })).text).toBe('alice')
  expect((await call('GET /x')).text).toBe('system:anonymous')
  expect((await call('GET /x', { headers: { authorization: 'Basic eDp5' } })).text).toBe('system:anonymous')
  expect(await call('GET /x', { headers: token('wrong') })).toMatchObject({ status: 401, message: 'Unauthorized' })
  const closed = server([authentication(() => undefined, { allowAnonymous: (path) => path === '/healthz', logger: silentLogger, ...unobserved })])
  expect((await closed('GET /x')).status).toBe(401)
  expect((await closed('GET /healthz')).text).toBe('system:anonymous')
  expect((await closed('GET /healthz/')).status).toBe(401)
})

for (const [line, upgrade, allowed, message] of [
  ['GET /api/v1/namespaces/ns/pods', false, 'list pods', ''],
  ['GET /api/v1/namespaces/ns/pods', false, 'get pods', 'pods is forbidden: User "alice" cannot list resource "pods" in API group "" in the namespace "ns"'],
  [
    'PUT /apis/apps/v1/namespaces/ns/deployments/d/scale',
    false,
    '',
    'deployments.apps "d" is forbidden: User "alice" cannot update resource "deployments/scale" in API group "apps" in the namespace "ns"',
  ],
  ['GET /api/v1/nodes/n', false, '', 'nodes "n" is forbidden: User "alice" cannot get resource "nodes" in API group "" at the cluster scope'],
  ['GET /metrics', false, '', 'forbidden: User "alice" cannot get path "/metrics"'],
  // Running something in a container is creating, whatever the method.
  [
    'GET /api/v1/namespaces/ns/pods/p/exec',
    true,
    'get pods/exec',
    'pods "p" is forbidden: User "alice" cannot create resource "pods/exec" in API group "" in the namespace "ns"',
  ],
  [
    'GET /api/v1/nodes/n/proxy/run',
    true,
    'get nodes/proxy',
    'nodes "n" is forbidden: User "alice" cannot create resource "nodes/proxy" in API group "" at the cluster scope',
  ],
  ['GET /api/v1/nodes/n/proxy/stats', false, 'get nodes/proxy', ''],
] as const) {
  test(`${line} with "${allowed}" -> ${message || 'allowed'}`, async () => {
    const call = server([who, authorization(allowing(allowed), unobserved)])
    expect((await call(line, { headers: token('a'), upgrade })).message).toBe(message)
  })
}

test('acting as somebody else needs the right to, and headers that make sense', async () => {
  const call = server([
    who,
    impersonation(allowing('impersonate users=bob', 'impersonate groups=dev', 'impersonate:user-info users=eve', 'impersonate-on:user-info:list pods')),
  ])
  const as = (headers: Record<string, string | string[]>) => call('GET /api/v1/namespaces/ns/pods', { headers: { ...token('a'), ...headers } })
  expect((await as({ 'impersonate-user': 'bob', 'impersonate-group': ['dev'] })).text).toBe('bob')
  expect((await as({ 'impersonate-user': 'bob', 'impersonate-group': ['dev', 'ops'] })).message).toContain('groups "ops" is forbidden')
  expect((await as({ 'impersonate-user': 'eve' })).text).toBe('eve')
  expect((await call('GET /api/v1/namespaces/ns/secrets', { headers: { ...token('a'), 'impersonate-user': 'eve' } })).status).toBe(403)
  expect(await as({ 'impersonate-group': 'devs' })).toMatchObject({
    status: 400,
    message: 'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"devs"}, Extra:map[string][]string(nil)} without impersonating a user name',
  })
})

test('beyond the limit 429 with Retry-After, but not for masters and not for watches', async () => {
  const release = Promise.withResolvers<ApiResponse>()
  const limiter = maxInFlight({ readOnlyMax: 1, mutatingMax: 1 })
  const call = server([who, limiter], () => release.promise)
  const list = '/api/v1/pods'
  const pending = [call(`GET ${list}`), call(`GET ${list}`, { headers: token('m') }), call(`GET ${list}?watch=1`), call(`POST ${list}`)]
  const refused = await call(`GET ${list}`)
  expect(refused).toMatchObject({ status: 429, message: 'Too many requests, please try again later.' })
  expect(refused.headers?.['retry-after']).toBe('1')
  expect((await call(`DELETE ${list}`)).status).toBe(429)
  release.resolve({ status: 200, body: 'ok' })
  expect((await Promise.all(pending)).map((r) => r.status)).toEqual([200, 200, 200, 200])
  expect(limiter.current()).toEqual({ readOnly: 0, mutating: 0 })
})

test('a request that takes too long is answered 504 and its handler told; a watch may take as long as it likes', async () => {
  const clock = new FakeClock()
  const aborted: string[] = []
  const call = server([deadline(60_000, clock)], ({ signal, info }) => {
    const { promise } = Promise.withResolvers<ApiResponse>()
    signal.addEventListener('abort', () => aborted.push(info.verb))
    return promise
  })
  const list = call('GET /api/v1/pods')
  const short = call('GET /api/v1/nodes?timeout=5s')
  void call('GET /api/v1/pods?watch=1')
  expect((await call('GET /api/v1/pods?timeout=soon')).message).toContain('invalid timeout')
  await clock.advance(5_001)
  expect((await short).status).toBe(504)
  await clock.advance(60_000)
  expect(await list).toMatchObject({ status: 504, message: 'Timeout: request did not complete within the allotted timeout' })
  expect(aborted).toEqual(['list', 'list'])
})

test('a stop waits for short requests and ends long ones', async () => {
  const drain = new RequestDrain()
  const release = Promise.withResolvers<ApiResponse>()
  async function* events(signal: AbortSignal) {
    yield 'first'
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
  }
  const chain = buildHandlerChain([auditId, requestInfo, drain.filter], async ({ info, signal }) =>
    info.verb === 'watch' ? { status: 200, body: events(signal) } : release.promise,
  )
  const watch = await chain(request('GET /api/v1/pods?watch=1'))
  const list = chain(request('GET /api/v1/pods'))
  let idle = false
  const waiting = drain.idle().then(() => (idle = true))
  expect([drain.underWay, idle]).toEqual([1, false])
  release.resolve({ status: 200 })
  await list
  await waiting
  const read = Array.fromAsync(watch.body as AsyncIterable<string>)
  await Promise.resolve()
  await drain.endLongRunning(0, systemClock)
  expect(await read).toEqual(['first'])
})

test('a stop ends watches evenly over the grace period', async () => {
  const clock = new FakeClock()
  const drain = new RequestDrain()
  const ended: string[] = []
  async function* events({ signal, rawPath }: ServerRequest) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    ended.push(rawPath)
    yield 'last'
  }
  const chain = buildHandlerChain([requestInfo, drain.filter], async (asked) => ({ status: 200, body: events(asked) }))
  const paths = ['/api/v1/pods', '/api/v1/nodes', '/api/v1/secrets']
  const bodies = await Promise.all(paths.map(async (path) => (await chain(request(`GET ${path}?watch=1`))).body as AsyncIterable<string>))
  const read = bodies.map((body) => Array.fromAsync(body))
  const stopped = drain.endLongRunning(30_000, clock)
  for (const expected of [paths.slice(0, 1), paths.slice(0, 2), paths]) {
    await vi.waitFor(() => expect(ended).toEqual(expected))
    await clock.advance(10_000)
  }
  await stopped
  expect(await Promise.all(read)).toEqual([['last'], ['last'], ['last']])
})

test('what nobody foresaw is a 500 that tells nothing', async () => {
  const call = server([], () => Promise.reject(new Error('secret detail')))
  const { status, text } = await call('GET /x')
  expect(status).toBe(500)
  expect(text).not.toContain('secret')
})

for (const { name, stop, line, agent = 'kubectl', inProcess = false, status, message, retryAfter, closes } of [
  { name: 'not stopping', stop: () => {}, line: 'GET /api/v1/pods', status: 200 },
  {
    name: 'stopping: other servers answer',
    stop: (drain) => drain.refuseNew(),
    line: 'GET /api/v1/pods',
    status: 503,
    message: 'apiserver is shutting down',
    retryAfter: '1',
  },
  { name: 'stopping: a watch ends soon enough', stop: (drain) => drain.refuseNew(), line: 'GET /api/v1/pods?watch=1', status: 200 },
  { name: 'stopping: probes are answered', stop: (drain) => drain.refuseNew(), line: 'GET /readyz', status: 200 },
  {
    name: 'sending Retry-After: connections go elsewhere',
    stop: (drain) => drain.sendRetryAfter(),
    line: 'GET /api/v1/pods?watch=1',
    status: 429,
    message: 'The apiserver is shutting down, please try again later.',
    retryAfter: '5',
    closes: true,
  },
  { name: 'stopping: what ends with the process may finish', stop: (drain) => drain.refuseNew(), line: 'PUT /api/v1/nodes/n', inProcess: true, status: 200 },
  { name: 'sending Retry-After: probes are answered', stop: (drain) => drain.sendRetryAfter(), line: 'GET /livez/ping', status: 200 },
  {
    name: 'sending Retry-After: the server may still ask itself',
    stop: (drain) => drain.sendRetryAfter(),
    line: 'GET /api/v1/pods',
    agent: 'kube-apiserver/v1.36.2',
    status: 200,
  },
] as readonly {
  name: string
  stop: (drain: RequestDrain) => void
  line: string
  agent?: string
  inProcess?: boolean
  status: number
  message?: string
  retryAfter?: string
  closes?: boolean
}[]) {
  test(`${name} -> ${status}`, async () => {
    const drain = new RequestDrain()
    stop(drain)
    const chain = buildHandlerChain([panicRecovery(silentLogger, undefined), auditId, requestInfo, drain.filter], async () => ({ status: 200, body: '{}' }))
    const { source } = request(line, { headers: { 'user-agent': agent } })
    const asked = new ServerRequest({ ...source, isInProcess: inProcess })
    const answer = await chain(asked)
    expect([answer.status, (JSON.parse(answer.body as string) as { message?: string }).message]).toEqual([status, message])
    expect([answer.headers?.['retry-after'], asked.closeConnection]).toEqual([retryAfter, closes ?? false])
  })
}

test('what is long-running is forgotten when it ends, however it ends', async () => {
  const drain = new RequestDrain()
  const ended: string[] = []
  const streams = { closed: 0 }
  const handler = async (asked: ServerRequest): Promise<ApiResponse> => {
    asked.onEnd(() => ended.push(asked.method))
    if (asked.rawPath.endsWith('/log')) return { status: 200, body: 'all of it' }
    asked.signal.addEventListener('abort', () => streams.closed++)
    return {
      status: 200,
      body: (async function* () {
        yield 'event'
      })(),
    }
  }
  const chain = buildHandlerChain([requestInfo, drain.filter], handler)
  await chain(request('GET /api/v1/namespaces/ns/pods/p/log'))
  expect(ended).toEqual(['GET'])
  // Nobody reads the body of a HEAD.
  await chain(request('HEAD /api/v1/pods?watch=1'))
  expect([ended, streams.closed]).toEqual([['GET', 'HEAD'], 1])
  const { body } = await chain(request('GET /api/v1/pods?watch=1'))
  expect(ended.length).toBe(2)
  expect(await Array.fromAsync(body as AsyncIterable<string>)).toEqual(['event'])
  expect(ended.length).toBe(3)
})

test('by chance an h2 client is asked to connect anew; an HTTP/1.1 client never', async () => {
  const chances = [0.005, 0.02, 0.009]
  const chain = buildHandlerChain([goaway(0.01, () => chances.shift()!)], async () => ({ status: 200 }))
  const closed = []
  for (const isHttp2 of [true, true, false]) {
    const asked = request('GET /x')
    const h2 = new ServerRequest({ ...asked.source, isHttp2 })
    await chain(h2)
    closed.push(h2.closeConnection)
  }
  expect(closed).toEqual([true, false, false])
})
