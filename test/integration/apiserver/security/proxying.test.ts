// What a node, a pod or a service may make of the API server's connections to them.
import { createServer as createTlsServer, type Server, type TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { endpoints, nodes, pods, services } from '../../../../src/api/resources.ts'
import { CertificateAuthority } from '../../../../src/pki/certificate-authority.ts'
import { systemClock } from '../../../../src/util/clock.ts'
import { succeed } from '../../../support/command.ts'
import { adminToken, asAdmin, bodyOf, connectRaw, exchange, nodeAddress, type SecurityServer, startSecurityServer, statusOf } from './server.ts'

let server: SecurityServer
let kubelet: Server
let kubeletPort: number
/** Everything that a kubelet has received, by connection. */
let received: Buffer[]
let connections: TLSSocket[]
/** What it answers to the first bytes of a connection. */
let answer: string

beforeAll(async () => {
  await succeed(['ip', 'address', 'replace', `${nodeAddress}/32`, 'dev', 'lo'])
  server = await startSecurityServer()
  kubelet = createTlsServer({ cert: server.kubelet.certificate, key: server.kubelet.key }, (socket) => {
    const index = received.push(Buffer.alloc(0)) - 1
    connections.push(socket)
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      if (received[index]!.length === 0) socket.write(answer)
      received[index] = Buffer.concat([received[index]!, chunk])
    })
  })
  await new Promise<void>((resolve) => kubelet.listen(0, nodeAddress, resolve))
  kubeletPort = (kubelet.address() as { port: number }).port
  await server.client.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node' }, spec: {} })
  await setAddresses([{ type: 'InternalIP', address: nodeAddress }])
  await server.client.create(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'default', name: 'p' },
    spec: { nodeName: 'node', containers: [{ name: 'c', image: 'i' }] },
  })
})
afterAll(async () => {
  for (const socket of connections) socket.destroy()
  kubelet.close()
  await server.stop()
  await succeed(['ip', 'address', 'delete', `${nodeAddress}/32`, 'dev', 'lo'])
})
const reset = () => {
  for (const socket of connections ?? []) socket.destroy()
  received = []
  connections = []
}
reset()
afterEach(reset)

const setAddresses = (addresses: readonly { type: string; address: string }[], port = kubeletPort) =>
  server.client.patch(
    nodes,
    { name: 'node' },
    { type: 'merge', patch: { status: { addresses, daemonEndpoints: { kubeletEndpoint: { Port: port } } } } },
    { subresource: 'status' },
  )
const upgrade = 'Upgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n'
const asUpgrade = (path: string) => asAdmin('POST', path, upgrade).replace('Connection: close', 'Connection: Upgrade')
const pod = '/api/v1/namespaces/default/pods/p'
const streams = [
  `${pod}/exec?command=id&stdout=1`,
  `${pod}/attach?stdout=1`,
  `${pod}/portforward?ports=80`,
  '/api/v1/nodes/node/proxy/exec/default/p/c?command=id',
]

for (const path of streams) {
  test(`CVE-2018-1002105: ${path}: after a refused upgrade nothing of the client reaches the kubelet`, async () => {
    answer = 'HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno'
    const socket = connectRaw(server.port)
    socket.write(asUpgrade(path))
    let text = ''
    for await (const chunk of socket) {
      text += String(chunk)
      // The connection that would now be the kubelet's own, were it left open.
      socket.write('POST /exec/kube-system/other/c?command=SMUGGLED HTTP/1.1\r\nHost: x\r\n\r\n')
    }
    expect(statusOf(text)).toBe(400)
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect(received).toHaveLength(1)
    expect(Buffer.concat(received).toString()).not.toContain('SMUGGLED')
    await expect.poll(() => connections.every(({ destroyed, readableEnded }) => destroyed || readableEnded)).toBe(true)
  })

  test(`CVE-2018-1002102, CVE-2020-8559: ${path}: a redirect is neither followed nor passed on`, async () => {
    answer = `HTTP/1.1 302 Found\r\nLocation: https://${nodeAddress}:${kubeletPort}/elsewhere\r\nContent-Length: 0\r\n\r\n`
    const text = await exchange(server.port, asUpgrade(path))
    expect(statusOf(text)).toBe(502)
    expect(text.toLowerCase()).not.toContain('location:')
    expect(received).toHaveLength(1)
  })
}

test('CVE-2018-1002102: logs: a redirect is neither followed nor passed on', async () => {
  answer = `HTTP/1.1 302 Found\r\nLocation: https://${nodeAddress}:${kubeletPort}/elsewhere\r\nContent-Length: 0\r\n\r\n`
  const text = await exchange(server.port, asAdmin('GET', `${pod}/log`))
  expect(statusOf(text)).toBe(500)
  expect(JSON.parse(bodyOf(text))).toMatchObject({ reason: 'InternalError', message: 'Internal error occurred: redirects forbidden' })
  expect(text.toLowerCase()).not.toContain('location:')
  expect(received).toHaveLength(1)
})

test('CVE-2018-1002102: nodes/proxy: a redirect is not followed', async () => {
  answer = `HTTP/1.1 302 Found\r\nLocation: https://${nodeAddress}:${kubeletPort}/elsewhere\r\nContent-Length: 0\r\n\r\n`
  expect(statusOf(await exchange(server.port, asAdmin('GET', '/api/v1/nodes/node/proxy/pods')))).toBe(302)
  expect(received).toHaveLength(1)
})

test('a kubelet whose certificate another authority has signed hears nothing (CIS 1.2.5)', async () => {
  const stranger = await CertificateAuthority.create('test-ca', systemClock)
  const pair = await stranger.issue({ commonName: 'system:node:node', hosts: ['node'], usages: ['server'], validityDays: 1 })
  answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
  kubelet.setSecureContext({ cert: pair.certificate, key: pair.key })
  try {
    for (const path of [`${pod}/log`, '/api/v1/nodes/node/proxy/pods'])
      expect(statusOf(await exchange(server.port, asAdmin('GET', path)))).toBeGreaterThanOrEqual(500)
    await exchange(server.port, asUpgrade(streams[0]!))
    expect(Buffer.concat(received).toString()).toBe('')
  } finally {
    kubelet.setSecureContext({ cert: server.kubelet.certificate, key: server.kubelet.key })
  }
})

test('credentials of clients end at the API server', async () => {
  answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
  const identity = 'Impersonate-User: admin\r\nImpersonate-Group: system:masters\r\nX-Remote-User: admin\r\n'
  for (const path of ['/api/v1/nodes/node/proxy/pods', `${pod}/log`]) {
    expect(statusOf(await exchange(server.port, asAdmin('GET', path, identity)))).toBe(200)
  }
  await exchange(server.port, asUpgrade(streams[0]!))
  expect(received).toHaveLength(3)
  const sent = Buffer.concat(received).toString().toLowerCase()
  for (const secret of [adminToken, 'authorization:', 'impersonate-', 'x-remote-user']) expect(sent).not.toContain(secret)
})

for (const address of [
  '127.0.0.1',
  '127.8.8.8',
  '169.254.169.254',
  '0.0.0.0',
  '224.0.0.1',
  '::1',
  '::',
  'fe80::1',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:169.254.169.254',
  // Programs that read these read different addresses.
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  // Never resolved: not once, and not twice with two answers.
  'localhost',
  'rebind.example.com',
  'fe80::1%lo',
]) {
  test(`CVE-2022-3294, CVE-2020-8562: a node at ${address} is not called, by no way`, async () => {
    const listener = createTlsServer({ cert: server.kubelet.certificate, key: server.kubelet.key }, (socket) => connections.push(socket.on('error', () => {})))
    await new Promise<void>((resolve) => listener.listen(0, '::', resolve))
    const { port } = listener.address() as { port: number }
    try {
      await setAddresses([{ type: 'InternalIP', address }], port)
      const paths = [`${pod}/log`, '/api/v1/nodes/node/proxy/', `/api/v1/nodes/https:node:${port}/proxy/pods`, `/api/v1/nodes/node:${port}/proxy/pods`]
      const answers = await Promise.all([
        ...paths.map((path) => exchange(server.port, asAdmin('GET', path))),
        ...streams.map((path) => exchange(server.port, asUpgrade(path))),
      ])
      for (const text of answers) expect([400, 500]).toContain(statusOf(text))
      for (const text of answers) expect(text).not.toContain('dial tcp')
      expect(connections).toEqual([])
    } finally {
      listener.close()
      await setAddresses([{ type: 'InternalIP', address: nodeAddress }])
    }
  })
}

test('CVE-2020-8562: addresses that are names are never used, also when there is no other', async () => {
  await setAddresses([
    { type: 'Hostname', address: 'localhost' },
    { type: 'InternalDNS', address: 'localhost' },
    { type: 'ExternalDNS', address: 'localhost' },
  ])
  try {
    expect(bodyOf(await exchange(server.port, asAdmin('GET', '/api/v1/nodes/node/proxy/pods')))).toContain('no preferred addresses found')
  } finally {
    await setAddresses([{ type: 'InternalIP', address: nodeAddress }])
  }
})

test('CVE-2022-3294: pods: neither a status nor a name leads to the machine itself', async () => {
  for (const podIP of ['127.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1', 'localhost']) {
    await server.client
      .patch(pods, { namespace: 'default', name: 'p' }, { type: 'merge', patch: { status: { podIP, podIPs: [{ ip: podIP }] } } }, { subresource: 'status' })
      .catch(() => {})
    const text = await exchange(server.port, asAdmin('GET', `/api/v1/namespaces/default/pods/p:${kubeletPort}/proxy/`))
    expect(statusOf(text), podIP).toBe(400)
    expect(text).toContain('address not allowed')
  }
})

test('services: endpoints lead to pods of their namespace and nowhere else', async () => {
  const head = { namespace: 'default', name: 'web' }
  await server.client.create(services, { apiVersion: 'v1', kind: 'Service', metadata: head, spec: { ports: [{ name: 'web', port: 80 }] } })
  const path = '/api/v1/namespaces/default/services/https:web:web/proxy/'
  const addresses = [
    { ip: nodeAddress },
    { ip: nodeAddress, targetRef: { kind: 'Pod', namespace: 'default', name: 'none' } },
    { ip: nodeAddress, targetRef: { kind: 'Pod', namespace: 'kube-system', name: 'p' } },
    { ip: nodeAddress, targetRef: { kind: 'Pod', namespace: 'default', name: 'other' } },
  ]
  const spec = { nodeName: 'node', containers: [{ name: 'c', image: 'i' }] }
  await server.client.create(pods, { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'default', name: 'other' }, spec })
  const setPodIp = (ip: string) =>
    server.client.patch(pods, { ...head, name: 'other' }, { type: 'merge', patch: { status: { podIP: ip, podIPs: [{ ip }] } } }, { subresource: 'status' })
  await setPodIp('198.51.100.7')
  const subsets = [{ addresses, ports: [{ name: 'web', port: kubeletPort }] }]
  await server.client.create(endpoints, { apiVersion: 'v1', kind: 'Endpoints', metadata: head, subsets })
  const refused = await exchange(server.port, asAdmin('GET', path))
  expect([statusOf(refused), JSON.parse(bodyOf(refused))]).toEqual([
    503,
    expect.objectContaining({ reason: 'ServiceUnavailable', message: 'no endpoints available for service "https:web:web"' }),
  ])
  expect(received).toHaveLength(0)
  answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
  await setPodIp(nodeAddress)
  expect(bodyOf(await exchange(server.port, asAdmin('GET', path)))).toBe('ok')
})
