import { expect, test } from 'vitest'
import type { Node } from '../api/core/v1.ts'
import { cniConfigList } from './cni-config.ts'
import { podRoutes, type Route, routeChanges, serviceRoute } from './routes.ts'

interface Sketch {
  readonly name: string
  readonly ip?: string
  readonly cidrs?: readonly string[]
  readonly ready?: boolean
}

const node = ({ name, ip, cidrs, ready = true }: Sketch): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: cidrs ? { podCIDR: cidrs[0]!, podCIDRs: cidrs } : {},
  status: {
    addresses: [{ type: 'Hostname', address: name }, ...(ip ? [{ type: 'InternalIP', address: ip }] : [])],
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastHeartbeatTime: null, lastTransitionTime: null } as never],
  },
})

const a = { name: 'a', ip: '172.30.0.2', cidrs: ['10.244.0.0/24'] }
const b = { name: 'b', ip: '172.30.0.3', cidrs: ['10.244.1.0/24'] }
const show = ({ destination, gateway }: Route) => `${destination} via ${gateway}`

for (const { name, nodes, self, expected } of [
  { name: 'a node routes to the pods of the others', nodes: [a, b], self: 'a', expected: ['10.244.1.0/24 via 172.30.0.3'] },
  {
    name: 'a machine that is no node routes to all',
    nodes: [a, b],
    self: undefined,
    expected: ['10.244.0.0/24 via 172.30.0.2', '10.244.1.0/24 via 172.30.0.3'],
  },
  { name: 'a node without a range yet has no pods', nodes: [a, { name: 'b', ip: b.ip }], self: 'a', expected: [] },
  { name: 'a node without an address cannot be reached', nodes: [a, { name: 'b', cidrs: b.cidrs }], self: 'a', expected: [] },
  { name: 'of two families, IPv4 counts', nodes: [{ ...b, cidrs: ['fd00:1::/64', '10.244.1.0/24'] }], self: 'a', expected: ['10.244.1.0/24 via 172.30.0.3'] },
  {
    name: 'a node that is not ready keeps its route: its pods may still answer',
    nodes: [{ ...b, ready: false }],
    self: 'a',
    expected: ['10.244.1.0/24 via 172.30.0.3'],
  },
])
  test(name, () => expect(podRoutes(nodes.map(node), self).map(show)).toEqual(expected))

for (const { name, nodes, expected } of [
  { name: 'the first ready node by name', nodes: [b, a], expected: '172.30.0.2' },
  { name: 'the next when it is not ready', nodes: [{ ...a, ready: false }, b], expected: '172.30.0.3' },
  {
    name: 'the first when none is',
    nodes: [
      { ...b, ready: false },
      { ...a, ready: false },
    ],
    expected: '172.30.0.2',
  },
  { name: 'none while there is none', nodes: [], expected: undefined },
])
  test(`Services are behind ${name}`, () => expect(serviceRoute(nodes.map(node), '10.96.0.0/16')?.gateway).toBe(expected))

for (const { name, wanted, existing, expected } of [
  { name: 'nothing to do', wanted: ['1 via x'], existing: ['1 via x'], expected: { replace: [], remove: [] } },
  {
    name: 'new, moved and gone',
    wanted: ['1 via x', '2 via y'],
    existing: ['2 via x', '3 via x'],
    expected: { replace: ['1 via x', '2 via y'], remove: ['3 via x'] },
  },
]) {
  const parse = (text: string): Route => ({ destination: text.split(' via ')[0]!, gateway: text.split(' via ')[1]! })
  test(`route changes: ${name}`, () => {
    const { replace, remove } = routeChanges(wanted.map(parse), existing.map(parse))
    expect({ replace: replace.map(show), remove: remove.map(show) }).toEqual(expected)
  })
}

test('the CNI configuration gives out the range of the node', () => {
  const list = JSON.parse(cniConfigList({ podCidr: '10.244.7.0/24', hasIpv6: true }))
  const types = ({ plugins }: typeof list) => plugins.map(({ type }: { type: string }) => type)
  expect(types(list)).toEqual(['ptp', 'portmap', 'tuning'])
  expect(types(JSON.parse(cniConfigList({ podCidr: '10.244.7.0/24', hasIpv6: false })))).toEqual(['ptp', 'portmap'])
  expect(list.plugins[0].ipam.ranges).toEqual([[{ subnet: '10.244.7.0/24' }]])
})
