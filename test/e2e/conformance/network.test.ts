// Upstream's conformance tests of the network, as far as they need no names: pods, services, endpoints and proxies on two real nodes.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findProcesses, isInside } from '../../../src/machine/processes.ts'
import type { Body } from '../../integration/conformance/api.ts'
import { eventually } from '../../support/eventually.ts'
import { askHttp, askUdp, NetExec, processOf } from './netexec.ts'
import { type Namespace, shell, statusOf, Suite } from './suite.ts'

let suite: Suite
let namespace: Namespace
const netexec = new NetExec()
/** Three servers on two nodes, a client, and the nodes themselves. */
const servers: { name: string; ip: string; pid: number }[] = []
let client: number
let nodes: { readonly name: string; readonly address: string; readonly pid: number }[]

beforeAll(async () => {
  suite = await Suite.start()
  namespace = await suite.newNamespace()
  const { items = [] } = await suite.api.must('GET /api/v1/nodes')
  const state = join(suite.cluster.directory, 'state')
  const agents = readdirSync(state).flatMap((entry) => findProcesses(join(state, entry)))
  nodes = items.map((node) => {
    const name = node.metadata.name!
    const { addresses } = node['status'] as { addresses: { type: string; address: string }[] }
    const pid = agents.find((agent) => agent.role === 'agent' && agent.node === name && isInside(agent))!.pid
    return { name, address: addresses.find(({ type }) => type === 'InternalIP')!.address, pid }
  })
  for (const [index, node] of ['node-1', 'node-2', 'node-2', 'node-1'].entries()) {
    const name = `netserver-${index}`
    await namespace.pod(name, { nodeName: node, containers: [{ command: shell('sleep 1000') }] }, { labels: index === 3 ? {} : { app: 'netserver' } })
  }
  for (const index of [0, 1, 2, 3]) {
    const pod = await namespace.ready(`netserver-${index}`)
    const pid = await processOf(pod.metadata.uid!)
    if (index === 3) client = pid
    else {
      servers.push({ name: pod.metadata.name!, ip: statusOf(pod).podIP!, pid })
      netexec.serve(pid, pod.metadata.name!, { tcp: 8080, udp: 8081 })
    }
  }
  for (const { ip } of servers) await eventually(async () => expect(await askHttp(client, `${ip}:8080`)).toBeDefined())
})
afterAll(async () => {
  netexec[Symbol.dispose]()
  await suite?.[Symbol.asyncDispose]()
})

const service = async (name: string, spec: object): Promise<{ ip: string; ports: readonly { nodePort?: number }[] }> => {
  const { clusterIP: ip = '', ports } = (await namespace.create('services', 'Service', name, { spec: { selector: { app: 'netserver' }, ...spec } }))[
    'spec'
  ] as { clusterIP?: string; ports: { nodePort?: number }[] }
  return { ip, ports }
}
const all = () => servers.map(({ name }) => name)
/** Who answered a number of requests. */
const answerers = async (times: number, ask: () => Promise<{ name: string } | undefined>) => {
  const names = new Set<string | undefined>()
  for (let index = 0; index < times; index++) names.add((await ask())?.name)
  return [...names].toSorted()
}
const set = (name: string, spec: object) => suite.api.must(`PATCH ${namespace.path(`services/${name}`)}`, { spec }, { type: 'merge' })

test('Networking, intra pod http', async () => {
  for (const { name, ip } of servers) expect((await askHttp(client, `${ip}:8080`))?.name).toBe(name)
})

test('Networking, intra pod udp', async () => {
  for (const { name, ip } of servers) expect(await askUdp(client, ip, 8081)).toBe(name)
})

test('Networking, intra pod http, from node', async () => {
  for (const node of nodes)
    for (const { name, ip } of servers) {
      expect((await askHttp(node.pid, `${ip}:8080`))?.name).toBe(name)
      expect(await askUdp(node.pid, ip, 8081)).toBe(name)
    }
})

test('Service, NodePort Service', async () => {
  const { ip, ports } = await service('nodeport', { type: 'NodePort', ports: [{ port: 80, targetPort: 8080 }] })
  await eventually(async () => expect(await answerers(30, () => askHttp(client, `${ip}:80`))).toEqual(all()))
  for (const { address } of nodes) expect(await answerers(30, () => askHttp(client, `${address}:${ports[0]!.nodePort}`))).toEqual(all())
})

test.each([
  ['Service, ClusterIP type, session affinity to ClientIP', 'ClusterIP'],
  ['Service, NodePort type, session affinity to ClientIP', 'NodePort'],
  ['Service, ClusterIP type, session affinity to None', 'ClusterIP'],
  ['Service, NodePort type, session affinity to None', 'NodePort'],
])('%s', async (title, type) => {
  const name = title.toLowerCase().replaceAll(/\W+/g, '-').slice(-50)
  const { ip, ports } = await service(name, { type, sessionAffinity: 'ClientIP', ports: [{ port: 80, targetPort: 8080 }] })
  const target = type === 'NodePort' ? `${nodes[0]!.address}:${ports[0]!.nodePort}` : `${ip}:80`
  const ask = () => askHttp(client, target)
  await eventually(async () => expect(await ask()).toBeDefined())
  expect(await answerers(15, ask)).toHaveLength(1)
  if (!title.endsWith('None')) return
  await set(name, { sessionAffinity: 'None' })
  await eventually(async () => expect((await answerers(15, ask)).length).toBeGreaterThan(1))
  await set(name, { sessionAffinity: 'ClientIP' })
  await eventually(async () => expect(await answerers(15, ask)).toHaveLength(1))
})

test('Service, should serve endpoints on same port and different protocols.', async () => {
  const tcp = { name: 'tcp-port', port: 80, protocol: 'TCP', targetPort: 8080 }
  const udp = { name: 'udp-port', port: 80, protocol: 'UDP', targetPort: 8081 }
  const { ip } = await service('multiprotocol', { ports: [tcp, udp] })
  const both = async (http: boolean, datagrams: boolean) =>
    eventually(async () => expect([(await askHttp(client, `${ip}:80`)) !== undefined, (await askUdp(client, ip, 80)) !== undefined]).toEqual([http, datagrams]))
  await both(true, true)
  await set('multiprotocol', { ports: [tcp] })
  await both(true, false)
  await set('multiprotocol', { ports: [udp] })
  await both(false, true)
  await suite.api.must(`DELETE ${namespace.path('services/multiprotocol')}`)
  await both(false, false)
})

const slice = (name: string, of: string, address: string, port: number, portName: string) =>
  namespace.create(
    'discovery.k8s.io/v1/endpointslices',
    'EndpointSlice',
    name,
    { addressType: 'IPv4', ports: [{ name: portName, port, protocol: 'TCP' }], endpoints: [{ addresses: [address], conditions: { ready: true } }] },
    { labels: { 'kubernetes.io/service-name': of, 'endpointslice.kubernetes.io/managed-by': 'e2e-test' } },
  )

test('EndpointSlice, single IP, multiple ports', async () => {
  const { ip } = await service('custom-one', {
    selector: null,
    ports: [
      { name: 'a', port: 80 },
      { name: 'b', port: 81 },
    ],
  })
  netexec.serve(servers[0]!.pid, 'second', { tcp: 8090 })
  await slice('custom-one-a', 'custom-one', servers[0]!.ip, 8080, 'a')
  await slice('custom-one-b', 'custom-one', servers[0]!.ip, 8090, 'b')
  await eventually(async () => expect((await askHttp(client, `${ip}:80`))?.name).toBe(servers[0]!.name))
  await eventually(async () => expect((await askHttp(client, `${ip}:81`))?.name).toBe('second'))
})

test('EndpointSlice, multiple IPs, multiple ports', async () => {
  const { ip } = await service('custom-two', {
    selector: null,
    ports: [
      { name: 'a', port: 80 },
      { name: 'b', port: 81 },
    ],
  })
  await slice('custom-two-a', 'custom-two', servers[0]!.ip, 8080, 'a')
  await slice('custom-two-b', 'custom-two', servers[1]!.ip, 8080, 'b')
  await eventually(async () => expect((await askHttp(client, `${ip}:80`))?.name).toBe(servers[0]!.name))
  await eventually(async () => expect((await askHttp(client, `${ip}:81`))?.name).toBe(servers[1]!.name))
})

test('Scheduling, HostPort matching and HostIP and Protocol not-matching', async () => {
  const { name, address } = nodes[0]!
  const pods: [string, string, string][] = [
    ['hostport-1', '127.0.0.1', 'TCP'],
    ['hostport-2', address, 'TCP'],
    ['hostport-3', address, 'UDP'],
  ]
  for (const [pod, hostIP, protocol] of pods) {
    const ports = [{ containerPort: protocol === 'UDP' ? 8081 : 8080, hostPort: 54323, hostIP, protocol }]
    await namespace.pod(pod, { nodeSelector: { 'kubernetes.io/hostname': name }, containers: [{ command: shell('sleep 1000'), ports }] })
    netexec.serve(await processOf((await namespace.ready(pod)).metadata.uid!), pod, { tcp: 8080, udp: 8081 })
  }
  await eventually(async () => expect((await askHttp(client, `${address}:54323`))?.name).toBe('hostport-2'))
  await eventually(async () => expect((await askHttp(nodes[0]!.pid, '127.0.0.1:54323'))?.name).toBe('hostport-1'))
  await eventually(async () => expect(await askUdp(client, address, 54323)).toBe('hostport-3'))
})

test('Proxy, validate ProxyWithPath responses', async () => {
  await service('proxied', { ports: [{ name: 'http', port: 80, targetPort: 8080 }] })
  const { name } = servers[0]!
  await eventually(async () => expect((await suite.api.call(`GET ${namespace.path('services/http:proxied:http/proxy/')}`)).status).toBe(200))
  for (const target of [`pods/${name}:8080`, `pods/http:${name}:8080`, 'services/proxied:http', 'services/http:proxied:80'])
    for (const method of ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']) {
      const { status, text } = await suite.api.call(`${method} ${namespace.path(target)}/proxy/some/path/with/${method}`)
      expect([target, method, status]).toEqual([target, method, 200])
      if (method !== 'HEAD') expect(JSON.parse(text)).toMatchObject({ method, path: `/some/path/with/${method}` })
    }
})

test('Proxy, validate Proxy responses', async () => {
  const { name } = servers[0]!
  for (const target of [`pods/${name}:8080`, 'services/proxied:http']) {
    for (const method of ['DELETE', 'OPTIONS', 'PATCH', 'POST', 'PUT']) {
      const { status, text } = await suite.api.call(`${method} ${namespace.path(target)}/proxy?method=${method}`)
      expect([status, JSON.parse(text)]).toMatchObject([200, { method, path: `/?method=${method}` }])
    }
    for (const method of ['GET', 'HEAD']) expect((await suite.api.call(`${method} ${namespace.path(target)}/proxy?method=${method}`)).status).toBe(301)
  }
})

test('Proxy through apiserver to a Service', async () => {
  const { items } = JSON.parse((await suite.api.call(`GET /api/v1/nodes/${nodes[0]!.name}/proxy/pods`)).text) as { items: Body[] }
  expect(items.map(({ metadata }) => metadata.name)).toContain(servers[0]!.name)
})

test('Pods, service environment variables', async () => {
  const { ip } = await service('fooservice', { ports: [{ port: 8765, targetPort: 8080 }] })
  await namespace.pod('with-env', { restartPolicy: 'Never', containers: [{ command: shell('env | grep ^FOOSERVICE_ | sort') }] })
  await namespace.ended('with-env')
  const tcp = `tcp://${ip}:8765`
  const expected = [
    `PORT=${tcp}`,
    `PORT_8765_TCP=${tcp}`,
    `PORT_8765_TCP_ADDR=${ip}`,
    'PORT_8765_TCP_PORT=8765',
    'PORT_8765_TCP_PROTO=tcp',
    `SERVICE_HOST=${ip}`,
  ]
  expect((await namespace.log('with-env')).trim().split('\n')).toEqual([...expected, 'SERVICE_PORT=8765'].map((line) => `FOOSERVICE_${line}`))
})

test('Service endpoint latency, thresholds', async () => {
  for (let index = 0; index < 20; index++) await service(`latency-${index}`, { ports: [{ port: 80, targetPort: 8080 }] })
  for (let index = 0; index < 20; index++)
    await eventually(async () => {
      const [subset] = (await suite.api.must(`GET ${namespace.path(`endpoints/latency-${index}`)}`))['subsets'] as { addresses: object[] }[]
      expect(subset?.addresses).toHaveLength(3)
    })
})
