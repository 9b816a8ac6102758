// IP families of a Service: what the client said, what its addresses say, and what the cluster can do.
// Source: pkg/registry/core/service/storage/alloc.go (initIPFamilyFields).
import type { Service } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { type FieldError, invalid } from '../../../../apimachinery/field-errors.ts'
import { type Family, familyOf, needsClusterIp, sameList } from './needs.ts'
import { validateClusterIps } from './validate-cluster-ips.ts'

type Spec = Mutable<Service>['spec']

const other = (family: string): Family => (family === 'IPv4' ? 'IPv6' : 'IPv4')

/** An update keeps the policy; a Service without addresses that picks no pods has endpoints of nobody knows which families. */
function defaultPolicy(spec: Spec, old: Service['spec'] | undefined): NonNullable<Spec['ipFamilyPolicy']> {
  if (old?.ipFamilyPolicy) return old.ipFamilyPolicy
  return isUnselective(spec) ? 'RequireDualStack' : 'SingleStack'
}

const isUnselective = ({ clusterIP, selector }: Spec) => clusterIP === 'None' && Object.keys(selector ?? {}).length === 0

const isShorter = (now: readonly string[] = [], before: readonly string[] = []) => now.length > 0 && now.length < before.length

/** An update to a single stack keeps the first of what it does not change; any other may not leave out what is there. */
function reduce(spec: Spec, old: Service['spec']): readonly FieldError[] {
  if (spec.ipFamilyPolicy === 'SingleStack') {
    if (spec.clusterIPs && spec.clusterIPs.length > 1 && sameList(spec.clusterIPs, old.clusterIPs)) spec.clusterIPs.length = 1
    if (spec.ipFamilies && spec.ipFamilies.length > 1 && sameList(spec.ipFamilies, old.ipFamilies)) spec.ipFamilies.length = 1
    return []
  }
  const refusal = (what: string) => invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, `must be 'SingleStack' to release the secondary ${what}`)
  return [
    ...(isShorter(spec.clusterIPs, old.clusterIPs) ? [refusal('cluster IP')] : []),
    ...(isShorter(spec.ipFamilies, old.ipFamilies) ? [refusal('IP family')] : []),
  ]
}

/** A Service that prefers two families keeps what it has when the cluster changes under it. */
export const isUnchangedPreference = (spec: Service['spec'], old: Service['spec']) =>
  spec.type === old.type &&
  spec.ipFamilyPolicy === 'PreferDualStack' &&
  old.ipFamilyPolicy === 'PreferDualStack' &&
  sameList(spec.clusterIPs, old.clusterIPs) &&
  sameList(spec.ipFamilies, old.ipFamilies)

function contradictions(spec: Service['spec']): readonly FieldError[] {
  if (spec.ipFamilyPolicy !== 'SingleStack') return []
  const detail = (what: string) => `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`
  return [
    ...(spec.clusterIPs?.length === 2 ? [invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, detail('cluster IPs'))] : []),
    ...(spec.ipFamilies?.length === 2 ? [invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, detail('IP families'))] : []),
  ]
}

function familiesOfAddresses(spec: Spec, available: readonly Family[]): readonly FieldError[] {
  const errors: FieldError[] = []
  for (const [i, ip] of (spec.clusterIPs ?? []).entries()) {
    if (ip === 'None') break
    if (i < (spec.ipFamilies?.length ?? 0)) continue
    const family = familyOf(ip)
    if (available.includes(family)) spec.ipFamilies = [...(spec.ipFamilies ?? []), family]
    else errors.push(invalid(`spec.clusterIPs[${i}]`, spec.clusterIPs, `${family} is not configured on this cluster`))
  }
  return errors
}

/** Both families, whatever the cluster has, so that every slice is shown. */
function setHeadlessFamilies(spec: Spec, available: readonly Family[]): void {
  if (!spec.ipFamilies?.length) spec.ipFamilies = [available[0]!]
  if (spec.ipFamilies.length < 2 && spec.ipFamilyPolicy !== 'SingleStack') spec.ipFamilies.push(other(spec.ipFamilies[0]!))
}

/**
 * Sets ipFamilies and ipFamilyPolicy.
 * @param available families of the cluster, the default one first
 * @returns what is wrong; the spec is then of no use
 */
export function setFamilies(spec: Spec, old: Service['spec'] | undefined, available: readonly Family[]): readonly FieldError[] {
  if (!needsClusterIp(spec)) return []
  if (old && isUnchangedPreference(spec, old)) return []
  spec.ipFamilyPolicy ??= defaultPolicy(spec, old)
  const loose = validateClusterIps(spec, old)
  if (loose.length > 0) return loose
  const errors = [...(old ? reduce(spec, old) : []), ...contradictions(spec), ...familiesOfAddresses(spec, available)]
  if (errors.length > 0) return errors
  if (isUnselective(spec)) {
    setHeadlessFamilies(spec, available)
    return []
  }
  if (spec.ipFamilyPolicy === 'RequireDualStack' && available.length < 2) {
    errors.push(invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, 'this cluster is not configured for dual-stack services'))
  }
  for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
    if (!available.includes(family as Family)) errors.push(invalid(`spec.ipFamilies[${i}]`, family, 'not configured on this cluster'))
  }
  if (errors.length > 0) return errors
  if (!spec.ipFamilies?.length) spec.ipFamilies = [available[0]!]
  if (spec.ipFamilyPolicy !== 'SingleStack' && spec.ipFamilies.length === 1 && available.length === 2) spec.ipFamilies.push(other(spec.ipFamilies[0]!))
  return []
}
