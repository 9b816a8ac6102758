import { expect, test } from 'vitest'
import type { IPAddress, ServiceCIDR } from '../../api/networking/v1.ts'
import { finish } from '../../util/steps.ts'
import { concernedBy, decide, finalizer, heldBy } from './decide.ts'

const deletedAt = '2026-01-01T00:00:00Z'
const secondsAfter = (seconds: number) => Date.parse(deletedAt) + seconds * 1000
const both = ['192.168.0.0/24', '2001:db2::/64']
const held = { finalizers: [finalizer] }
const ending = { ...held, deletionTimestamp: deletedAt }

const cidr = (name: string, cidrs: readonly string[] = both, metadata: object = held, status: object = {}) =>
  ({ apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata: { name, ...metadata }, spec: { cidrs }, status }) as unknown as ServiceCIDR
const address = (name: string, managedBy = 'ipallocator.k8s.io') =>
  ({ metadata: { name, labels: { 'ipaddress.kubernetes.io/managed-by': managedBy } } }) as unknown as IPAddress
const wants = (subject: ServiceCIDR, others: readonly ServiceCIDR[], ips: readonly IPAddress[], seconds = 10) =>
  finish(decide(subject, [subject, ...others], ips, secondsAfter(seconds)))

const ready = { type: 'Ready', status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready' }
const terminating = {
  type: 'Ready',
  status: 'False',
  reason: 'Terminating',
  message: 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR',
}
const byServer = { ...ready, message: 'Kubernetes default Service CIDR is ready' }

test.each<[string, ServiceCIDR, object]>([
  ['new', cidr('a', both, {}), { finalizer: 'add', condition: ready }],
  ['with the finalizers of others', cidr('a', both, { finalizers: ['example.com/mine'] }), { finalizer: 'add', condition: ready }],
  ['as the API server says of the default one', cidr('kubernetes', both, held, { conditions: [byServer] }), { condition: ready }],
  ['all is said', cidr('a', both, held, { conditions: [ready] }), {}],
  ['conditions of others only', cidr('a', both, held, { conditions: [{ ...ready, type: 'Other' }] }), { condition: ready }],
  ['ready for a reason of somebody else', cidr('a', both, held, { conditions: [{ ...ready, reason: 'Mine' }] }), { condition: ready }],
  ['said to end, but does not', cidr('a', both, held, { conditions: [terminating] }), { condition: ready }],
])('one that stays: %s', (_, subject, plan) => expect(wants(subject, [], [address('192.168.0.24')])).toEqual(plan))

test.each<[string, number, object, object]>([
  ['at once', 0, ending, { waitMs: 10_000 }],
  ['a moment before the grace period is over', 9.999, ending, { waitMs: 1 }],
  ['when it is over', 10, ending, { finalizer: 'remove' }],
  ['when only the finalizers of others are left', 10, { ...ending, finalizers: ['example.com/mine'] }, {}],
])('deleted without addresses: %s', (_, seconds, metadata, plan) => expect(wants(cidr('a', both, metadata), [], [], seconds)).toEqual(plan))

test.each<[string, string, readonly ServiceCIDR[], boolean]>([
  ['an IPv4 address', '192.168.0.24', [], true],
  ['an IPv6 address', '2001:db2::1', [], true],
  ['an address elsewhere', '192.168.1.24', [], false],
  ["the network's own address is no Service's", '192.168.0.0', [], false],
  ["the IPv6 network's own address", '2001:db2::', [], false],
  ["the broadcast address is no Service's", '192.168.0.255', [], false],
  ['the last IPv6 address', '2001:db2::ffff:ffff:ffff:ffff', [], true],
  ['another with the same ranges', '192.168.0.23', [cidr('b')], false],
  ['another with a larger range', '192.168.0.23', [cidr('b', ['192.168.0.0/16'])], false],
  ['another with a larger IPv6 range', '2001:db2::1', [cidr('b', ['192.168.0.0/24', '2001:db2::/48'])], false],
  ['another with a smaller range around the address', '192.168.0.23', [cidr('b', ['192.168.0.0/26'])], false],
  ['another with a smaller range beside the address', '192.168.0.23', [cidr('b', ['192.168.0.0/28'])], true],
  ['another whose broadcast address it is', '192.168.0.63', [cidr('b', ['192.168.0.0/26'])], true],
  ['another with other ranges', '192.168.0.23', [cidr('b', ['192.168.255.0/26', '2001:db2:a:b::/64'])], true],
  ['another with other IPv6 ranges', '2001:db2::1', [cidr('b', ['192.168.255.0/26', '2001:db2:a:b::/64'])], true],
  ['another of this family only', '2001:db2::1', [cidr('b', ['192.168.0.0/24'])], true],
  ['another that is being deleted itself', '192.168.0.23', [cidr('b', both, ending)], true],
  ['another that is being deleted, and one that is not', '192.168.0.23', [cidr('b', both, ending), cidr('c')], false],
])('deleted with addresses: %s', (_, ip, others, isHeld) => {
  expect(wants(cidr('a', both, ending), others, [address(ip)])).toEqual(isHeld ? { condition: terminating } : { finalizer: 'remove' })
})

test('who is held waits for no time, and is told so once', () => {
  expect(wants(cidr('a', both, ending), [], [address('192.168.0.1')], 0)).toEqual({ condition: terminating })
  expect(wants(cidr('a', both, ending, { conditions: [terminating] }), [], [address('192.168.0.1')])).toEqual({})
})

test('addresses that no API server gave away hold nothing, nor does one among thousands elsewhere get lost', () => {
  expect(wants(cidr('a', both, ending), [], [address('192.168.0.1', 'example.com')])).toEqual({ finalizer: 'remove' })
  const elsewhere = Array.from({ length: 5000 }, (_, i) => address(`10.0.${Math.floor(i / 250)}.${(i % 250) + 1}`))
  expect(wants(cidr('a', both, ending), [], [...elsewhere, address('192.168.0.1')])).toEqual({ condition: terminating })
})

const world = [
  cidr('a', both, ending),
  cidr('b', ['192.168.0.0/24', '2001:db2::/96'], ending),
  cidr('c', ['192.168.0.0/26'], ending),
  cidr('d', ['10.0.0.0/24'], ending),
  cidr('e', ['10.0.0.0/16'], ending),
  cidr('stays'),
]

test.each<[string, readonly string[]]>([
  ['192.168.0.23', ['a', 'b', 'c']],
  ['192.168.0.63', ['a', 'b']],
  ['192.168.0.0', []],
  ['2001:db2::', []],
  ['2001:db2::ffff:ffff:ffff:ffff', ['a']],
  ['10.0.1.1', ['e']],
  ['172.16.0.1', []],
])('%s is asked about by %j', (ip, names) => {
  expect(heldBy(address(ip), world)).toEqual(names)
  expect(heldBy(address(ip, 'example.com'), world)).toEqual([])
  expect(heldBy(address(ip), [cidr('stays')])).toEqual([])
})

test.each<[string, readonly string[], readonly string[]]>([
  ['contains one', ['10.0.0.0/15'], ['new', 'd', 'e']],
  ['is contained', ['192.168.0.128/25'], ['new', 'a', 'b']],
  ['of one family', ['2001:db2::/80'], ['new', 'a', 'b']],
  ['elsewhere', ['172.16.0.0/16'], ['new']],
])('a ServiceCIDR that %s', (_, cidrs, names) => expect(concernedBy(cidr('new', cidrs), world)).toEqual(names))

test('one that is being deleted is asked about once', () => expect(concernedBy(world[2]!, world)).toEqual(['c', 'a', 'b']))
