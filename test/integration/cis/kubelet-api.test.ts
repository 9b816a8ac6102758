// CIS Kubernetes Benchmark v1.12, section 4.2, as far as it needs no containers: the kubelet API with a runtime that says nothing.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { request, type RequestOptions } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { componentZPages } from '../../../src/cmd/component-z-pages.ts'
import { silentLogger } from '../../../src/component-base/logger.ts'
import { type KubeletServerDependencies, newKubeletServer } from '../../../src/kubelet/server/kubelet-server.ts'
import { CertificateAuthority, type KeyPair } from '../../../src/pki/certificate-authority.ts'
import { systemClock } from '../../../src/util/clock.ts'

let ca: CertificateAuthority
let apiServer: KeyPair
let serving: KeyPair
let port: number
let reviewed: string[] = []
/** What of the node was asked for. */
let subresources: (string | undefined)[] = []
/** TokenReviews that the API server has not answered; undefined: it answers at once. */
let unanswered: (() => void)[] | undefined
/** Streams of the runtime: accepted, and silent for ever. */
let runtime: Server
const streams = new Set<Socket>()
const ending = new AbortController()
let running: Promise<void>

beforeAll(async () => {
  ca = await CertificateAuthority.create('kubernetes-ca', systemClock)
  serving = await ca.issue({ commonName: 'system:node:n', hosts: ['127.0.0.1'], usages: ['server'], validityDays: 1 })
  apiServer = await ca.issue({ commonName: 'kube-apiserver-kubelet-client', usages: ['client'], validityDays: 1 })
  runtime = createServer().on('upgrade', (_, socket: Socket) => {
    streams.add(socket)
    socket
      .on('error', () => {})
      .once('end', () => socket.end())
      .once('close', () => streams.delete(socket))
      .resume()
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n')
  })
  await new Promise<void>((resolve) => runtime.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(runtime.address() as AddressInfo).port}/`
  const pod = { metadata: { name: 'p', namespace: 'default', uid: 'u' }, spec: {}, status: {} }
  const server = newKubeletServer({
    address: '127.0.0.1',
    port: 0,
    ...serving,
    clientCa: ca.pair.certificate,
    streamIdleMs: 500,
    zPages: (served: readonly string[]) => componentZPages('kubelet', { flags: new Map([['max-pods', '110']]), paths: served }),
    client: {
      async create(
        _: unknown,
        review: {
          readonly kind: string
          readonly spec: { readonly user?: string; readonly resourceAttributes?: { readonly verb: string; readonly subresource: string } }
        },
      ) {
        reviewed.push(`${review.kind} ${review.spec.user ?? ''} ${review.spec.resourceAttributes?.verb ?? ''}`.trim())
        subresources.push(review.spec.resourceAttributes?.subresource)
        if (review.kind === 'TokenReview' && unanswered) await new Promise<void>((resolve) => unanswered!.push(resolve))
        return { status: { allowed: review.spec.user === 'kube-apiserver-kubelet-client', authenticated: false } }
      },
    },
    clock: systemClock,
    logger: silentLogger,
    runtime: { portForward: async () => ({ url }) },
    pleg: { unhealthy: () => undefined, all: () => [], get: () => ({ sandboxes: [{ id: 's', ready: true }], containers: [] }) },
    nodeName: 'n',
    pods: () => [pod],
    statuses: () => undefined,
    rootDirectory: '/',
  } as unknown as KubeletServerDependencies)
  port = await server.listen()
  running = server.run(ending.signal)
})
afterAll(async () => {
  ending.abort()
  await running
  for (const stream of streams) stream.destroy()
  await new Promise((closed) => runtime.close(closed))
})

async function status(path: string, options: RequestOptions = {}): Promise<number> {
  const outgoing = request({ host: '127.0.0.1', port, path, ca: ca.pair.certificate, agent: false, ...options }).end()
  const [response] = (await once(outgoing, 'response')) as [import('node:http').IncomingMessage]
  response.resume()
  return response.statusCode!
}
const as = ({ certificate, key }: KeyPair) => ({ cert: certificate, key })
const paths = [
  '/healthz',
  '/pods',
  '/runningpods',
  '/metrics',
  '/stats/summary',
  '/configz',
  '/containerLogs/default/p/c',
  '/exec/default/p/c',
  '/debug/pprof/',
  '/statusz',
  '/flagz',
  '/none',
]

test('4.2.1, 4.2.3: nobody without a name, a good token or a certificate of the cluster’s authority', async () => {
  const other = await CertificateAuthority.create('kubernetes-ca', systemClock)
  const stranger = await other.issue({ commonName: 'kube-apiserver-kubelet-client', organizations: ['system:masters'], usages: ['client'], validityDays: 1 })
  const outcomes = await Promise.all(
    paths.flatMap((path) => [status(path), status(path, as(stranger)), status(path, { headers: { authorization: 'Bearer nonsense' } })]),
  )
  expect(new Set(outcomes)).toEqual(new Set([401]))
})

// Source: pkg/kubelet/server/auth.go (statusz has a permission of its own, flags are configuration).
test.each([
  ['/statusz', 'statusz', /^\nkubelet statusz\n(?:.*\n)+Paths.*\/healthz \/metrics \/pods/],
  ['/flagz', 'configz', /^\nkubelet flagz\n.*\nmax-pods.{1,2}110\n$/],
])('%s is for whom may nodes/%s', async (path, subresource, expected) => {
  subresources = []
  const outgoing = request({ host: '127.0.0.1', port, path, ca: ca.pair.certificate, agent: false, ...as(apiServer) }).end()
  const [response] = (await once(outgoing, 'response')) as [import('node:http').IncomingMessage]
  expect(Buffer.concat(await response.toArray()).toString()).toMatch(expected)
  expect(subresources).toEqual([subresource])
})

test('4.2.2: what somebody may do is the API server’s decision', async () => {
  const bob = await ca.issue({ commonName: 'bob', usages: ['client'], validityDays: 1 })
  for (const path of paths) expect({ path, status: await status(path, as(bob)) }).toEqual({ path, status: 403 })
  reviewed = []
  expect(await status('/pods', as(apiServer))).toBe(200)
  expect(await status('/debug/pprof/', as(apiServer))).toBe(404)
  expect(reviewed).toEqual(['SubjectAccessReview kube-apiserver-kubelet-client get', 'SubjectAccessReview kube-apiserver-kubelet-client get'])
})

test('a GET that opens a stream needs the right to create, as a POST does (exec by nodes/proxy get)', async () => {
  for (const path of ['/exec/default/p/c', '/attach/default/p/c', '/portForward/default/p', '/run/default/p/c']) {
    // Decisions are kept: everybody asks once.
    const name = `eve-${path.split('/')[1]}`
    const eve = await ca.issue({ commonName: name, usages: ['client'], validityDays: 1 })
    reviewed = []
    expect(await status(`${path}?command=id&output=1`, as(eve))).toBe(403)
    expect(reviewed).toEqual([`SubjectAccessReview ${name} create`])
  }
})

test('4.2.5: a stream that carries nothing is ended', async () => {
  const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1' }
  const outgoing = request({ host: '127.0.0.1', port, path: '/portForward/default/p', ca: ca.pair.certificate, agent: false, headers, ...as(apiServer) }).end()
  const [, socket] = (await once(outgoing, 'upgrade')) as [unknown, Socket]
  expect(streams.size).toBe(1)
  socket.on('error', () => {}).resume()
  await once(socket, 'close')
  await expect.poll(() => streams.size).toBe(0)
})

for (const [ciphers, accepted] of [
  ['AES128-SHA:AES256-SHA', false],
  ['ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA', false],
  ['ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384', false],
  ['ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256', true],
] as const) {
  test(`4.2.12: a client of TLS 1.2 with ${ciphers} is ${accepted ? 'served' : 'refused'}`, async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const socket = connect({ port, host: '127.0.0.1', ca: ca.pair.certificate, ciphers, maxVersion: 'TLSv1.2' }, () => resolve(socket.getCipher().name))
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    if (accepted) expect(ciphers).toContain(await promise)
    else expect(await promise).toBe('ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE')
    socket.destroy()
  })
}

/** Requests one behind the other on one connection, without waiting for answers. @returns status codes, as they come */
async function pipelined(requests: readonly string[], enough: (statuses: readonly number[]) => boolean): Promise<readonly number[]> {
  const socket = connect({ port, host: '127.0.0.1', ca: ca.pair.certificate })
  socket.write(requests.join(''))
  let text = ''
  let statuses: readonly number[] = []
  for await (const chunk of socket) {
    text += String(chunk)
    statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))
    if (enough(statuses)) break
  }
  socket.destroy()
  return statuses
}

test('CVE-2020-8551: paths that strangers invent are refused, and leave nothing in the metrics', async () => {
  const metrics = async () => {
    const outgoing = request({ host: '127.0.0.1', port, path: '/metrics', ca: ca.pair.certificate, agent: false, ...as(apiServer) }).end()
    const [response] = (await once(outgoing, 'response')) as [import('node:http').IncomingMessage]
    return String(Buffer.concat(await response.toArray()))
  }
  const before = await metrics()
  const perConnection = 100
  const invented = (connection: number) =>
    Array.from({ length: perConnection }, (_, i) => `GET /unique-${connection}-${i}/${i}?x=${i} HTTP/1.1\r\nHost: host-${i}\r\n\r\n`)
  const answered = ({ length }: readonly number[]) => length === perConnection
  const statuses = (await Promise.all(Array.from({ length: 30 }, (_, connection) => pipelined(invented(connection), answered)))).flat()
  expect(statuses).toHaveLength(30 * perConnection)
  expect(new Set(statuses)).toEqual(new Set([401]))
  expect(await metrics()).toBe(before)
})

test('CVE-2020-8551: made-up tokens wait in no queue without end, and others are served meanwhile', async () => {
  unanswered = []
  const flood = Array.from({ length: 40 }, (_, connection) => {
    const requests = Array.from({ length: 50 }, (_each, i) => `GET /pods HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer made-up-${connection}-${i}\r\n\r\n`)
    return pipelined(requests, ({ length }) => length === 50)
  })
  await expect.poll(() => unanswered!.length).toBe(100)
  expect(await status('/pods', as(apiServer))).toBe(200)
  expect(unanswered).toHaveLength(100)
  for (const answer of unanswered) answer()
  unanswered = undefined
  const statuses = (await Promise.all(flood)).flat()
  expect(statuses.filter((each) => each === 401)).toHaveLength(100)
  expect(statuses.filter((each) => each === 429)).toHaveLength(1900)
})

test('CVE-2025-0426: nobody makes checkpoints: strangers are refused, and for all others there is no such thing', async () => {
  expect(await status('/checkpoint/default/p/c', { method: 'POST' })).toBe(401)
  for (const method of ['POST', 'GET']) expect(await status('/checkpoint/default/p/c', { method, ...as(apiServer) })).toBe(method === 'GET' ? 404 : 405)
})
