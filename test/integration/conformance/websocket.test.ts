// Watches over a WebSocket, as browsers and some client libraries make them: an event is a message.
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { WatchEvent } from './api.ts'
import { type ConformanceCluster, startConformanceCluster } from './cluster.ts'

let cluster: ConformanceCluster
beforeAll(async () => {
  cluster = await startConformanceCluster()
})
afterAll(() => cluster[Symbol.asyncDispose]())

function open(path: string, headers: Readonly<Record<string, string>> = {}): WebSocket {
  const { url, token } = cluster.api.address
  return new WebSocket(`${url}${path}`, { rejectUnauthorized: false, headers: { authorization: `Bearer ${token}`, ...headers } })
}

test('a watch has one message an event, as text, and ends with its time', async () => {
  const { api } = cluster
  const path = `/api/v1/namespaces/${await cluster.newNamespace()}/configmaps`
  const { metadata } = await api.must(`GET ${path}`)
  const socket = open(`${path}?watch=true&timeoutSeconds=2&resourceVersion=${metadata.resourceVersion}`)
  const messages: { text: string; isBinary: boolean }[] = []
  socket.on('message', (data: Buffer, isBinary: boolean) => messages.push({ text: data.toString(), isBinary }))
  await once(socket, 'open')
  for (const name of ['a', 'b', 'c']) await api.must(`POST ${path}`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })
  await api.must(`DELETE ${path}/b`)
  await once(socket, 'close')
  const events = messages.map(({ text }) => JSON.parse(text) as WatchEvent)
  expect(events.map(({ type, object }) => [type, object.metadata.name])).toEqual([
    ['ADDED', 'a'],
    ['ADDED', 'b'],
    ['ADDED', 'c'],
    ['DELETED', 'b'],
  ])
  expect(messages.every(({ isBinary }) => !isBinary)).toBe(true)
})

test('a watch in protobuf has binary messages without the length that frames them elsewhere', async () => {
  const { api } = cluster
  const path = `/api/v1/namespaces/${await cluster.newNamespace()}/configmaps`
  const { metadata } = await api.must(`GET ${path}`)
  const accept = 'application/vnd.kubernetes.protobuf;stream=watch'
  const socket = open(`${path}?watch=true&timeoutSeconds=1&resourceVersion=${metadata.resourceVersion}`, { accept })
  const messages: Buffer[] = []
  socket.on('message', (data: Buffer, isBinary: boolean) => isBinary && messages.push(data))
  await once(socket, 'open')
  for (const name of ['a', 'b']) await api.must(`POST ${path}`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })
  await once(socket, 'close')
  // A WatchEvent begins with field 1, its type, a string of five bytes.
  expect(messages.map((message) => message.subarray(0, 7).toString('latin1'))).toEqual(['\n\x05ADDED', '\n\x05ADDED'])
})

test('what is refused is refused in HTTP', async () => {
  const [, response] = (await once(open('/api/v1/pods?watch=true', { authorization: 'Bearer nobody' }), 'unexpected-response')) as [
    unknown,
    { statusCode: number },
  ]
  expect(response.statusCode).toBe(401)
})
