// WebSockets as browsers and older libraries use them: watches, tokens in subprotocols, and what becomes of an exec that cannot be.
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { configMaps, namespaces, nodes, pods } from '../../../src/api/resources.ts'
import { succeed } from '../../support/command.ts'
import { adminToken, nodeAddress, type SecurityServer, startSecurityServer } from '../apiserver/security/server.ts'

let server: SecurityServer
const log = 'first line\nsecond line\n'
const refusal = { status: 404, text: 'container not found ("c")\n', location: '' }
const kubelet = createServer({}, (request, response) => {
  if (request.url?.startsWith('/containerLogs/default/on-node/c')) return response.end(log)
  const { status, text, location } = refusal
  return response.writeHead(status, { 'content-type': 'text/plain', ...(location ? { location } : {}) }).end(text)
})

beforeAll(async () => {
  await succeed(['ip', 'address', 'replace', `${nodeAddress}/32`, 'dev', 'lo'])
  server = await startSecurityServer()
  const { client } = server
  kubelet.setSecureContext({ cert: server.kubelet.certificate, key: server.kubelet.key })
  await new Promise<void>((resolve) => kubelet.listen(0, nodeAddress, resolve))
  const { port } = kubelet.address() as AddressInfo
  for (const [name, Port] of [
    ['node', port],
    ['deaf', 1],
  ] as const) {
    await client.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {} })
    const status = { addresses: [{ type: 'InternalIP', address: nodeAddress }], daemonEndpoints: { kubeletEndpoint: { Port } } }
    await client.patch(nodes, { name }, { type: 'merge', patch: { status } }, { subresource: 'status' })
    const metadata = { namespace: 'default', name: `on-${name}` }
    await client.create(pods, { apiVersion: 'v1', kind: 'Pod', metadata, spec: { nodeName: name, containers: [{ name: 'c', image: 'i' }] } })
  }
  await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'watched' }, spec: {} })
  await client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'watched', name: 'a' }, data: { k: '<v>' } })
})
afterAll(async () => {
  kubelet.closeAllConnections()
  kubelet.close()
  await server.stop()
  await succeed(['ip', 'address', 'delete', `${nodeAddress}/32`, 'dev', 'lo'])
})

interface Conversation {
  /** 101, or that of the refusal. */
  readonly status: number
  readonly protocol: string
  readonly messages: readonly { readonly binary: boolean; readonly data: Buffer }[]
  /** Of the server's close frame. */
  readonly code: number
}

const bearer = { authorization: `Bearer ${adminToken}` }
const origin = { origin: 'https://dashboard.example' }
const protocolOf = (token: string) => `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`

/** All that the server says until it ends the connection. */
function listen(path: string, protocols: readonly string[], headers: Record<string, string> = { ...bearer, ...origin }): Promise<Conversation> {
  const { promise, resolve } = Promise.withResolvers<Conversation>()
  const socket = new WebSocket(`wss://127.0.0.1:${server.port}${path}`, [...protocols], { rejectUnauthorized: false, headers })
  const messages: { binary: boolean; data: Buffer }[] = []
  let status = 0
  socket.on('upgrade', () => (status = 101))
  socket.on('unexpected-response', (request, response) => {
    status = response.statusCode ?? 0
    resolve({ status, protocol: '', messages, code: 0 })
    request.destroy()
  })
  socket.on('error', () => {})
  socket.on('message', (data: Buffer, binary) => messages.push({ binary, data }))
  socket.on('close', (code) => resolve({ status, protocol: socket.protocol, messages, code }))
  return promise
}

const watched = '/api/v1/namespaces/watched/configmaps?watch=1&timeoutSeconds=1'

test('a watch: each event is a text of its own, and the end is a proper one', async () => {
  const { status, protocol, messages, code } = await listen(`${watched}&resourceVersion=0`, [])
  expect({ status, protocol, code }).toEqual({ status: 101, protocol: '', code: 1000 })
  const events = messages.map(({ binary, data }) => {
    expect([binary, data.at(-1)]).toEqual([false, 0x0a])
    const { type, object } = JSON.parse(String(data)) as { type: string; object: { kind: string; metadata: { name: string } } }
    return `${type} ${object.kind} ${object.metadata.name}`
  })
  expect(events).toEqual(['ADDED ConfigMap a'])
})

test('in protobuf a message is an event without its length', async () => {
  const { messages } = await listen(watched, [], { ...bearer, ...origin, accept: 'application/vnd.kubernetes.protobuf' })
  expect(messages.map(({ binary, data }) => [binary, String(data.subarray(0, 7)), data.includes('k8s\0')])).toEqual([[true, '\n\u0005ADDED', true]])
})

test('events that come while it lasts; a version that is too old', async () => {
  const { resourceVersion } = (await server.client.list(configMaps, { namespace: 'watched' })).metadata
  const listening = listen(
    `/api/v1/namespaces/watched/configmaps?watch=1&timeoutSeconds=2&fieldSelector=metadata.name%3Db&resourceVersion=${resourceVersion}`,
    [],
  )
  await server.client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'watched', name: 'b' } })
  await server.client.delete(configMaps, { namespace: 'watched', name: 'b' })
  const types = (messages: Conversation['messages']) => messages.map(({ data }) => (JSON.parse(String(data)) as { type: string }).type)
  expect(types((await listening).messages)).toEqual(['ADDED', 'DELETED'])
  const { status, messages } = await listen(`${watched}&resourceVersion=1`, [])
  expect([status, types(messages)]).toEqual([101, ['ERROR']])
})

for (const { name, protocols, headers, expected } of [
  { name: 'one protocol is agreed to', protocols: ['binary.k8s.io'], headers: { ...bearer, ...origin }, expected: [101, 'binary.k8s.io'] },
  { name: 'among several nobody chooses', protocols: ['a.example', 'b.example'], headers: { ...bearer, ...origin }, expected: [0, ''] },
  { name: 'no page that it comes from', protocols: [], headers: bearer, expected: [403, ''] },
  { name: 'a token among the protocols', protocols: [protocolOf(adminToken), 'binary.k8s.io'], headers: origin, expected: [101, 'binary.k8s.io'] },
  { name: 'a wrong token', protocols: [protocolOf('wrong'), 'binary.k8s.io'], headers: origin, expected: [401, ''] },
  { name: 'two tokens', protocols: [protocolOf(adminToken), protocolOf('x'), 'binary.k8s.io'], headers: origin, expected: [401, ''] },
  { name: 'a token and nothing to talk: nobody', protocols: [protocolOf(adminToken)], headers: origin, expected: [403, ''] },
]) {
  test(`handshake of a watch: ${name}`, async () => {
    const { status, protocol } = await listen(watched, protocols, headers as Record<string, string>)
    expect([status, protocol]).toEqual(expected)
  })
}

const exec = (pod: string) => `/api/v1/namespaces/default/pods/${pod}/exec?command=id&stdout=1`

for (const { name, pod, answer, path = exec(pod), message } of [
  { name: 'what the kubelet says', pod: 'on-node', answer: {}, message: 'unable to upgrade connection: container not found ("c")' },
  {
    name: 'a kubelet that sends elsewhere',
    pod: 'on-node',
    answer: { status: 302, location: 'https://elsewhere.example/' },
    message: expect.stringMatching(/^error sending request: Post "https:.*": redirect not allowed$/) as string,
  },
  {
    name: 'nobody there',
    pod: 'on-deaf',
    answer: {},
    message: `error sending request: Post "https://${nodeAddress}:1/exec/default/on-deaf/c?command=id&output=1": dial tcp ${nodeAddress}:1: connect: connection refused`,
  },
  {
    name: 'attach, of which only errors are wanted',
    pod: 'on-node',
    answer: {},
    path: '/api/v1/namespaces/default/pods/on-node/attach?stderr=1',
    message: 'unable to upgrade connection: container not found ("c")',
  },
]) {
  test(`an exec that cannot be, over v5: ${name}`, async () => {
    Object.assign(refusal, { status: 404, location: '' }, answer)
    const { status, protocol, messages, code } = await listen(path, ['v5.channel.k8s.io', 'v4.channel.k8s.io'], bearer)
    expect({ status, protocol, code }).toEqual({ status: 101, protocol: 'v5.channel.k8s.io', code: 1000 })
    expect(messages.map(({ data }) => data[0])).toEqual([path.includes('stdout') ? 1 : 2, 3])
    expect(messages[0]!.data).toHaveLength(1)
    expect(JSON.parse(String(messages[1]!.data.subarray(1)))).toEqual({
      metadata: {},
      status: 'Failure',
      message:
        typeof message === 'string'
          ? `Internal error occurred: ${message}`
          : (expect.stringContaining('Internal error occurred: error sending request') as string),
      reason: 'InternalError',
      details: { causes: [{ message }] },
      code: 500,
    })
  })
}

test('older protocols are refused in HTTP; so is a pod that is nowhere, to all', async () => {
  Object.assign(refusal, { status: 404, location: '' })
  expect((await listen(exec('on-node'), ['v4.channel.k8s.io'], bearer)).status).toBe(404)
  expect((await listen(exec('on-deaf'), ['v4.channel.k8s.io'], bearer)).status).toBe(500)
  expect((await listen(exec('none'), ['v5.channel.k8s.io'], bearer)).status).toBe(404)
})

const logOf = (pod: string) => `/api/v1/namespaces/default/pods/${pod}/log`

for (const { name, protocols, status, protocol, decode } of [
  { name: 'no protocol', protocols: [], status: 101, protocol: '', decode: String },
  { name: 'bytes', protocols: ['binary.k8s.io'], status: 101, protocol: 'binary.k8s.io', decode: String },
  {
    name: 'text',
    protocols: ['v9.example', 'base64.binary.k8s.io'],
    status: 101,
    protocol: 'base64.binary.k8s.io',
    decode: (data: Buffer) => Buffer.from(String(data), 'base64').toString(),
  },
]) {
  test(`a log over a WebSocket: ${name}`, async () => {
    const heard = await listen(logOf('on-node'), protocols, bearer)
    expect([heard.status, heard.protocol, heard.code]).toEqual([status, protocol, 1000])
    expect(heard.messages[0]!.data).toHaveLength(0)
    expect(heard.messages.map(({ binary }) => binary)).toEqual(heard.messages.map(() => protocol !== 'base64.binary.k8s.io'))
    expect(heard.messages.map(({ data }) => decode(data)).join('')).toBe(log)
  })
}

test('a log over a WebSocket that cannot be: errors come in HTTP', async () => {
  expect((await listen(logOf('none'), [], bearer)).status).toBe(404)
  expect((await listen(logOf('on-deaf'), [], bearer)).status).toBe(500)
  expect((await listen(logOf('on-node'), ['v9.example'], bearer)).status).toBe(403)
})
