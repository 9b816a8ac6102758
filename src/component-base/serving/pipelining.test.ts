import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, test } from 'vitest'
import { mayWait } from './pipelining.ts'

/** A server that leaves the first request unanswered until `answer`; the others are answered at once. */
async function serve() {
  const begun: ServerResponse[] = []
  const seen = { count: 0 }
  const server = createServer((request, response) => {
    seen.count++
    if (!mayWait(request.socket, response)) return
    begun.push(response)
    if (request.url !== '/first') response.end(request.url)
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  return { begun, seen, port: (server.address() as AddressInfo).port, [Symbol.dispose]: () => server.close().closeAllConnections() }
}

const requests = (count: number) =>
  Array.from({ length: count }, (_each, index) => `GET ${index === 0 ? '/first' : `/${index}`} HTTP/1.1\r\nHost: h\r\n\r\n`).join('')

function open(port: number) {
  const socket = connect({ host: '127.0.0.1', port })
  const closed = Promise.withResolvers<void>()
  let text = ''
  socket.on('data', (chunk) => (text += chunk.toString()))
  socket.on('error', () => {})
  socket.on('close', () => closed.resolve())
  return {
    /** All in one go. */
    send: (texts: string) => void socket.write(texts),
    answers: () => text.match(/HTTP\/1\.1 200/g)?.length ?? 0,
    closed: closed.promise,
    [Symbol.dispose]: () => void socket.destroy(),
  }
}

test('a hundred requests wait for the one before them, again and again', async () => {
  using server = await serve()
  using client = open(server.port)
  for (const round of [0, 1]) {
    client.send(requests(101))
    await expect.poll(() => server.begun.length).toBe(101 * (round + 1))
    server.begun[101 * round]!.end('first')
    await expect.poll(() => client.answers()).toBe(101 * (round + 1))
  }
})

test('one more ends the connection, and is not begun; stacks of errors are as long as before', async () => {
  const { stackTraceLimit } = Error
  using server = await serve()
  using client = open(server.port)
  client.send(requests(500))
  await client.closed
  expect(client.answers()).toBe(0)
  expect(server.begun.length).toBe(101)
  // What follows in the same read is not even parsed.
  expect(server.seen.count).toBe(102)
  expect(Error.stackTraceLimit).toBe(stackTraceLimit)
})
