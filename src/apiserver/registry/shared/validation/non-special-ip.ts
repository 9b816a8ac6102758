// Addresses that cannot be reached from elsewhere are no endpoints. Source: pkg/apis/core/validation (ValidateNonSpecialIP).
import { type FieldError, invalid } from '../../../../apimachinery/field-errors.ts'
import { type Cidr, cidrContains, parseCidr, parseIpSloppy, unmapIp } from '../../../../util/ip.ts'

const ranges = (...texts: readonly string[]): readonly Cidr[] => texts.map((text) => parseCidr(text)!)

const special = [
  [ranges('127.0.0.0/8', '::1/128'), 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  [ranges('169.254.0.0/16', 'fe80::/10'), 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  [ranges('224.0.0.0/24', 'ff02::/16'), 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
] as const

export function validateNonSpecialIp(field: string, text: string): readonly FieldError[] {
  const parsed = parseIpSloppy(text)
  if (!parsed) return [invalid(field, text, 'must be a valid IP address')]
  const ip = unmapIp(parsed)
  return [
    ...(ip.value === 0n ? [invalid(field, text, `may not be unspecified (${text})`)] : []),
    ...special.filter(([cidrs]) => cidrs.some((cidr) => cidrContains(cidr, ip))).map(([, detail]) => invalid(field, text, detail)),
  ]
}
