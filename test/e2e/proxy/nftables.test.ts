// The ruleset in a real kernel: connections by cluster IP and node port in a network namespace of this test's own.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readlinkSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { frame } from '../../../src/proxy/nftables/frame.ts'
import { applyNft } from '../../../src/proxy/nftables/nft.ts'
import { type ProxiedPort, ruleset } from '../../../src/proxy/nftables/ruleset.ts'
import { emptyRuleset, transaction } from '../../../src/proxy/nftables/transaction.ts'
import type { Endpoint } from '../../../src/proxy/tracker/endpoints.ts'
import type { ServicePort } from '../../../src/proxy/tracker/service-port.ts'

const options = { family: 'ipv4' as const, clusterCidrs: ['10.244.0.0/16'], serviceCidrs: ['10.96.0.0/16'], nodeAddresses: ['192.0.2.1'] }
const addresses = ['192.0.2.1', '10.244.0.2', '10.244.0.3']
const ip = (...args: string[]) => execFileSync('ip', args)
const servers: Server[] = []

beforeAll(async () => {
  if (ip('-o', 'link').toString().trim().split('\n').length > 1) throw new Error('runs only in a network namespace of its own: use ./cox test')
  ip('link', 'add', 'services', 'type', 'bridge')
  ip('link', 'set', 'services', 'up')
  for (const address of addresses) ip('address', 'add', `${address}/32`, 'dev', 'services')
  ip('route', 'add', '10.96.0.0/16', 'dev', 'services')
  for (const address of addresses.slice(1)) {
    const server = createServer((socket) => socket.end(address))
    await new Promise<void>((listening) => server.listen(8080, address, listening))
    servers.push(server)
  }
})
afterAll(() => {
  for (const server of servers) server.close()
  execFileSync('nft', ['flush', 'ruleset'])
  ip('link', 'del', 'services')
})

const port: ServicePort = {
  key: 'shop/web:http',
  namespace: 'shop',
  name: 'web',
  portName: 'http',
  protocol: 'tcp',
  clusterIP: '10.96.0.10',
  port: 80,
  nodePort: 30080,
  externalIPs: [],
  loadBalancerIPs: [],
  loadBalancerSources: [],
  externalPolicyLocal: false,
  internalPolicyLocal: false,
  affinitySeconds: 0,
  healthCheckNodePort: 0,
}
const endpoint = (address: string): Endpoint => ({ ip: address, port: 8080, ready: true, serving: true, terminating: false, local: true, zoneHints: [] })
const proxied = (overrides: Partial<ServicePort>, ...ips: string[]): ProxiedPort => {
  const cluster = ips.map(endpoint)
  return { port: { ...port, ...overrides }, targets: { cluster, local: [], anywhere: cluster.length > 0 } }
}

/** Who answered, or the error code. */
function ask(host: string, portNumber: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: portNumber, timeout: 5_000 })
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString()))
    socket.on('end', () => resolve(text))
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    socket.on('timeout', () => (socket.destroy(), resolve('TIMEOUT')))
  })
}
const answers = async (host: string, portNumber: number, times: number) =>
  [...new Set(await Promise.all(Array.from({ length: times }, () => ask(host, portNumber))))].toSorted()

test('CVE-2020-8558: a neighbour does not reach what listens on the node’s loopback, even when the kernel would route it there', async () => {
  const neighbour = spawn('sh', ['-c', 'exec unshare --net sleep 1000'])
  await once(neighbour, 'spawn')
  const inside = (...command: string[]) => execFileSync('nsenter', ['-t', String(neighbour.pid), '-n', ...command], { encoding: 'utf8' })
  const server = createServer((socket) => socket.end('loopback'))
  try {
    await expect.poll(() => readlinkSync(`/proc/${neighbour.pid}/ns/net`)).not.toBe(readlinkSync('/proc/self/ns/net'))
    await new Promise<void>((listening) => server.listen(9999, '127.0.0.1', listening))
    ip('link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(neighbour.pid))
    ip('address', 'add', '198.51.100.1/24', 'dev', 'wire')
    ip('link', 'set', 'wire', 'up')
    writeFileSync('/proc/sys/net/ipv4/conf/all/route_localnet', '1')
    const script = ['ip link set eth0 up', 'ip address add 198.51.100.2/24 dev eth0', 'echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet']
    inside('sh', '-c', [...script, 'ip route add 127.0.0.1/32 via 198.51.100.1 dev eth0 src 198.51.100.2'].join(' && '))
    const attack = () =>
      new Promise<string>((resolve) => {
        const client = spawn('nsenter', ['-t', String(neighbour.pid), '-n', 'busybox', 'nc', '-w', '2', '127.0.0.1', '9999'], {
          stdio: ['ignore', 'pipe', 'ignore'],
        })
        let text = ''
        client.stdout.on('data', (chunk) => (text += String(chunk)))
        client.once('close', () => resolve(text))
      })
    execFileSync('nft', ['flush', 'ruleset'])
    // The way is there, and would be used.
    expect(await attack()).toBe('loopback')
    await applyNft(frame(options))
    expect(await attack()).toBe('')
  } finally {
    writeFileSync('/proc/sys/net/ipv4/conf/all/route_localnet', '0')
    neighbour.kill()
    server.close()
  }
})

test('a service comes, scales, sticks to one endpoint, loses its endpoints and goes', async () => {
  const both = ruleset([proxied({}, '10.244.0.2', '10.244.0.3')], options)
  await applyNft([...frame(options), ...transaction(emptyRuleset, both, 'ipv4')])
  expect(await answers('10.96.0.10', 80, 40)).toEqual(['10.244.0.2', '10.244.0.3'])
  expect(await answers('192.0.2.1', 30080, 40)).toEqual(['10.244.0.2', '10.244.0.3'])
  expect(await ask('10.96.0.10', 81)).toBe('ECONNREFUSED')

  const sticky = ruleset([proxied({ affinitySeconds: 60 }, '10.244.0.2', '10.244.0.3')], options)
  await applyNft(transaction(both, sticky, 'ipv4'))
  const first = await ask('10.96.0.10', 80)
  expect(await answers('10.96.0.10', 80, 20)).toEqual([first])

  const none = ruleset([proxied({})], options)
  await applyNft(transaction(sticky, none, 'ipv4'))
  expect(await ask('10.96.0.10', 80)).toBe('ECONNREFUSED')
  expect(await ask('192.0.2.1', 30080)).toBe('ECONNREFUSED')

  const one = ruleset([proxied({}, '10.244.0.3')], options)
  await applyNft(transaction(none, one, 'ipv4'))
  expect(await answers('10.96.0.10', 80, 10)).toEqual(['10.244.0.3'])
  await applyNft(transaction(one, ruleset([], options), 'ipv4'))
  await applyNft([...frame(options), ...transaction(emptyRuleset, both, 'ipv4')])
  expect(await answers('10.96.0.10', 80, 40)).toEqual(['10.244.0.2', '10.244.0.3'])
})
