import * as fc from 'fast-check'
import { isIP } from 'node:net'
import { expect, test } from 'vitest'
import {
  cidrContains,
  cidrsOverlap,
  formatCidr,
  formatIp,
  isIpv4Mapped,
  isNetwork,
  lastAddress,
  network,
  parseCidr,
  parseCidrSloppy,
  parseIp,
  parseIpSloppy,
  unmapIp,
} from './ip.ts'

test.each([
  ['10.9.8.7', '10.9.8.7'],
  ['255.255.255.255', '255.255.255.255'],
  ['2001:DB8::0:1', '2001:db8::1'],
  ['::', '::'],
  ['1::', '1::'],
  ['::1', '::1'],
  ['1:0:0:2:0:0:0:3', '1:0:0:2::3'], // the longest run of zeros is the one shortened
  ['1:0:0:2:3:0:0:4', '1::2:3:0:0:4'], // the first of two equal runs
  ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'], // a single zero group is not shortened
  ['::ffff:1.2.3.4', '::ffff:1.2.3.4'],
  ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
])('%s is written %s', (text, canonical) => {
  expect(formatIp(parseIp(text)!)).toBe(canonical)
})

test.each([
  '',
  '1.2.3',
  '1.2.3.4.5',
  '256.1.1.1',
  '010.0.0.1',
  '1.2.3.4 ',
  '0x1.2.3.4',
  ':',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '12345::',
  'fe80::1%eth0',
  '1.2.3.4::',
  '::1.2.3',
])('%j is no address', (text) => expect(parseIp(text)).toBeUndefined())

test('the sloppy parser reads leading zeros as decimal', () => {
  expect(formatIp(parseIpSloppy('010.001.000.09')!)).toBe('10.1.0.9')
  expect(formatCidr(parseCidrSloppy('010.0.0.0/08')!)).toBe('10.0.0.0/8')
  expect(parseCidr('10.0.0.0/08')).toBeUndefined()
})

test('mapped addresses are IPv6 in form and IPv4 in meaning', () => {
  const ip = parseIp('::ffff:10.1.1.1')!
  expect(isIpv4Mapped(ip)).toBe(true)
  expect(formatIp(unmapIp(ip))).toBe('10.1.1.1')
})

test('blocks', () => {
  const block = parseCidr('10.1.2.3/16')!
  expect([isNetwork(block), formatCidr(network(block)), formatIp(lastAddress(block))]).toEqual([false, '10.1.0.0/16', '10.1.255.255'])
  expect([cidrContains(block, parseIp('10.1.9.9')!), cidrContains(block, parseIp('10.2.0.0')!), cidrContains(block, parseIp('::1')!)]).toEqual([
    true,
    false,
    false,
  ])
  expect([cidrsOverlap(block, parseCidr('10.0.0.0/8')!), cidrsOverlap(block, parseCidr('10.2.0.0/16')!)]).toEqual([true, false])
  for (const bad of ['10.0.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/-1', 'x/8']) expect(parseCidr(bad)).toBeUndefined()
})

test('agrees with Node on what is an address, and every address survives writing and reading', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.ipV4Extended(), fc.string({ maxLength: 12 })), (text) => {
      const ip = parseIp(text)
      expect(ip?.family ?? 0).toBe(text.includes('%') ? 0 : isIP(text))
      if (ip) expect(parseIp(formatIp(ip))).toEqual(ip)
    }),
  )
})
