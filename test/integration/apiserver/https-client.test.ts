// What issuers and webhooks may do to the server that asks them: not answer, answer too much, be somebody else.
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HttpsClientOptions, newHttpsClient } from '../../../src/apiserver/webhook/https-client.ts'
import { newWorkplace, type Workplace } from './identity-server.ts'

let work: Workplace
let server: Server
let url: string
let connections = 0

beforeAll(async () => {
  work = await newWorkplace()
  const { certificate: cert, key } = work.pki.apiServer
  server = createServer({ cert, key, ca: work.ca, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const { url: path = '' } = request
    switch (path) {
      case '/silent':
        return undefined
      case '/endless':
        response.writeHead(200)
        for (let sent = 0; sent < 40; sent++) response.write(Buffer.alloc(64 << 10))
        return undefined
      case '/cut':
        response.writeHead(200, { 'content-length': '100' })
        response.write('half')
        return void setImmediate(() => response.destroy())
      case '/moved':
        return response.writeHead(302, { location: `${url}/echo` }).end()
      default: {
        const chunks: Buffer[] = []
        request.on('data', (chunk: Buffer) => chunks.push(chunk))
        return request.on('end', () =>
          response.end(JSON.stringify({ method: request.method, authorization: request.headers.authorization, body: Buffer.concat(chunks).toString() })),
        )
      }
    }
  })
  server.on('secureConnection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  await work.remove()
})

const client = (over: Partial<HttpsClientOptions> = {}) => newHttpsClient({ ca: work.ca, timeoutMs: 10_000, ...over })

test('an answer is an answer, whatever its status; connections are kept', async () => {
  const https = client({ bearerToken: () => 'secret' })
  const before = connections
  for (let i = 0; i < 3; i++) {
    const { status, body } = await https.send({ method: 'POST', url: `${url}/echo`, body: 'ü' })
    expect([status, JSON.parse(body)]).toEqual([200, { method: 'POST', authorization: 'Bearer secret', body: 'ü' }])
  }
  expect(connections - before).toBe(1)
  // Whoever answers with another place is not followed there: credentials would go along.
  expect(await https.send({ method: 'GET', url: `${url}/moved` })).toMatchObject({ status: 302, body: '' })
  https.close()
})

test.each<[string, string, Partial<HttpsClientOptions>, RegExp]>([
  ['does not answer', '/silent', { timeoutMs: 200 }, /aborted|timeout/i],
  ['answers too much', '/endless', {}, /has more than 1048576 bytes/],
  ['stops in the middle', '/cut', {}, /aborted|socket hang up|ECONNRESET/],
  ['is not trusted', '/echo', { ca: '' }, /self-signed|unable to (get|verify)/i],
  ['has another name', '/echo', { tlsServerName: 'elsewhere' }, /altnames/],
])('somebody who %s', async (_, path, over, message) => {
  const https = client(over)
  await expect(https.send({ method: 'GET', url: `${url}${path}` })).rejects.toThrow(message)
  https.close()
})

test('nobody there; no TLS', async () => {
  const https = client()
  await expect(https.send({ method: 'GET', url: 'https://127.0.0.1:1/' })).rejects.toThrow('ECONNREFUSED')
  await expect((async () => https.send({ method: 'GET', url: url.replace('https', 'http') }))()).rejects.toThrow('Protocol "http:" not supported')
  https.close()
})
