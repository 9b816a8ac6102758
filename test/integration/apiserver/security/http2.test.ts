// Attacks on HTTP/2: the server lives, other connections are served, and the attacker's connection ends.
import { once } from 'node:events'
import { connect, type ClientHttp2Session } from 'node:http2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { endHeaders, ended, endStream, flood, frame, frameType, getRequest, header, openHttp2, preface, uint32 } from './http2-frames.ts'
import { connectResettable, type SecurityServer, startSecurityServer } from './server.ts'

let server: SecurityServer
/** Somebody else's connection, open through all attacks. */
let bystander: ClientHttp2Session
beforeAll(async () => {
  server = await startSecurityServer()
  bystander = connect(`https://127.0.0.1:${server.port}`, { rejectUnauthorized: false })
  await once(bystander, 'connect')
})
afterAll(async () => {
  bystander.destroy()
  await server.stop()
})

async function bystanderIsServed(): Promise<void> {
  const stream = bystander.request({ ':path': '/healthz' })
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
  expect([headers[':status'], String(Buffer.concat(await stream.toArray()))]).toEqual([200, 'ok'])
}

const mebibyte = 1024 * 1024
const request = (stream: number) => frame(frameType.headers, endStream | endHeaders, stream, getRequest('/healthz'))

test('the frames of these tests are understood: a request by hand is answered', async () => {
  const socket = openHttp2(server.port)
  const answered = new Promise<void>((resolve) => {
    let read = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      read = Buffer.concat([read, chunk])
      if (read.includes('ok')) resolve()
    })
  })
  socket.write(request(1))
  await answered
  socket.destroy()
})

test('CVE-2023-44487: requests that are reset at once (rapid reset) end the connection', async () => {
  const socket = openHttp2(server.port)
  const pair = (index: number) => Buffer.concat([request(2 * index + 1), frame(frameType.reset, 0, 2 * index + 1, uint32(8))])
  expect(await flood(socket, pair, 2 * mebibyte)).toBeLessThan(mebibyte)
  await bystanderIsServed()
})

test('CVE-2024-27983, CVE-2024-28182: endless CONTINUATION frames end the connection', async () => {
  const socket = openHttp2(server.port)
  socket.write(frame(frameType.headers, endStream, 1, getRequest('/healthz')))
  const next = (index: number) => frame(frameType.continuation, 0, 1, header(`x-${index}`, 'v'.repeat(100)))
  expect(await flood(socket, next, 64 * mebibyte)).toBeLessThan(16 * mebibyte)
  await bystanderIsServed()
})

test('CVE-2024-27983: empty CONTINUATION frames, which cost no header space, end the connection, too', async () => {
  const socket = openHttp2(server.port)
  socket.write(frame(frameType.headers, endStream, 1, getRequest('/healthz')))
  const many = Buffer.concat(Array.from({ length: 500 }, () => frame(frameType.continuation, 0, 1)))
  expect(await flood(socket, () => many, 64 * mebibyte)).toBeLessThan(16 * mebibyte)
  await bystanderIsServed()
})

test('CVE-2024-27983: connections cut off in the middle of header blocks', async () => {
  for (let i = 0; i < 50; i++) {
    const { socket, reset } = await connectResettable(server.port, 'h2')
    socket.write(Buffer.concat([preface, frame(frameType.headers, endStream, 1, getRequest('/healthz'))]))
    socket.write(frame(frameType.continuation, 0, 1, header('x', 'y')))
    await new Promise((resolve) => setImmediate(resolve))
    // Half of them with FIN, half with RST.
    if (i % 2) socket.destroy()
    else reset()
  }
  await bystanderIsServed()
})

for (const [name, block] of [
  ['an index that is in no table', Buffer.from([0xff, 0xff, 0xff, 0x0f])],
  ['an integer without end', Buffer.alloc(64, 0xff)],
  ['a string longer than the frame', Buffer.from([0x00, 0x7f, 0xff, 0xff, 0x07, 0x41])],
  ['broken Huffman code', Buffer.from([0x00, 0x84, 0xff, 0xff, 0xff, 0xff, 0x01, 0x61])],
  ['a table size beyond the settings', Buffer.from([0x3f, 0xff, 0xff, 0xff, 0x7f])],
] as const) {
  test(`CVE-2025-59465: HEADERS with ${name}, then a reset of the connection`, async () => {
    for (const end of ['reset', 'wait'] as const) {
      const { socket, reset } = await connectResettable(server.port, 'h2')
      socket.write(Buffer.concat([preface, request(1), frame(frameType.headers, endStream | endHeaders, 3, block)]))
      if (end === 'reset') setImmediate(reset)
      await ended(socket)
    }
    await bystanderIsServed()
  })
}

for (const [name, frames] of [
  ['window beyond 2^31 on the connection', [frame(frameType.windowUpdate, 0, 0, uint32(0x7fffffff))]],
  ['window beyond 2^31, after GOAWAY', [frame(frameType.goaway, 0, 0, Buffer.alloc(8)), frame(frameType.windowUpdate, 0, 0, uint32(0x7fffffff))]],
  ['WINDOW_UPDATE of nothing', [frame(frameType.windowUpdate, 0, 0, uint32(0))]],
  ['DATA of an idle stream', [frame(frameType.data, 0, 5, Buffer.from('x'))]],
  ['a frame larger than the settings allow', [frame(frameType.data, 0, 1, Buffer.alloc(20_000))]],
  ['CONTINUATION without HEADERS', [frame(frameType.continuation, endHeaders, 1, getRequest('/healthz'))]],
  ['SETTINGS of a wrong length', [frame(frameType.settings, 0, 0, Buffer.alloc(5))]],
  ['a stream with an even number', [frame(frameType.headers, endStream | endHeaders, 2, getRequest('/healthz'))]],
] as const) {
  test(`CVE-2026-21714: ${name}: the connection ends and is forgotten`, async () => {
    for (let i = 0; i < 10; i++) {
      const socket = openHttp2(server.port)
      socket.write(Buffer.concat([request(1), ...frames]))
      await ended(socket)
    }
    await bystanderIsServed()
  })
}

for (const [name, next] of [
  ['CVE-2019-9515: SETTINGS', () => frame(frameType.settings, 0, 0, Buffer.from([0, 3, 0, 0, 0, 1]))],
  ['CVE-2019-9512: PING', () => frame(frameType.ping, 0, 0, Buffer.alloc(8))],
] as const) {
  test(`${name} without end, and nobody reads the answers: the connection ends, and little is kept for it`, async () => {
    const socket = openHttp2(server.port)
    socket.pause()
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    const before = process.memoryUsage.rss()
    const many = Buffer.concat(Array.from({ length: 200 }, next))
    await flood(socket, () => many, 24 * mebibyte)
    // What was not read may hide the end from the client.
    socket.resume()
    await closed
    expect(process.memoryUsage.rss() - before).toBeLessThan(256 * mebibyte)
    await bystanderIsServed()
  })
}
