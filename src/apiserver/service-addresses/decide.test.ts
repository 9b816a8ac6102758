// Expectations: pkg/registry/core/service/ipallocator/controller/repairip_test.go.
import { expect, test } from 'vitest'
import type { Service } from '../../api/core/v1.ts'
import type { IPAddress } from '../../api/networking/v1.ts'
import { repairOf } from './decide.ts'

const ip = '10.96.0.9'
const created = Date.UTC(2026, 0, 1)
const labels = { 'ipaddress.kubernetes.io/ip-family': 'IPv4', 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' }
const address = (more: { labels?: object; parent?: object } = {}) =>
  ({
    metadata: { name: ip, creationTimestamp: new Date(created).toISOString(), labels: more.labels ?? labels },
    spec: { parentRef: more.parent ?? { resource: 'services', namespace: 'n', name: 's' } },
  }) as unknown as IPAddress
const holder = { metadata: { namespace: 'n', name: 's' }, spec: { type: 'ClusterIP', clusterIP: ip, clusterIPs: [ip] } } as unknown as Service
const other = { ...holder, spec: { ...holder.spec, clusterIP: '10.96.0.8', clusterIPs: ['10.96.0.8'] } } as Service
const gateway = { group: 'gateway.networking.k8s.io', resource: 'gateways', namespace: 'n', name: 'g' }

test.each<[why: string, address: IPAddress | undefined, service: Service | undefined, ageS: number, expected: object]>([
  ['both agree', address(), holder, 90, { type: 'none' }],
  ['gone, and the Service has it still', undefined, holder, 0, { type: 'make', service: holder }],
  ['gone with its Service', undefined, undefined, 0, { type: 'none' }],
  ['gone, and the Service has another one', undefined, other, 0, { type: 'none' }],
  ['somebody has changed its labels', address({ labels: {} }), holder, 90, { type: 'make', service: holder }],
  ['the family is not its own', address({ labels: { ...labels, 'ipaddress.kubernetes.io/ip-family': 'IPv6' } }), holder, 90, { type: 'make', service: holder }],
  ['its Service may be on the way', address(), undefined, 59, { type: 'later', ms: 1001 }],
  ['its Service may be about to have it', address(), other, 59, { type: 'later', ms: 1001 }],
  [
    'its Service never came',
    address(),
    undefined,
    61,
    { type: 'delete', reason: 'IPAddressNotAllocated', note: `IPAddress: ${ip} for Service n/s appears to have leaked: cleaning up` },
  ],
  [
    'its Service has another one',
    address(),
    other,
    61,
    { type: 'delete', reason: 'IPAddressWrongReference', note: `IPAddress: ${ip} for Service n/s has a wrong reference; cleaning up` },
  ],
  ['it names what is no Service', address({ parent: gateway }), undefined, 0, { type: 'delete', reason: 'IPAddressNotAllocated' }],
  ['it names what is no Service, but a Service has it', address({ parent: gateway }), holder, 0, { type: 'none' }],
  ['somebody else keeps it', address({ parent: gateway, labels: {} }), undefined, 90, { type: 'none' }],
])('%s', (_, found, service, ageS, expected) => {
  expect(repairOf(ip, found, service, created + ageS * 1000)).toMatchObject(expected)
})
