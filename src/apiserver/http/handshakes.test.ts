import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setImmediate as eventLoopTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { FakeClock } from '../../util/fake/clock.ts'
import { Handshakes } from './handshakes.ts'

/** A listener, and which of its connections were begun in which turn. */
async function listen() {
  const clock = new FakeClock(0)
  const begun: string[] = []
  const handshakes = new Handshakes({
    clock,
    silentMs: 1000,
    begin(socket) {
      begun.push(String(socket.read()))
      socket.destroy()
    },
  })
  const accepted: Socket[] = []
  const server = createServer((socket) => {
    accepted.push(socket)
    handshakes.accept(socket)
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  const { port } = server.address() as AddressInfo
  return { clock, begun, accepted, port, [Symbol.dispose]: () => void server.close() }
}

function open(port: number, hello?: string) {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: false })
  const closed = Promise.withResolvers<void>()
  socket.on('error', () => {})
  socket.on('close', () => closed.resolve())
  socket.resume()
  if (hello !== undefined) socket.write(hello)
  return { socket, closed: closed.promise }
}

test('of many clients that speak at once sixteen are begun a turn, each with what it has said', async () => {
  using server = await listen()
  const clients = Array.from({ length: 100 }, () => open(server.port))
  await expect.poll(() => server.accepted.length).toBe(100)
  for (const [index, { socket }] of clients.entries()) socket.write(`hello ${index}`)
  const seen = [0]
  while (server.begun.length < 100) {
    await eventLoopTurn()
    seen.push(server.begun.length)
  }
  expect(Math.max(...seen.map((count, turn) => count - (seen[turn - 1] ?? 0)))).toBeLessThanOrEqual(16)
  expect(server.begun.toSorted()).toEqual(Array.from({ length: 100 }, (_each, index) => `hello ${index}`).toSorted())
  await Promise.all(clients.map(({ closed }) => closed))
})

test('who says nothing is disconnected in the end; who goes away without a word is not begun', async () => {
  using server = await listen()
  const silent = open(server.port)
  const leaving = open(server.port)
  await expect.poll(() => server.accepted.length).toBe(2)
  leaving.socket.end()
  await leaving.closed
  await server.clock.advance(999)
  expect(server.accepted.filter(({ destroyed }) => !destroyed).length).toBe(1)
  await server.clock.advance(1)
  await silent.closed
  expect(server.begun).toEqual([])
})
