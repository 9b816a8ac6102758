// Expectations: pkg/registry/core/service/ipallocator/{cidrallocator,ipallocator}_test.go.
import { expect, test } from 'vitest'
import type { Service } from '../../../../api/core/v1.ts'
import type { ServiceCIDR } from '../../../../api/networking/v1.ts'
import { parseCidr } from '../../../../util/ip.ts'
import { ClusterIps } from './cluster-ips.ts'
import { IpRange } from './ip-range.ts'
import { readyRanges } from './service-ranges.ts'

const service = { metadata: { namespace: 'n', name: 's' } } as Service
const range = (text: string) => new IpRange(parseCidr(text)!)

test.each<[cidr: string, rand: number, first: readonly string[], count: number]>([
  ['10.0.0.0/30', 0, ['10.0.0.1', '10.0.0.2'], 2],
  ['10.0.0.0/30', 0.5, ['10.0.0.2', '10.0.0.1'], 2],
  // Sixteen are reserved for those who choose.
  ['10.0.0.0/24', 0, ['10.0.0.17', '10.0.0.18'], 254],
  ['10.0.0.0/24', 0.999, ['10.0.0.254', '10.0.0.17'], 254],
  ['fd00::/124', 0, ['fd00::1', 'fd00::2'], 15],
])('addresses of %s from %d: %j, %d in all, each once', (cidr, rand, first, count) => {
  const all = [...range(cidr).candidates(() => rand)]
  expect(all.slice(0, first.length)).toEqual(first)
  expect([all.length, new Set(all).size]).toEqual([count, count])
})

const cidr = (name: string, cidrs: readonly string[], more: { deleted?: boolean; ready?: 'True' | 'False' } = {}) =>
  ({
    metadata: { name, ...(more.deleted && { deletionTimestamp: '2026-01-01T00:00:00Z' }) },
    spec: { cidrs },
    status: more.ready ? { conditions: [{ type: 'Ready', status: more.ready }] } : {},
  }) as unknown as ServiceCIDR

test.each<[why: string, cidrs: readonly ServiceCIDR[], expected: readonly string[]]>([
  ['the server’s own until there is the default one', [], ['10.0.0.0/24']],
  ['those of all', [cidr('kubernetes', ['10.0.0.0/24']), cidr('more', ['10.1.0.0/24', 'fd00::/112'])], ['10.0.0.0/24', '10.1.0.0/24', 'fd00::/112']],
  ['none twice', [cidr('kubernetes', ['10.0.0.0/24']), cidr('again', ['10.0.0.0/24'])], ['10.0.0.0/24']],
  [
    'not those that are not ready',
    [cidr('kubernetes', ['10.0.0.0/24'], { ready: 'False' }), cidr('more', ['10.1.0.0/24'], { ready: 'True' })],
    ['10.1.0.0/24'],
  ],
  ['not those that go', [cidr('kubernetes', ['10.0.0.0/24'], { deleted: true, ready: 'True' })], []],
  ['those that one of two that have them gives', [cidr('kubernetes', ['10.0.0.0/24'], { deleted: true }), cidr('same', ['10.0.0.0/24'])], ['10.0.0.0/24']],
])('ranges: %s', (_, cidrs, expected) => {
  expect(readyRanges(cidrs, ['10.0.0.0/24']).map(String)).toEqual(expected)
})

const outside = 'the provided network does not match the current range'
test.each<[ip: string, dryRun: boolean, expected: string | undefined]>([
  ['10.0.0.5', false, undefined],
  ['10.1.0.5', false, undefined],
  ['10.0.0.9', false, 'provided IP is already allocated'],
  ['10.0.0.9', true, undefined],
  ['10.2.0.1', false, outside],
  ['10.2.0.1', true, 'the provided IP (10.2.0.1) is not in the valid range. The range of valid IPs is 10.0.0.0/24'],
  ['10.0.0.0', false, outside],
  ['10.0.0.255', false, outside],
  ['fd00::1', false, outside],
])('%s, dry run %s: %s', async (ip, dryRun, expected) => {
  const taken = new Set(['10.0.0.9'])
  const addresses = { has: () => false, take: (each: string) => Promise.resolve(!taken.has(each)), drop: () => Promise.resolve() }
  const ips = new ClusterIps({ ranges: () => [range('10.0.0.0/24'), range('10.1.0.0/24')], addresses, rand: () => 0 })
  expect(await ips.take(ip, service, dryRun)).toBe(expected)
})

test('when one range is full the next one serves', async () => {
  const taken = new Set<string>()
  const addresses = {
    has: (ip: string) => taken.has(ip),
    take: (ip: string) => Promise.resolve(Boolean(taken.add(ip))),
    drop: () => Promise.resolve(),
  }
  const ips = new ClusterIps({ ranges: () => [range('10.0.0.0/30'), range('fd00::/126'), range('10.1.0.0/30')], addresses, rand: () => 0 })
  const given = []
  for (let i = 0; i < 5; i++) given.push(await ips.takeNext(4, service, false))
  expect(given).toEqual(['10.0.0.1', '10.0.0.2', '10.1.0.1', '10.1.0.2', undefined])
  expect(await ips.takeNext(4, service, true)).toBe('10.0.0.0')
})
