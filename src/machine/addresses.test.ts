import { expect, test } from 'vitest'
import { AddressRangeError, chooseRanges, hostAddress, nodeAddress, nodesMax, parseHostRoutes } from './addresses.ts'

const route = (dst: string, dev = 'eth0', type = 'unicast') => ({ dst, dev, type })
const routes = (...entries: ReturnType<typeof route>[]) => parseHostRoutes(JSON.stringify(entries))

for (const { name, asked = {}, taken = [], expected } of [
  { name: 'an empty machine → what people know', expected: { nodeCidr: '172.30.0.0/24', podCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/16' } },
  {
    name: 'a second cluster → the next range of each',
    taken: [route('172.30.0.0/24', 'cox-a'), route('10.244.0.0/24', 'cox-a'), route('10.96.0.0/16', 'cox-a')],
    expected: { nodeCidr: '172.30.1.0/24', podCidr: '10.243.0.0/16', serviceCidr: '10.97.0.0/16' },
  },
  {
    name: 'a VPN over 10/8 for all but what was asked → only pods and Services are in its way',
    asked: { podCidr: '192.168.0.0/16', serviceCidr: '172.20.0.0/16' },
    taken: [route('10.0.0.0/8', 'vpn')],
    expected: { nodeCidr: '172.30.0.0/24', podCidr: '192.168.0.0/16', serviceCidr: '172.20.0.0/16' },
  },
  {
    name: 'an asked range moves a default that overlaps it',
    asked: { podCidr: '10.96.0.0/12' },
    expected: { nodeCidr: '172.30.0.0/24', podCidr: '10.96.0.0/12', serviceCidr: '10.112.0.0/16' },
  },
  {
    name: 'host bits are cleared',
    asked: { nodeCidr: '192.168.5.9/24' },
    expected: { nodeCidr: '192.168.5.0/24', podCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/16' },
  },
  {
    name: 'default, loopback, local and multicast routes take nothing away',
    taken: [route('default'), route('127.0.0.0/8', 'lo'), route('10.244.0.5', 'eth0', 'local'), route('224.0.0.0/4', 'eth0', 'multicast')],
    expected: { nodeCidr: '172.30.0.0/24', podCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/16' },
  },
])
  test(name, () => expect(chooseRanges(asked, routes(...taken))).toEqual(expected))

for (const { name, asked, taken = [], message } of [
  { name: 'no range', asked: { podCidr: 'pods' }, message: '--pod-cidr pods is not an IPv4 range' },
  { name: 'IPv6', asked: { podCidr: 'fd00::/64' }, message: '--pod-cidr fd00::/64 is not an IPv4 range' },
  { name: 'room for one address', asked: { nodeCidr: '10.0.0.0/32' }, message: '--node-cidr 10.0.0.0/32 has a prefix length outside 8 to 29' },
  {
    name: 'a host route inside it',
    asked: { podCidr: '10.1.0.0/16' },
    taken: [route('10.1.2.3')],
    message: '--pod-cidr 10.1.0.0/16 is not free: this machine routes 10.1.2.3/32 to eth0',
  },
  { name: 'each other', asked: { nodeCidr: '10.1.0.0/24', podCidr: '10.0.0.0/8' }, message: '--pod-cidr 10.0.0.0/8 is not free: --node-cidr is 10.1.0.0/24' },
  { name: 'everything taken', asked: {}, taken: [route('10.0.0.0/8')], message: 'no free range for --pod-cidr was found' },
])
  test(`refused: ${name}`, () => {
    expect(() => chooseRanges(asked, routes(...taken))).toThrow(AddressRangeError)
    expect(() => chooseRanges(asked, routes(...taken))).toThrow(message)
  })

test('addresses in the range of nodes: host, then nodes by number', () => {
  expect([hostAddress('172.30.0.0/24'), nodeAddress('172.30.0.0/24', 1), nodeAddress('172.30.0.0/24', 253)]).toEqual([
    '172.30.0.1',
    '172.30.0.2',
    '172.30.0.254',
  ])
  // 256 addresses without those of the network, the host and the broadcast.
  expect(nodesMax('172.30.0.0/24')).toBe(253)
})
