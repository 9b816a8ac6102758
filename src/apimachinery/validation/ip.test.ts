import { expect, test } from 'vitest'
import { fieldErrorBody } from '../field-errors.ts'
import { validateCidr, validateInterfaceAddress, validateIp, validateLegacyCidr, validateLegacyIp, warningsForCidr, warningsForIp } from './ip.ts'

test.each([
  [validateIp, 'abc', 'Invalid value: "abc": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
  [validateIp, '2001:DB8::0:1', 'Invalid value: "2001:DB8::0:1": must be in canonical form ("2001:db8::1")'],
  [validateIp, '198.018.77.6', 'Invalid value: "198.018.77.6": must not have leading 0s'],
  [validateLegacyIp, '::ffff:10.1.1.1', 'Invalid value: "::ffff:10.1.1.1": must not be an IPv4-mapped IPv6 address'],
  [validateLegacyIp, '2001:DB8::0:1', undefined],
  [validateCidr, '10.0.0.1/8', 'Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length'],
  [validateCidr, '10.0.0.0/08', 'Invalid value: "10.0.0.0/08": must not have leading 0s in IP or prefix length'],
  [validateCidr, '2001:DB8::/32', 'Invalid value: "2001:DB8::/32": must be in canonical form ("2001:db8::/32")'],
  [validateLegacyCidr, 'x', 'Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
  [validateLegacyCidr, '::ffff:1.2.3.0/120', 'Invalid value: "::ffff:1.2.3.0/120": must not have an IPv4-mapped IPv6 address'],
  [validateInterfaceAddress, '::ffff:192.168.0.1/120', 'Invalid value: "::ffff:192.168.0.1/120": must be in canonical form ("192.168.0.1/24")'],
  [validateInterfaceAddress, '192.168.0.1/24', undefined],
])('%o of %s', (validate, value, message) => {
  expect(validate('f', value).map(fieldErrorBody)[0]).toBe(message)
})

test('a sloppy value that was stored before is kept', () => {
  expect(validateLegacyIp('f', '010.1.1.1', ['010.1.1.1'])).toEqual([])
})

test('warnings', () => {
  expect(warningsForIp('f', '010.1.1.1')).toEqual([
    'f: non-standard IP address "010.1.1.1" will be considered invalid in a future Kubernetes release: use "10.1.1.1"',
  ])
  expect(warningsForIp('f', '2001:DB8::1')).toEqual(['f: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")'])
  expect(warningsForCidr('f', '10.0.0.1/8')).toEqual(['f: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)'])
})
