import { type Http2SecureServer, type ServerHttp2Stream, createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CertificateAuthority } from '../../../src/pki/certificate-authority.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { type HttpsTransportOptions, newHttpsTransport } from '../../../src/client/transport/https.ts'
import { TransportError } from '../../../src/client/transport/transport.ts'

let server: Http2SecureServer
let ca: string
let clientPair: { cert: string; key: string }
let secondPair: { cert: string; key: string }
let url: string
const open = new Set<ServerHttp2Stream>()

beforeAll(async () => {
  const authority = await CertificateAuthority.create('test-ca', systemClock)
  ca = authority.pair.certificate
  const own = await authority.issue({ commonName: 'server', usages: ['server'], hosts: ['127.0.0.1'], validityDays: 1 })
  const client = await authority.issue({ commonName: 'alice', usages: ['client'], validityDays: 1 })
  clientPair = { cert: client.certificate, key: client.key }
  const second = await authority.issue({ commonName: 'bob', usages: ['client'], validityDays: 1 })
  secondPair = { cert: second.certificate, key: second.key }
  server = createSecureServer({ cert: own.certificate, key: own.key, ca, requestCert: true, rejectUnauthorized: false, settings: { maxConcurrentStreams: 3 } })
  server.on('stream', answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => {
  server.close()
})

function answer(stream: ServerHttp2Stream, headers: Record<string, unknown>) {
  stream.on('error', () => {})
  const path = headers[':path'] as string
  if (path === '/reset') return stream.session!.destroy()
  if (path === '/silent') return
  stream.respond({ ':status': 200, 'content-type': 'text/plain' })
  if (path === '/watch') {
    open.add(stream)
    stream.once('close', () => open.delete(stream))
    return stream.write('first\n')
  }
  if (path === '/cut') {
    stream.write('half')
    return setImmediate(() => stream.session!.destroy())
  }
  const peer = (stream.session!.socket as TLSSocket).getPeerCertificate().subject?.CN ?? 'nobody'
  let body = ''
  stream.on('data', (chunk: Buffer) => (body += chunk.toString()))
  stream.on('end', () => stream.end(JSON.stringify({ path, body, peer, authorization: headers['authorization'] })))
}

function transportTo(options: Partial<HttpsTransportOptions> = {}) {
  const transport = newHttpsTransport({ server: url, ca, ...options })
  const get = async (path: string, signal?: AbortSignal) => {
    const response = await transport.request({ method: 'GET', path, headers: {}, ...(signal ? { signal } : {}) })
    return Buffer.concat(await Array.fromAsync(response.body)).toString()
  }
  return { ...transport, request: transport.request.bind(transport), close: () => transport.close(), get }
}

test('a client certificate and a body arrive', async () => {
  const transport = transportTo({ clientCertificate: () => clientPair })
  const { status, body } = await transport.request({ method: 'POST', path: '/x', headers: {}, body: 'hello' })
  const answer = JSON.parse(Buffer.concat(await Array.fromAsync(body)).toString()) as object
  expect([status, answer]).toEqual([200, { path: '/x', body: 'hello', peer: 'alice' }])
  transport.close()
})

test('a new certificate is shown by a new connection; what the old one carries goes on', async () => {
  let pair = clientPair
  const transport = transportTo({ clientCertificate: () => pair })
  const watch = await transport.request({ method: 'GET', path: '/watch', headers: {} })
  const chunks = watch.body[Symbol.asyncIterator]()
  expect(Buffer.from((await chunks.next()).value as Uint8Array).toString()).toBe('first\n')
  pair = secondPair
  expect(JSON.parse(await transport.get('/'))).toMatchObject({ peer: 'bob' })
  for (const stream of open) stream.end('second\n')
  expect(Buffer.from((await chunks.next()).value as Uint8Array).toString()).toBe('second\n')
  expect((await chunks.next()).done).toBe(true)
  transport.close()
})

test('a bearer token is asked for at each request; the path prefix of the server is kept', async () => {
  let turn = 0
  const transport = transportTo({ server: `${url}/prefix/`, bearerToken: () => `t${++turn}` })
  await transport.get('/a')
  expect(JSON.parse(await transport.get('/b'))).toMatchObject({ path: '/prefix/b', authorization: 'Bearer t2' })
  transport.close()
})

test('more requests than the server takes on one connection use several', async () => {
  const transport = transportTo()
  await transport.get('/first') // the settings are known from here on
  const ending = new AbortController()
  const watches = await Promise.all(Array.from({ length: 7 }, () => transport.request({ method: 'GET', path: '/watch', headers: {}, signal: ending.signal })))
  expect(watches).toHaveLength(7)
  expect(open.size).toBe(7)
  ending.abort()
  for (const { body } of watches) await expect(Array.fromAsync(body)).rejects.toThrow()
  transport.close()
})

test('leaving the body closes the request at the server', async () => {
  const transport = transportTo()
  const { body } = await transport.request({ method: 'GET', path: '/watch', headers: {} })
  for await (const chunk of body) {
    expect(Buffer.from(chunk).toString()).toBe('first\n')
    break
  }
  await expect.poll(() => open.size).toBe(0)
  transport.close()
})

for (const path of ['/reset', '/cut']) {
  test(`a connection lost at ${path} is a TransportError, and the next request connects again`, async () => {
    const transport = transportTo()
    await expect(transport.get(path)).rejects.toThrow(TransportError)
    expect(JSON.parse(await transport.get('/again'))).toMatchObject({ path: '/again' })
    transport.close()
  })
}

test('aborting ends a request that is not answered', async () => {
  const transport = transportTo()
  const ending = new AbortController()
  const request = transport.get('/silent', ending.signal)
  ending.abort(new Error('enough'))
  await expect(request).rejects.toThrow('enough')
  transport.close()
})

test('a server that nobody vouches for is not trusted', async () => {
  const other = await CertificateAuthority.create('other', systemClock)
  await expect(transportTo({ ca: other.pair.certificate }).get('/x')).rejects.toThrow(TransportError)
})

test('nobody listens', async () => {
  await expect(transportTo({ server: 'https://127.0.0.1:1' }).get('/x')).rejects.toThrow(/connect to 127.0.0.1:1/)
})
