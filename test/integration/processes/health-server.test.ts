import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect, test } from 'vitest'
import { CertificateAuthority } from '../../../src/pki/certificate-authority.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { type HealthAnswer, serveHealth } from '../../../src/component-base/serving/health-server.ts'
import { tlsSettingsDefault } from '../../../src/component-base/serving/tls-settings.ts'

async function serve(answer: () => HealthAnswer | Promise<HealthAnswer>) {
  const authority = await CertificateAuthority.create('ca', systemClock)
  const { certificate, key } = await authority.issue({ commonName: 'x', hosts: ['127.0.0.1'], usages: ['server'], validityDays: 1 })
  const ending = new AbortController()
  const paths = { '/healthz': answer }
  const { port, closed } = await serveHealth({ host: '127.0.0.1', port: 0, paths, tls: { ...tlsSettingsDefault, cert: certificate, key } }, ending.signal)
  return { port, closed, end: () => ending.abort() }
}

test('requests behind one that is answered slowly, with and without bodies, are answered in their order', async () => {
  const slow = Promise.withResolvers<HealthAnswer>()
  let asked = 0
  const server = await serve(() => (++asked === 1 ? slow.promise : { status: 200, body: String(asked) }))
  const socket = connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false })
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  socket.write('GET /healthz HTTP/1.1\r\nHost: h\r\n\r\nPOST /healthz HTTP/1.1\r\nHost: h\r\nContent-Length: 20000\r\n\r\n')
  await expect.poll(() => asked).toBe(2)
  socket.write(`${'x'.repeat(20_000)}GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n`)
  slow.resolve({ status: 200, body: 'first' })
  await expect.poll(() => text.match(/HTTP\/1\.1 200/g)?.length).toBe(3)
  socket.destroy()
  server.end()
  await server.closed
})

test('it ends with whatever connections there are: without a handshake, without a request, and waiting for an answer', async () => {
  let asked = false
  const server = await serve(() => ((asked = true), new Promise<HealthAnswer>(() => {})))
  const open = [
    connect({ port: server.port, host: '127.0.0.1' }),
    connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false }),
    connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false }),
  ] as const
  const ended = open.map((socket) => once(socket.on('error', () => {}).resume(), 'close'))
  await Promise.all([once(open[0], 'connect'), once(open[1], 'secureConnect'), once(open[2], 'secureConnect')])
  open[2].write('GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n')
  await expect.poll(() => asked).toBe(true)
  server.end()
  await Promise.all([server.closed, ...ended])
})
