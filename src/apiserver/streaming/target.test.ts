import { expect, test } from 'vitest'
import type { Endpoints, Node, Pod, Service } from '../../api/core/v1.ts'
import { endpointsWith, isAddressOf, kubeletTarget, servicePortName } from './target.ts'

const service = { metadata: { name: 's' }, spec: { ports: [{ name: 'web', port: 80 }, { port: 81 }] } } as unknown as Service

test.each([
  [80, 'web'],
  [81, ''],
])('port %i of the service is called %j', (port, name) => expect(servicePortName(service, port)).toBe(name))

test('a number that the service does not have is refused', () => expect(() => servicePortName(service, 82)).toThrow('no service port 82 found for service "s"'))

test.each([
  ['from the start', 0, ['a:1', 'b:1', 'c:2']],
  ['from the middle', 0.5, ['b:1', 'a:1', 'c:2']],
  ['from the end of each', 0.3, ['c:2', 'a:1', 'b:1']],
])('every ready endpoint with the port is tried, %s', (_, choice, expected) => {
  const endpoints = {
    subsets: [
      { addresses: [{ ip: 'a' }, { ip: 'b' }], notReadyAddresses: [{ ip: 'x' }], ports: [{ name: 'web', port: 1 }] },
      { addresses: [{ ip: 'c' }], ports: [{ port: 9 }, { name: 'web', port: 2 }] },
      { addresses: [{ ip: 'd' }], ports: [{ name: 'other', port: 3 }] },
      { ports: [{ name: 'web', port: 4 }] },
    ],
  } as unknown as Endpoints
  expect([...endpointsWith(endpoints, 'web', () => choice)].map(({ address, port }) => `${address.ip}:${port}`)).toEqual(expected)
})

test.each([
  ['one of its addresses', [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }], true],
  ['another address', [{ ip: '10.0.0.2' }], false],
  ['a pod without one', undefined, false],
])('%s', (_, podIPs, expected) => expect(isAddressOf({ status: { podIPs } } as unknown as Pod, { ip: 'fd00::1' })).toBe(expected))

test('a node that only has a name is not reached', () => {
  const node = { metadata: { name: 'n' }, status: { addresses: [{ type: 'Hostname', address: 'n' }] } } as unknown as Node
  expect(() => kubeletTarget(node, '/')).toThrow('no preferred addresses found; known addresses: [{Hostname n}]')
})
