import { expect, test } from 'vitest'
import type { Service } from '../../api/core/v1.ts'
import type { EndpointSlice } from '../../api/discovery/v1.ts'
import { endpointsByPort, targets } from '../tracker/endpoints.ts'
import { servicePorts } from '../tracker/service-port.ts'
import { type Fate, type Packet, trace } from './fake/packet-tracer.ts'
import { ruleset } from './ruleset.ts'
import { emptyRuleset, transaction } from './transaction.ts'

const metadata = { name: 'web', namespace: 'shop', uid: '', resourceVersion: '', creationTimestamp: '' }
type Spec = Partial<Service['spec']>
const service = (spec: Spec = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata,
  spec: { clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10'], ports: [{ name: 'http', port: 80, protocol: 'TCP' }], ...spec },
})
type State = 'ready' | 'starting' | 'draining' | 'gone'
const conditions = {
  ready: { ready: true, serving: true, terminating: false },
  starting: { ready: false, serving: false, terminating: false },
  draining: { ready: false, serving: true, terminating: true },
  gone: { ready: false, serving: false, terminating: true },
}
const slice = (...endpoints: [ip: string, node: string, state?: State][]): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  endpoints: endpoints.map(([ip, nodeName, state = 'ready']) => ({ addresses: [ip], nodeName, conditions: conditions[state] })),
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
})
const options = { family: 'ipv4' as const, clusterCidrs: ['10.244.0.0/16'], serviceCidrs: ['10.96.0.0/12'], nodeAddresses: ['192.168.5.1'] }

function rules(s: Service, slices: EndpointSlice[]) {
  const endpoints = endpointsByPort(slices, { family: 'ipv4', nodeName: 'here' })
  return ruleset(
    servicePorts(s, 'ipv4').map((port) => ({ port, targets: targets(port, endpoints.get(port.portName) ?? [], '') })),
    options,
  )
}

const pod = '10.244.1.7'
const outsider = '192.168.5.99'
const toClusterIP: Packet = { from: pod, to: '10.96.0.10', protocol: 'tcp', port: 80 }
const toNodePort: Packet = { from: outsider, to: '192.168.5.1', protocol: 'tcp', port: 30080 }
const to = (masqueraded: boolean, ...endpoints: string[]): Fate => ({ endpoints, masqueraded })
const nodePort: Spec = { type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort: 30080, protocol: 'TCP' }] }
const local: Spec = { ...nodePort, externalTrafficPolicy: 'Local' }
const here = ['10.244.1.2', 'here'] as [string, string]
const there = ['10.244.2.2', 'there'] as [string, string]

for (const { name, spec = {}, endpoints, packet, fate } of [
  { name: 'a pod reaches every ready endpoint', endpoints: [here, there], packet: toClusterIP, fate: to(false, '10.244.1.2:8080', '10.244.2.2:8080') },
  {
    name: 'from outside the pod range the source is masqueraded',
    endpoints: [here],
    packet: { ...toClusterIP, from: outsider },
    fate: to(true, '10.244.1.2:8080'),
  },
  {
    name: 'an endpoint that calls itself through the service gets its answer back (hairpin)',
    endpoints: [here],
    packet: { ...toClusterIP, from: '10.244.1.2' },
    fate: to(true, '10.244.1.2:8080'),
  },
  { name: 'no endpoints at all: refused, not a timeout', endpoints: [], packet: toClusterIP, fate: 'reject' },
  { name: 'a port the service does not have: refused', endpoints: [here], packet: { ...toClusterIP, port: 81 }, fate: 'reject' },
  { name: 'UDP to a TCP port: refused', endpoints: [here], packet: { ...toClusterIP, protocol: 'udp' }, fate: 'reject' },
  { name: 'an endpoint that is not ready gets nothing', endpoints: [here, [...there, 'starting']], packet: toClusterIP, fate: to(false, '10.244.1.2:8080') },
  { name: 'only draining endpoints left: they still serve', endpoints: [[...here, 'draining']], packet: toClusterIP, fate: to(false, '10.244.1.2:8080') },
  { name: 'terminating and no longer serving: refused', endpoints: [[...here, 'gone']], packet: toClusterIP, fate: 'reject' },
  {
    name: 'internal policy Local: this node only',
    spec: { internalTrafficPolicy: 'Local' },
    endpoints: [here, there],
    packet: toClusterIP,
    fate: to(false, '10.244.1.2:8080'),
  },
  { name: 'internal policy Local, none here: dropped', spec: { internalTrafficPolicy: 'Local' }, endpoints: [there], packet: toClusterIP, fate: 'drop' },
  {
    name: 'node port: any endpoint, masqueraded so that the answer comes back this way',
    spec: nodePort,
    endpoints: [here, there],
    packet: toNodePort,
    fate: to(true, '10.244.1.2:8080', '10.244.2.2:8080'),
  },
  { name: 'node port, none ready: refused', spec: nodePort, endpoints: [], packet: toNodePort, fate: 'reject' },
  { name: 'a port that no service has passes', spec: nodePort, endpoints: [here], packet: { ...toNodePort, port: 22 }, fate: 'passes' },
  {
    name: 'external policy Local: the client address is kept, this node only',
    spec: local,
    endpoints: [here, there],
    packet: toNodePort,
    fate: to(false, '10.244.1.2:8080'),
  },
  { name: 'external policy Local, none here: dropped, another node has them', spec: local, endpoints: [there], packet: toNodePort, fate: 'drop' },
  {
    name: 'external policy Local: pods may use any endpoint',
    spec: local,
    endpoints: [there],
    packet: { ...toNodePort, from: pod },
    fate: to(false, '10.244.2.2:8080'),
  },
  {
    name: 'external IP',
    spec: { externalIPs: ['203.0.113.5'] },
    endpoints: [here],
    packet: { ...toClusterIP, from: outsider, to: '203.0.113.5' },
    fate: to(true, '10.244.1.2:8080'),
  },
  { name: 'headless services have no rules', spec: { clusterIP: 'None', clusterIPs: ['None'] }, endpoints: [here], packet: toClusterIP, fate: 'passes' },
] as { name: string; spec?: Spec; endpoints: [string, string, State?][]; packet: Packet; fate: Fate }[]) {
  test(name, () => expect(trace(rules(service(spec), [slice(...endpoints)]), packet)).toEqual(fate))
}

test('an unchanged ruleset needs no transaction; a scaled one touches only its own chains', () => {
  const one = rules(service(), [slice(here)])
  const two = rules(service(), [slice(here, there)])
  expect(transaction(one, one, 'ipv4')).toEqual([])
  const commands = transaction(one, two, 'ipv4')
  expect(commands.filter((c) => c.startsWith('add chain')).length).toBe(2)
  expect(commands.some((c) => c.includes('element'))).toBe(false)
})

test('chains that vanish are emptied before any is deleted, and after the elements that pointed to them', () => {
  const commands = transaction(rules(service(), [slice(here)]), emptyRuleset, 'ipv4')
  const kinds = commands.map((c) => c.split(' ').slice(0, 2).join(' '))
  expect(kinds.lastIndexOf('flush chain')).toBeLessThan(kinds.indexOf('delete chain'))
})
