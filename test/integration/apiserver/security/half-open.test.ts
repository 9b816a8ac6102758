// Connections that begin and do not go on: each way ends by itself, without a request having been made.
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SecureServer } from '../../../../src/apiserver/http/secure-server.ts'
import { silentLogger } from '../../../../src/component-base/logger.ts'
import { CertificateAuthority } from '../../../../src/pki/certificate-authority.ts'
import { systemClock } from '../../../../src/util/clock.ts'
import { endHeaders, ended, endStream, frame, frameType, getRequest, preface } from './http2-frames.ts'
import { connectRaw } from './server.ts'

let server: SecureServer
let port: number
let requests = 0
beforeAll(async () => {
  const ca = await CertificateAuthority.create('test-ca', systemClock)
  const serving = await ca.issue({ commonName: 'server', hosts: ['127.0.0.1'], usages: ['server'], validityDays: 1 })
  const handle = async () => {
    requests++
    return { status: 200, body: 'ok' }
  }
  server = new SecureServer(serving, { handle, clock: systemClock, logger: silentLogger }, { readHeaderMs: 500, idleMs: 500 })
  ;({ port } = await server.listen({ host: '127.0.0.1', port: 0 }))
})
afterAll(() => server.close())

/** Far more than either limit: a connection that is still there then is there for ever. */
const patienceMs = 15_000

for (const [name, open] of [
  ['TCP without a word', () => connectTcp(port, '127.0.0.1')],
  [
    'half a TLS handshake',
    () => {
      const socket = connectTcp(port, '127.0.0.1')
      socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]))
      return socket
    },
  ],
  ['TLS without a request', () => connectRaw(port)],
  [
    'HTTP/1.1: a request line',
    () => {
      const socket = connectRaw(port)
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n')
      return socket
    },
  ],
  ['h2 without a preface', () => connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] })],
  [
    'h2: half a preface',
    () => {
      const socket = connectRaw(port, 'h2')
      socket.write(preface.subarray(0, 10))
      return socket
    },
  ],
  [
    'h2: no stream',
    () => {
      const socket = connectRaw(port, 'h2')
      socket.write(preface)
      return socket
    },
  ],
  [
    'h2: half of a header block',
    () => {
      const socket = connectRaw(port, 'h2')
      socket.write(Buffer.concat([preface, frame(frameType.headers, endStream, 1, getRequest('/'))]))
      return socket
    },
  ],
] as const) {
  test(
    `half open: ${name}`,
    async () => {
      const before = requests
      const socket = open()
      socket.on('error', () => {}).resume()
      await Promise.race([once(socket, 'close'), once(socket, 'end')])
      socket.destroy()
      expect(requests).toBe(before)
    },
    patienceMs,
  )
}

test('a connection with a request is kept for the next one', async () => {
  const socket = connectRaw(port, 'h2')
  socket.resume()
  socket.write(Buffer.concat([preface, frame(frameType.headers, endStream | endHeaders, 1, getRequest('/'))]))
  await expect.poll(() => requests).toBe(1)
  expect(socket.destroyed || socket.readableEnded).toBe(false)
  await ended(socket)
})
