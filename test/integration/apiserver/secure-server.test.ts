// The TLS port against real clients, honest and hostile, over loopback.
import { once } from 'node:events'
import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2'
import { request as httpsRequest } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiResponse } from '../../../src/apiserver/http/api-request.ts'
import { auditId } from '../../../src/apiserver/http/filters/audit-id.ts'
import { panicRecovery } from '../../../src/apiserver/http/filters/panic-recovery.ts'
import { requestInfo } from '../../../src/apiserver/http/filters/request-info.ts'
import { buildHandlerChain } from '../../../src/apiserver/http/handler-chain.ts'
import { SecureServer } from '../../../src/apiserver/http/secure-server.ts'
import type { ServerRequest } from '../../../src/apiserver/http/server-request.ts'
import { silentLogger } from '../../../src/component-base/logger.ts'
import { CertificateAuthority, type KeyPair } from '../../../src/pki/certificate-authority.ts'
import { systemClock } from '../../../src/util/clock.ts'

let server: SecureServer
let port: number
let client: KeyPair
/** Requests whose signal aborted, by path. */
const abortedPaths = new Set<string>()
let produced = 0

/** @param failing the part that cannot be made */
async function* parts(count: number, bytes: number, failing = -1): AsyncGenerator<readonly Uint8Array[]> {
  for (let i = 0; i < count; i++) {
    if (i === failing) throw new Error('no more')
    yield [Buffer.alloc(bytes - 1, 97 + (i % 26)), Buffer.from('\n')]
  }
}

async function handle(request: ServerRequest): Promise<ApiResponse> {
  switch (request.rawPath) {
    case '/echo':
      return { status: 200, headers: { 'content-type': 'text/plain' }, body: await request.body() }
    case '/whoami':
      return { status: 200, body: JSON.stringify(request.source.clientCertificate ?? null) }
    case '/large':
      return { status: 200, body: 'x'.repeat(200_000) }
    case '/document':
      return { status: 200, isDocument: true, body: parts(50, 200_000) }
    case '/small-document':
      return { status: 200, isDocument: true, body: parts(2, 1000) }
    case '/broken-document':
      return { status: 200, isDocument: true, body: parts(50, 200_000, 3) }
    case '/parts':
      return { status: 200, body: parts(2, 200_000) }
    case '/warn':
      request.warn('unknown field "spec.föö"')
      return { status: 200, body: 'ok' }
    case '/close':
      request.closeConnection = true
      return { status: 200, body: 'ok' }
    case '/panic':
      throw new TypeError('undefined is not a function')
    case '/stream':
      return { status: 200, body: events(request) }
    case '/flood':
      return { status: 200, body: flood(request) }
    case '/api/v1/namespaces/ns/pods/p/exec':
      return request.wantsUpgrade
        ? {
            status: 101,
            takeOver: (socket, head) =>
              socket.end(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n${Buffer.from(head).toString()}!`),
          }
        : { status: 400, body: 'no upgrade' }
    default:
      return { status: 404, body: 'not found' }
  }
}

async function* events(request: ServerRequest) {
  yield 'first\n'
  await new Promise((resolve) => request.signal.addEventListener('abort', resolve, { once: true }))
  abortedPaths.add(request.rawPath)
}

async function* flood(request: ServerRequest) {
  for (produced = 0; produced < 10_000 && !request.signal.aborted; produced++) yield Buffer.alloc(64 * 1024)
}

beforeAll(async () => {
  const ca = await CertificateAuthority.create('test-ca', systemClock)
  const serving = await ca.issue({ commonName: 'server', hosts: ['localhost', '127.0.0.1'], usages: ['server'], validityDays: 1 })
  client = await ca.issue({ commonName: 'alice', organizations: ['dev', 'ops'], usages: ['client'], validityDays: 1 })
  const chain = buildHandlerChain([panicRecovery(silentLogger, undefined), auditId, requestInfo], handle)
  server = new SecureServer({ ...serving, clientCa: ca.pair.certificate }, { handle: chain, clock: systemClock, logger: silentLogger })
  ;({ port } = await server.listen({ host: '127.0.0.1', port: 0 }))
})
afterAll(() => server.close())

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Buffer
}

const session = (options = {}) => connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false, ...options })

async function viaHttp2(
  path: string,
  { method = 'GET', headers = {}, body, tls = {} }: { method?: string; headers?: object; body?: Buffer; tls?: object } = {},
): Promise<Answer> {
  const http2 = session(tls)
  try {
    const stream = http2.request({ ':method': method, ':path': path, ...headers })
    stream.end(body)
    const [answer] = (await once(stream, 'response')) as [Record<string, unknown>]
    const chunks = await stream.toArray()
    return { status: Number(answer[':status']), headers: answer, body: Buffer.concat(chunks) }
  } finally {
    http2.destroy()
  }
}

async function viaHttp1(
  path: string,
  { method = 'GET', headers = {}, body, tls = {} }: { method?: string; headers?: object; body?: Buffer; tls?: object } = {},
): Promise<Answer> {
  const request = httpsRequest({ port, host: '127.0.0.1', path, method, headers: { ...headers }, rejectUnauthorized: false, agent: false, ...tls })
  request.on('error', () => {})
  request.end(body)
  const [message] = await once(request, 'response')
  return { status: message.statusCode, headers: message.headers, body: Buffer.concat(await message.toArray()) }
}

for (const [protocol, call] of [
  ['h2', viaHttp2],
  ['HTTP/1.1', viaHttp1],
] as const) {
  test(`${protocol}: a body comes back, with the headers every answer has`, async () => {
    const { status, headers, body } = await call('/echo', { method: 'POST', body: Buffer.from('hello'), headers: { 'audit-id': 'a1' } })
    expect([status, body.toString(), headers['cache-control'], headers['audit-id']]).toEqual([200, 'hello', 'no-cache, private', 'a1'])
  })

  test(`${protocol}: a gzipped body is inflated; one that inflates beyond 3 MiB, or is larger, is refused with 413`, async () => {
    const gzip = { 'content-encoding': 'gzip' }
    expect((await call('/echo', { method: 'POST', body: gzipSync('hello'), headers: gzip })).body.toString()).toBe('hello')
    expect((await call('/echo', { method: 'POST', body: gzipSync(Buffer.alloc(4 * 1024 * 1024)), headers: gzip })).status).toBe(413)
    expect((await call('/echo', { method: 'POST', body: Buffer.from('nonsense'), headers: gzip })).status).toBe(400)
    const large = await call('/echo', { method: 'POST', body: Buffer.alloc(3 * 1024 * 1024 + 1) })
    expect(JSON.parse(large.body.toString())).toMatchObject({ kind: 'Status', reason: 'RequestEntityTooLarge', code: 413 })
  })

  test(`${protocol}: large answers are compressed for those who accept it`, async () => {
    expect((await call('/large')).body.length).toBe(200_000)
    const { headers, body } = await call('/large', { headers: { 'accept-encoding': 'gzip' } })
    expect([headers['content-encoding'], gunzipSync(body).length]).toEqual(['gzip', 200_000])
  })

  test(`${protocol}: large documents in parts are compressed for those who accept it; other streams never are`, async () => {
    const compressed = { headers: { 'accept-encoding': 'gzip' } }
    const document = Buffer.concat((await Array.fromAsync(parts(50, 200_000))).flat())
    const { headers, body } = await call('/document', compressed)
    expect(headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(body).equals(document)).toBe(true)
    expect(body.length).toBeLessThan(document.length / 10)
    for (const [path, more] of [
      ['/document', {}],
      ['/document', { headers: { 'accept-encoding': 'gzip;q=0' } }],
      ['/small-document', compressed],
      ['/parts', compressed],
    ] as const) {
      expect((await call(path, more)).headers['content-encoding'], path).toBeUndefined()
    }
    await expect(call('/broken-document', compressed).then((answer) => gunzipSync(answer.body))).rejects.toThrow()
  })

  test(`${protocol}: a verified client certificate says who it is; a stranger's says why it is not believed`, async () => {
    const known = JSON.parse((await call('/whoami', { tls: { cert: client.certificate, key: client.key } })).body.toString())
    expect(known).toMatchObject({ commonName: 'alice', organizations: ['dev', 'ops'] })
    expect(known.verificationError).toBeUndefined()
    const foreign = await (
      await CertificateAuthority.create('other', systemClock)
    ).issue({ commonName: 'alice', organizations: ['system:masters'], usages: ['client'], validityDays: 1 })
    const stranger = JSON.parse((await call('/whoami', { tls: { cert: foreign.certificate, key: foreign.key } })).body.toString())
    expect(stranger.verificationError).toMatch(/UNABLE_TO|SELF_SIGNED|signature/i)
    expect(JSON.parse((await call('/whoami')).body.toString())).toBeNull()
  })

  test(`${protocol}: a handler that throws is a 500 Status`, async () => {
    const { status, body } = await call('/panic')
    expect([status, JSON.parse(body.toString()).message]).toEqual([500, 'This request caused apiserver to panic. Look in the logs for details.'])
  })

  test(`${protocol}: warnings go out as headers`, async () => {
    const { headers } = await call('/warn')
    expect(Buffer.from(String(headers['warning']), 'latin1').toString()).toBe('299 - "unknown field \\"spec.föö\\""')
  })
}

test('a stream sends its headers at once and ends with its reader', async () => {
  const http2 = session()
  const stream = http2.request({ ':path': '/stream' })
  await once(stream, 'response')
  expect(String((await once(stream, 'data'))[0])).toBe('first\n')
  stream.close()
  await expect.poll(() => abortedPaths.has('/stream')).toBe(true)
  http2.destroy()
})

test('a reader that does not read stops the producer', async () => {
  const http2: ClientHttp2Session = session()
  const stream = http2.request({ ':path': '/flood' })
  await once(stream, 'response')
  let before = -1
  await expect
    .poll(() => {
      const settled = produced === before
      before = produced
      return settled
    })
    .toBe(true)
  expect(produced).toBeLessThan(200)
  http2.destroy()
})

test('an upgrade hands the connection over; without one the request is an ordinary one', async () => {
  const path = '/api/v1/namespaces/ns/pods/p/exec'
  expect((await viaHttp1(path, { method: 'POST' })).status).toBe(400)
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\nearly`)
  const text = Buffer.concat(await socket.toArray()).toString()
  expect(text.startsWith('HTTP/1.1 101 Switching Protocols')).toBe(true)
  expect(text.endsWith('early!')).toBe(true)
})

test('a refused upgrade is answered as HTTP and the connection closed', async () => {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  socket.write('GET /nothing/proxy/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nGET /whoami HTTP/1.1\r\nHost: x\r\n\r\n')
  const text = Buffer.concat(await socket.toArray()).toString()
  expect(text).toContain('HTTP/1.1 404 Not Found')
  expect(text.match(/HTTP\/1\.1 \d/g)).toHaveLength(1)
})

test('hostile clients change nothing for others', async () => {
  const plain = connectTcp(port, '127.0.0.1', () => plain.end('GET / HTTP/1.1\r\n\r\n'))
  await once(plain, 'close')

  const half = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => half.destroy())
  await once(half, 'close')

  const garbage = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] }, () => garbage.write(Buffer.alloc(4096, 0xff)))
  garbage.on('error', () => {}).resume()
  await once(garbage, 'close')

  const smuggler = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () =>
    smuggler.write('POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /whoami HTTP/1.1\r\nHost: x\r\n\r\n'),
  )
  expect(Buffer.concat(await smuggler.toArray()).toString()).toContain('400 Bad Request')

  const pipelining = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () =>
    pipelining.write('GET /stream HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(200)),
  )
  pipelining.on('error', () => {}).resume()
  await once(pipelining, 'close')

  // Rapid reset (CVE-2023-44487): the connection is ended long before so many streams were served.
  const attacker = session()
  attacker.on('error', () => {})
  await once(attacker, 'connect')
  for (let i = 0; i < 3000 && !attacker.destroyed; i++) {
    const stream = attacker.request({ ':path': '/stream' })
    stream.on('error', () => {})
    stream.close(constants.NGHTTP2_CANCEL)
    if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  if (!attacker.destroyed) await once(attacker, 'close')

  expect((await viaHttp2('/echo', { method: 'POST', body: Buffer.from('alive') })).body.toString()).toBe('alive')
})

test('a connection that is to be closed: h2 gets GOAWAY and finishes what is under way, HTTP/1.1 a header', async () => {
  const http2 = session()
  const stream = http2.request({ ':path': '/stream' })
  await once(stream.resume(), 'response')
  const goaway = once(http2, 'goaway')
  const closing = http2.request({ ':path': '/close' })
  const [answer] = (await once(closing, 'response')) as [Record<string, unknown>]
  expect([answer[':status'], answer['connection'], Buffer.concat(await closing.toArray()).toString()]).toEqual([200, undefined, 'ok'])
  expect((await goaway)[0]).toBe(constants.NGHTTP2_NO_ERROR)
  expect(stream.closed).toBe(false)
  const closed = once(http2, 'close')
  stream.close()
  await closed
  expect((await viaHttp1('/close')).headers['connection']).toBe('close')
})

test('it ends with every connection, also those whose handshake has not begun', async () => {
  const ca = await CertificateAuthority.create('test-ca', systemClock)
  const own = new SecureServer(ca.pair, { handle: () => Promise.resolve({ status: 200 }), clock: systemClock, logger: silentLogger })
  const { port } = await own.listen({ host: '127.0.0.1', port: 0 })
  const plain = connectTcp(port, '127.0.0.1')
  const secure = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  const both = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
  const ended = [plain, secure, both].map((each) =>
    once(
      each.on('error', () => {}),
      'close',
    ),
  )
  plain.resume()
  secure.resume()
  await Promise.all([once(plain, 'connect'), once(secure, 'secureConnect'), once(both, 'connect')])
  own.close()
  await Promise.all(ended)
})
