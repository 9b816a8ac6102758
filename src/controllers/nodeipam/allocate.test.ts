import { expect, test } from 'vitest'
import { parseCidr } from '../../util/ip.ts'
import { nextRange, rangeCount } from './allocate.ts'

const range = (text: string, nodePrefixLength: number) => ({ cidr: parseCidr(text)!, nodePrefixLength })

for (const { name, of, used, after, expected } of [
  { name: 'the first', of: range('10.244.0.0/16', 24), used: [], after: -1, expected: '10.244.0.0/24' },
  { name: 'the one behind the last', of: range('10.244.0.0/16', 24), used: ['10.244.0.0/24'], after: 0, expected: '10.244.1.0/24' },
  { name: 'used ones are skipped', of: range('10.244.0.0/16', 24), used: ['10.244.1.0/24', '10.244.2.0/24'], after: 0, expected: '10.244.3.0/24' },
  { name: 'from the start again', of: range('10.0.0.0/22', 24), used: ['10.0.3.0/24'], after: 3, expected: '10.0.0.0/24' },
  { name: 'all used', of: range('10.0.0.0/23', 24), used: ['10.0.0.0/24', '10.0.1.0/24'], after: 1, expected: undefined },
  { name: 'IPv6', of: range('fd00::/48', 64), used: ['fd00::/64'], after: 0, expected: 'fd00:0:0:1::/64' },
]) {
  test(name, () => expect(nextRange(of, new Set(used), after)?.cidr).toBe(expected))
}

test('ranges that do not fit are refused', () => {
  expect(() => rangeCount(range('10.0.0.0/24', 16))).toThrow(RangeError)
  expect(() => rangeCount(range('fd00::/32', 64))).toThrow(RangeError)
})
