// Cluster IPs and their families. Source: pkg/apis/core/validation/validation.go (ValidateServiceClusterIPsRelatedFields and below).
import type { Service } from '../../../../api/core/v1.ts'
import { duplicate, type FieldError, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { validateLegacyIp } from '../../../../apimachinery/validation/ip.ts'
import { familyOf, isHeadless } from './needs.ts'

type Spec = Service['spec']
const families = ['IPv4', 'IPv6']
const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack']
const list = 'spec.clusterIPs'

function validateInStep({ clusterIP, clusterIPs = [] }: Spec): readonly FieldError[] {
  if (!clusterIP) return clusterIPs.length > 0 ? [invalid(list, clusterIPs, 'must be empty when `clusterIP` is not specified')] : []
  if (clusterIPs.length === 0) return [required(list)]
  return clusterIPs[0] === clusterIP ? [] : [invalid(list, clusterIPs, 'first value must match `clusterIP`')]
}

function validateFamilies({ ipFamilies = [], ipFamilyPolicy }: Spec): readonly FieldError[] {
  return [
    ...ipFamilies.flatMap((family, i) => [
      ...(families.includes(family) ? [] : [notSupported(`spec.ipFamilies[${i}]`, family, families)]),
      ...(ipFamilies.indexOf(family) < i ? [duplicate(`spec.ipFamilies[${i}]`, family)] : []),
    ]),
    ...(ipFamilyPolicy !== undefined && !policies.includes(ipFamilyPolicy) ? [notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, policies)] : []),
  ]
}

function validateAddresses(clusterIPs: readonly string[], old: readonly string[]): readonly FieldError[] {
  return clusterIPs.flatMap((ip, i) => {
    if (i > 0 || ip !== 'None') return validateLegacyIp(`${list}[${i}]`, ip, old)
    return clusterIPs.length > 1 ? [invalid(list, clusterIPs, "'None' must be the first and only value")] : []
  })
}

export function validateClusterIps(spec: Spec, old?: Spec): readonly FieldError[] {
  if (spec.type === 'ExternalName') return []
  const { clusterIPs = [], ipFamilies = [] } = spec
  const tooMany = clusterIPs.length > 2 ? [invalid(list, clusterIPs, 'may only hold up to 2 values')] : []
  const addresses = validateAddresses(clusterIPs, old?.clusterIPs ?? [])
  const errors = [...validateInStep(spec), ...validateFamilies(spec), ...addresses, ...tooMany]
  if (addresses.length > 0) return errors
  if (clusterIPs.length > 1 && (clusterIPs.every((ip) => familyOf(ip) === 'IPv4') || clusterIPs.every((ip) => familyOf(ip) === 'IPv6'))) {
    errors.push(invalid(list, clusterIPs, 'may specify no more than one IP for each IP family'))
  }
  if (isHeadless(spec)) return errors
  for (const [i, ip] of clusterIPs.entries()) {
    const family = ipFamilies[i]
    if ((family === 'IPv4' || family === 'IPv6') && familyOf(ip) !== family) {
      errors.push(invalid(`${list}[${i}]`, ip, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``))
    }
  }
  return errors
}

const changed = 'may not change once set'

/** A second address may come and go; the first stays as long as the Service has addresses at all. */
export function validateClusterIpChange(spec: Spec, old: Spec): readonly FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName' || (isHeadless(spec) && isHeadless(old))) return []
  const { clusterIPs: now = [] } = spec
  const { clusterIPs: before = [] } = old
  if (now.length === before.length) return before.flatMap((ip, i) => (ip === now[i] ? [] : [invalid(`${list}[${i}]`, now, changed)]))
  const released = now.length < before.length
  return [
    ...(released && now.length === 0 ? [invalid(`${list}[0]`, null, 'primary clusterIP can not be unset')] : []),
    ...(before.length > 0 && now.length > 0 && now[0] !== before[0] ? [invalid(`${list}[0]`, now, changed)] : []),
    ...(released && now.length === 1 && spec.ipFamilyPolicy !== 'SingleStack'
      ? [invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, "must be set to 'SingleStack' when releasing the secondary clusterIP")]
      : []),
  ]
}

export function validateFamilyChange(spec: Spec, old: Spec): readonly FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName' || isHeadless(spec) || isHeadless(old)) return []
  const { ipFamilies: now = [], clusterIPs = [] } = spec
  const { ipFamilies: before = [] } = old
  const field = 'spec.ipFamilies[0]'
  if (now.length === before.length) return before.flatMap((family, i) => (family === now[i] ? [] : [invalid(field, now, changed)]))
  const released = now.length < before.length
  return [
    ...(released && clusterIPs.length === 0 ? [invalid(field, now, 'primary ipFamily can not be unset')] : []),
    ...(before.length > 0 && now.length > 0 && now[0] !== before[0] ? [invalid(field, clusterIPs, changed)] : []),
    ...(released && now.length === 1 && spec.ipFamilyPolicy !== 'SingleStack'
      ? [invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, "must be set to 'SingleStack' when releasing the secondary ipFamily")]
      : []),
  ]
}
