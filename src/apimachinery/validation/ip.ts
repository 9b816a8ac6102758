// IP addresses and CIDRs in API fields. New objects must hold strict forms; objects that were stored before may hold sloppy ones.
// Source: k8s.io/apimachinery pkg/util/validation/ip.go (Kubernetes 1.36, StrictIPCIDRValidation on).
import {
  formatCidr,
  formatIp,
  ipBits,
  isIpv4Mapped,
  isNetwork,
  network,
  parseCidr,
  parseCidrSloppy,
  parseIp,
  parseIpSloppy,
  unmapIp,
  type Cidr,
  type IpAddress,
} from '../../util/ip.ts'
import { type FieldError, invalid } from '../field-errors.ts'
import { goQuote } from '../go-quote.ts'

/** How Go's net.IP prints: a mapped address as IPv4. */
const goIp = (ip: IpAddress) => formatIp(unmapIp(ip))

function goNetwork(cidr: Cidr): string {
  const { ip, prefixLength } = network(cidr)
  return isIpv4Mapped(ip) && prefixLength >= 96 ? `${goIp(ip)}/${prefixLength - 96}` : formatCidr({ ip, prefixLength })
}

function looseIp(field: string, value: string, strict: boolean): readonly FieldError[] {
  const ip = parseIpSloppy(value)
  if (!ip) return [invalid(field, value, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')]
  if (!strict) return []
  if (!parseIp(value)) return [invalid(field, value, 'must not have leading 0s')]
  return isIpv4Mapped(ip) ? [invalid(field, value, 'must not be an IPv4-mapped IPv6 address')] : []
}

/**
 * An address in a field that predates strict validation: any form of IPv6 is accepted.
 * @param validOldValues values that the stored object already had: accepted in the sloppy form too
 */
export function validateLegacyIp(field: string, value: string, validOldValues: readonly string[] = []): readonly FieldError[] {
  return looseIp(field, value, !validOldValues.includes(value))
}

/** An address in canonical form. */
export function validateIp(field: string, value: string): readonly FieldError[] {
  const errors = looseIp(field, value, true)
  if (errors.length > 0) return errors
  const canonical = goIp(parseIp(value)!)
  return value === canonical ? [] : [invalid(field, value, `must be in canonical form (${goQuote(canonical)})`)]
}

function looseCidr(field: string, value: string, strict: boolean): readonly FieldError[] {
  const cidr = parseCidrSloppy(value)
  if (!cidr) return [invalid(field, value, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')]
  if (!strict) return []
  if (!parseCidr(value)) return [invalid(field, value, 'must not have leading 0s in IP or prefix length')]
  if (isIpv4Mapped(cidr.ip)) return [invalid(field, value, 'must not have an IPv4-mapped IPv6 address')]
  return isNetwork(cidr) ? [] : [invalid(field, value, 'must not have bits set beyond the prefix length')]
}

/** A CIDR in a field that predates strict validation; see {@link validateLegacyIp}. */
export function validateLegacyCidr(field: string, value: string, validOldValues: readonly string[] = []): readonly FieldError[] {
  return looseCidr(field, value, !validOldValues.includes(value))
}

/** A network in canonical form. */
export function validateCidr(field: string, value: string): readonly FieldError[] {
  const errors = looseCidr(field, value, true)
  if (errors.length > 0) return errors
  const canonical = goNetwork(parseCidr(value)!)
  return value === canonical ? [] : [invalid(field, value, `must be in canonical form (${goQuote(canonical)})`)]
}

/** An address with the length of its network (`192.168.1.5/24`) in canonical form. */
export function validateInterfaceAddress(field: string, value: string): readonly FieldError[] {
  const cidr = parseCidrSloppy(value)
  if (!cidr) return [invalid(field, value, 'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)')]
  const length = isIpv4Mapped(cidr.ip) && cidr.prefixLength > 32 ? cidr.prefixLength - 96 : cidr.prefixLength
  const canonical = `${goIp(cidr.ip)}/${length}`
  return value === canonical ? [] : [invalid(field, value, `must be in canonical form (${goQuote(canonical)})`)]
}

/** Warnings for a value that {@link validateLegacyIp} accepted but that is not in the best form. */
export function warningsForIp(field: string, value: string): readonly string[] {
  const ip = parseIpSloppy(value)
  if (!ip) return []
  if (!parseIp(value) || isIpv4Mapped(ip)) {
    return [`${field}: non-standard IP address ${goQuote(value)} will be considered invalid in a future Kubernetes release: use ${goQuote(goIp(ip))}`]
  }
  const canonical = formatIp(ip)
  if (ip.family === 4 || canonical === value) return []
  return [`${field}: IPv6 address ${goQuote(value)} should be in RFC 5952 canonical format (${goQuote(canonical)})`]
}

/** Warnings for a value that {@link validateLegacyCidr} accepted but that is not in the best form. */
export function warningsForCidr(field: string, value: string): readonly string[] {
  const cidr = parseCidrSloppy(value)
  if (!cidr) return []
  const warnings: string[] = []
  if (!isNetwork(cidr)) {
    const single = `${goIp(cidr.ip)}/${ipBits(cidr.ip)}`
    warnings.push(`${field}: CIDR value ${goQuote(value)} is ambiguous in this context (should be ${goQuote(goNetwork(cidr))} or ${goQuote(single)}?)`)
  }
  if (!parseCidr(value) || isIpv4Mapped(cidr.ip)) {
    warnings.push(
      `${field}: non-standard CIDR value ${goQuote(value)} will be considered invalid in a future Kubernetes release: use ${goQuote(goNetwork(cidr))}`,
    )
  }
  if (warnings.length > 0 || cidr.ip.family === 4 || formatCidr(cidr) === value) return warnings
  return [`${field}: IPv6 CIDR value ${goQuote(value)} should be in RFC 5952 canonical format (${goQuote(formatCidr(cidr))})`]
}
