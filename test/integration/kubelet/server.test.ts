// The kubelet API over TLS, with a client certificate as the API server has one.
import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { get, type RequestOptions } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { openTunnel } from './tunnel.ts'
import { SpdySession } from '../../../src/kubelet/server/spdy/session.ts'
import { CertificateAuthority, type KeyPair } from '../../../src/pki/certificate-authority.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { isReady, TestNode } from './node.ts'

let node: TestNode
let client: KeyPair
let ca: string
let issueServing: () => Promise<KeyPair>
let serve: (pair: KeyPair) => void
const port = 10250

beforeAll(async () => {
  const authority = await CertificateAuthority.create('test-ca', systemClock)
  const pair = await authority.issue({ commonName: 'system:node:node-1', hosts: ['127.0.0.1'], usages: ['server'], validityDays: 1 })
  client = await authority.issue({ commonName: 'kube-apiserver', organizations: ['system:masters'], usages: ['client'], validityDays: 1 })
  ca = authority.pair.certificate
  issueServing = () => authority.issue({ commonName: 'system:node:node-1', hosts: ['127.0.0.1'], usages: ['server'], validityDays: 1 })
  node = await TestNode.start('10.210.3.0/24', {
    server: { address: '127.0.0.1', port, certificate: pair.certificate, key: pair.key, clientCa: ca, onNewCertificate: (use) => (serve = use) },
  })
  node.pod('main', {
    containers: [
      {
        name: 'c',
        command: ['/bin/sh', '-c', 'for i in 1 2 3 4 5; do echo line $i; done; echo warn >&2; echo hello > /index.html; busybox httpd -f -p 8080 -h /'],
        ports: [{ containerPort: 8080 }],
      },
    ],
  })
  await node.until('main', isReady)
})
afterAll(async () => node[Symbol.asyncDispose]())

async function request(path: string, options: RequestOptions = {}): Promise<{ status: number; body: string }> {
  const [response] = (await once(
    get({ host: '127.0.0.1', port, path, ca, cert: client.certificate, key: client.key, agent: false, ...options }),
    'response',
  )) as [import('node:http').IncomingMessage]
  return { status: response.statusCode!, body: Buffer.concat(await response.toArray()).toString() }
}

function open(path: string, protocol: string | string[]): WebSocket {
  return new WebSocket(`wss://127.0.0.1:${port}${path}`, protocol, { ca, cert: client.certificate, key: client.key })
}

test('a client that goes away while its log is read leaves no file open', async () => {
  node.pod('chatty', { containers: [{ name: 'c', command: ['/bin/sh', '-c', 'busybox yes | busybox head -c 600000; sleep 1000'] }] })
  const { uid } = (await node.until('chatty', isReady)).metadata
  await expect.poll(async () => (await request('/containerLogs/default/chatty/c?tailLines=1')).body).toBe('y\n')
  for (let count = 0; count < 5; count++) {
    const asked = get({ host: '127.0.0.1', port, path: '/containerLogs/default/chatty/c', ca, cert: client.certificate, key: client.key, agent: false })
    const [response] = (await once(asked, 'response')) as [import('node:http').IncomingMessage]
    await once(response, 'readable')
    response.destroy()
  }
  const openFiles = () =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).includes(uid)
      } catch {
        return false // closed meanwhile
      }
    })
  await expect.poll(openFiles).toEqual([])
})

test('logs: all, the last lines, a number of bytes, timestamps, one stream, containers without a log', async () => {
  await expect.poll(async () => (await request('/containerLogs/default/main/c')).body).toContain('line 5')
  expect((await request('/containerLogs/default/main/c?stream=Stdout')).body).toBe('line 1\nline 2\nline 3\nline 4\nline 5\n')
  expect((await request('/containerLogs/default/main/c?stream=Stdout&limitBytes=8')).body).toBe('line 1\nl')
  expect((await request('/containerLogs/default/main/c?tailLines=1')).body).toMatch(/^(line 5|warn)\n$/)
  expect((await request('/containerLogs/default/main/c?timestamps=true&stream=Stdout&limitBytes=40')).body).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z line/)
  expect(await request('/containerLogs/default/main/nope')).toEqual({ status: 400, body: 'container "nope" in pod "main" is not available\n' })
  expect(await request('/containerLogs/default/main/c?previous=true')).toMatchObject({ status: 400 })
})

test('nobody without a name or without the right gets in', async () => {
  expect((await request('/pods', { cert: undefined, key: undefined } as never)).status).toBe(401)
  node.api.onReview = () => ({ allowed: false })
  expect((await request('/stats/summary')).status).toBe(403)
  node.api.onReview = () => ({ allowed: true })
})

test('health, pods, metrics', async () => {
  expect(await request('/healthz')).toEqual({ status: 200, body: 'ok' })
  expect(JSON.parse((await request('/pods')).body).items[0]).toMatchObject({ metadata: { name: 'main' }, status: { phase: 'Running' } })
  expect((await request('/metrics/resource')).body).toMatch(/^container_memory_working_set_bytes\{container="c",namespace="default",pod="main"\} \d+/m)
})

for (const protocol of ['v5.channel.k8s.io', 'v4.channel.k8s.io']) {
  test(`exec over ${protocol}: output, errors, exit code`, async () => {
    const webSocket = open('/exec/default/main/c?command=/bin/sh&command=-c&command=echo+out;echo+err+>%262;exit+7&output=1&error=1', protocol)
    const received: Record<number, string> = {}
    let first: Buffer | undefined
    webSocket.once('message', (data: Buffer) => (first = data))
    webSocket.on('message', (data: Buffer) => void (received[data[0]!] = (received[data[0]!] ?? '') + data.subarray(1).toString()))
    await once(webSocket, 'close')
    expect(first).toEqual(Buffer.of(1))
    expect(received[1]).toBe('out\n')
    expect(received[2]).toBe('err\n')
    expect(JSON.parse(received[3]!)).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '7' }] },
    })
  })
}

test('exec over v5: stdin has an end', async () => {
  const webSocket = open('/exec/default/main/c?command=/bin/cat&input=1&output=1&error=1', 'v5.channel.k8s.io')
  let received = ''
  webSocket.on('message', (data: Buffer) => void (received += data[0] === 1 ? data.subarray(1).toString() : ''))
  await once(webSocket, 'open')
  const text = 'x'.repeat(100_000)
  webSocket.send(Buffer.concat([Buffer.from([0]), Buffer.from(text)]))
  webSocket.send(Buffer.from([255, 0]))
  await once(webSocket, 'close')
  expect(received).toBe(text)
})

test('port-forward through a WebSocket tunnel', async () => {
  const tunnel = await openTunnel({ host: '127.0.0.1', port, ca, cert: client.certificate, key: client.key }, '/portForward/default/main?port=8080')
  const received: Buffer[] = []
  const ended = Promise.withResolvers<void>()
  let dataId = 0
  const session = new SpdySession(tunnel, {
    data: (_, data) => void received.push(data),
    end: (id) => (id === dataId ? ended.resolve() : undefined),
    close: () => ended.resolve(),
  })
  const headers = { port: '8080', requestid: '0' }
  const errorId = await session.open({ ...headers, streamtype: 'error' })
  session.end(errorId)
  dataId = await session.open({ ...headers, streamtype: 'data' })
  session.write(dataId, Buffer.from('GET /index.html HTTP/1.0\r\n\r\n'))
  await ended.promise
  expect(Buffer.concat(received).toString()).toMatch(/^HTTP\/1.\d 200 OK[^]*hello\n$/)
  session.close()
})

test('port-forward over channels: what there is of v5 is not for it', async () => {
  const webSocket = open('/portForward/default/main?port=8080', ['v5.channel.k8s.io', 'v4.channel.k8s.io'])
  const received: Record<number, string> = {}
  webSocket.on('message', (data: Buffer) => void (received[data[0]!] = (received[data[0]!] ?? '') + data.subarray(1).toString('latin1')))
  await once(webSocket, 'open')
  expect(webSocket.protocol).toBe('v4.channel.k8s.io')
  webSocket.send(Buffer.concat([Buffer.from([0]), Buffer.from('GET /index.html HTTP/1.0\r\n\r\n')]))
  // Each channel begins with its port.
  const start = Buffer.from([8080 & 0xff, 8080 >> 8]).toString('latin1')
  await expect.poll(() => received[0]).toMatch(/HTTP\/1.\d 200 OK[^]*hello\n$/)
  expect([received[0]!.slice(0, 2), received[1]]).toEqual([start, start])
  webSocket.close()
})

test('a rotated serving certificate is shown to new connections, and clients are still asked for theirs', async () => {
  const fingerprint = async () => {
    const [response] = (await once(get({ host: '127.0.0.1', port, path: '/healthz', ca, agent: false }), 'response')) as [import('node:http').IncomingMessage]
    response.resume()
    return (response.socket as TLSSocket).getPeerCertificate().fingerprint256
  }
  const before = await fingerprint()
  serve(await issueServing())
  expect(await fingerprint()).not.toBe(before)
  expect((await request('/pods', { cert: undefined, key: undefined } as never)).status).toBe(401)
})
