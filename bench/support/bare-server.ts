// The yardstick: what Node's own servers do when nothing is Kubernetes. GET sends bytes that are at hand, POST parses its
// body as JSON and sends it back. HTTP/1.1 by node:https, h2 by the core API of node:http2.
import { readFileSync } from 'node:fs'
import { createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { createServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { servingPair } from './children.ts'

const chunkBytes = 256 << 10
const directory = process.argv[2]!
const read = (name: string) => readFileSync(join(directory, `bare-${name}`))
const answers = new Map([
  ['/get', read('get')],
  ['/list', read('list')],
  ['/list-protobuf', read('listProtobuf')],
])
const headers = { 'content-type': 'application/json' }

async function stream(to: Writable, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    if (!to.write(bytes.subarray(at, at + chunkBytes))) await new Promise((resolve) => to.once('drain', resolve))
  }
  to.end()
}

const tls = { ...servingPair(directory), noDelay: true }
const http1 = createServer(tls, (request, response) => {
  if (request.method === 'GET') {
    const bytes = answers.get(request.url!)!
    if (bytes.length > chunkBytes) return void stream(response.writeHead(200, headers), bytes)
    return void response.writeHead(200, { ...headers, 'content-length': bytes.length }).end(bytes)
  }
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    JSON.parse(body.toString())
    response.writeHead(201, { ...headers, 'content-length': body.length }).end(body)
  })
})
const http2 = createSecureServer(tls)
http2.on('stream', (reply: ServerHttp2Stream, request: IncomingHttpHeaders) => {
  const bytes = answers.get(request[':path']!)!
  reply.respond({ ':status': 200, ...headers, 'content-length': bytes.length })
  reply.end(bytes)
})

function listen(server: Server): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  return promise
}

process.on('SIGTERM', () => process.exit(0))
process.send!({ port: await listen(http1), http2Port: await listen(http2 as unknown as Server) })
