// Services. Source: pkg/apis/core/validation/validation.go (ValidateService, ValidateServiceUpdate).
import type { Service } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { validateLegacyCidr, validateLegacyIp } from '../../../../apimachinery/validation/ip.ts'
import { validateLabels } from '../../../../apimachinery/validation/labels.ts'
import { isQualifiedName } from '../../../../apimachinery/validation/names.ts'
import { parseIpSloppy } from '../../../../util/ip.ts'
import { invalidAll, oneOf, requiredOneOf, subdomain } from '../../shared/pod-spec/invalid-values.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'
import { validateNonSpecialIp } from '../../shared/validation/non-special-ip.ts'
import { isExternallyAccessible, isHeadless, needsHealthCheckPort } from './needs.ts'
import { validateClusterIpChange, validateClusterIps, validateFamilyChange } from './validate-cluster-ips.ts'
import { validateHealthCheckPort, validatePortNumbers, validatePorts } from './validate-ports.ts'

type Spec = Service['spec']

export const topologyHints = 'service.kubernetes.io/topology-aware-hints'
export const topologyMode = 'service.kubernetes.io/topology-mode'
const sourceRanges = 'service.beta.kubernetes.io/load-balancer-source-ranges'
/** A day. */
const affinitySecondsMax = 86_400
const onlyLoadBalancer = "may only be used when `type` is 'LoadBalancer'"

function validateTopology(annotations: Service['metadata']['annotations']): readonly FieldError[] {
  const hints = ownValue(annotations, topologyHints)
  const mode = ownValue(annotations, topologyMode)
  if (hints === undefined || mode === undefined || hints === mode) return []
  return [invalid(`metadata.annotations[${topologyMode}]`, mode, `must match annotations[${topologyHints}] when both are specified`)]
}

function validateByType(spec: Spec): readonly FieldError[] {
  const { type, clusterIPs = [], ipFamilies = [], ipFamilyPolicy, externalName = '' } = spec
  if ((type === 'LoadBalancer' || type === 'NodePort') && isHeadless(spec)) {
    return [invalid('spec.clusterIPs[0]', clusterIPs[0], `may not be set to 'None' for ${type} services`)]
  }
  if (type !== 'ExternalName') return []
  const refuse = (field: string) => forbidden(field, 'may not be set for ExternalName services')
  const name = externalName.replace(/\.$/, '')
  return [
    ...(clusterIPs.length > 0 ? [refuse('spec.clusterIPs')] : []),
    ...(ipFamilies.length > 0 ? [refuse('spec.ipFamilies')] : []),
    ...(ipFamilyPolicy !== undefined ? [refuse('spec.ipFamilyPolicy')] : []),
    ...(name ? subdomain('spec.externalName', name) : [required('spec.externalName')]),
  ]
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: Spec): readonly FieldError[] {
  const errors = requiredOneOf('spec.sessionAffinity', sessionAffinity, ['ClientIP', 'None'])
  const field = 'spec.sessionAffinityConfig'
  if (sessionAffinity === 'None' && sessionAffinityConfig) return [...errors, forbidden(field, 'must not be set when session affinity is None')]
  if (sessionAffinity !== 'ClientIP') return errors
  const missing = (where: string) => [...errors, required(where, 'when session affinity type is ClientIP')]
  if (!sessionAffinityConfig) return missing(field)
  if (!sessionAffinityConfig.clientIP) return missing(`${field}.clientIP`)
  const { timeoutSeconds } = sessionAffinityConfig.clientIP
  if (timeoutSeconds === undefined) return missing(`${field}.clientIP.timeoutSeconds`)
  if (timeoutSeconds > 0 && timeoutSeconds <= affinitySecondsMax) return errors
  return [...errors, invalid(`${field}.clientIP.timeoutSeconds`, timeoutSeconds, `must be greater than 0 and less than ${affinitySecondsMax}`)]
}

function validateExternalIps({ externalIPs = [] }: Spec, old: Spec | undefined): readonly FieldError[] {
  return externalIPs.flatMap((ip, i) => {
    const field = `spec.externalIPs[${i}]`
    const errors = validateLegacyIp(field, ip, old?.externalIPs)
    return errors.length > 0 ? errors : validateNonSpecialIp(field, ip)
  })
}

/** From the field, or from the annotation that came before it. */
function validateSourceRanges({ metadata, spec }: Service, old: Service | undefined): readonly FieldError[] {
  const { loadBalancerSourceRanges: ranges = [] } = spec
  const text = ownValue(metadata.annotations, sourceRanges)
  const field = ranges.length > 0 ? 'spec.LoadBalancerSourceRanges' : `metadata.annotations[${sourceRanges}]`
  if (ranges.length === 0 && text === undefined) return []
  const wrongType = spec.type === 'LoadBalancer' ? [] : [forbidden(field, onlyLoadBalancer)]
  if (ranges.length > 0) {
    const known = (old?.spec.loadBalancerSourceRanges ?? []).map((range) => range.trim())
    return [...wrongType, ...ranges.flatMap((range, i) => validateLegacyCidr(`${field}[${i}]`, range.trim(), known))]
  }
  if (text === ownValue(old?.metadata.annotations, sourceRanges)) return wrongType
  const parts = text!.trim() ? text!.trim().split(',') : []
  return [...wrongType, ...parts.flatMap((range) => validateLegacyCidr(field, range.trim()))]
}

function validateLoadBalancer({ type, allocateLoadBalancerNodePorts, loadBalancerClass }: Spec, old: Spec | undefined): readonly FieldError[] {
  const isLoadBalancer = type === 'LoadBalancer'
  const field = 'spec.loadBalancerClass'
  const errors: FieldError[] = []
  if (allocateLoadBalancerNodePorts !== undefined && !isLoadBalancer) errors.push(forbidden('spec.allocateLoadBalancerNodePorts', onlyLoadBalancer))
  if (allocateLoadBalancerNodePorts === undefined && isLoadBalancer) errors.push(required('allocateLoadBalancerNodePorts'))
  if (old?.type === 'LoadBalancer' && isLoadBalancer && old.loadBalancerClass !== loadBalancerClass) {
    errors.push(invalid(field, loadBalancerClass, 'may not change once set'))
  }
  if (loadBalancerClass === undefined) return errors
  return [...errors, ...(isLoadBalancer ? invalidAll(field, loadBalancerClass, isQualifiedName(loadBalancerClass)) : [forbidden(field, onlyLoadBalancer)])]
}

function validateExternalTraffic(spec: Spec): readonly FieldError[] {
  const { externalTrafficPolicy, healthCheckNodePort } = spec
  const policy = 'spec.externalTrafficPolicy'
  const port = 'spec.healthCheckNodePort'
  const errors: FieldError[] = []
  if (isExternallyAccessible(spec)) errors.push(...requiredOneOf(policy, externalTrafficPolicy, ['Cluster', 'Local']))
  else if (externalTrafficPolicy) errors.push(invalid(policy, externalTrafficPolicy, 'may only be set for externally-accessible services'))
  if (needsHealthCheckPort(spec)) return [...errors, ...(healthCheckNodePort ? validateHealthCheckPort(port, healthCheckNodePort) : [required(port)])]
  if (!healthCheckNodePort) return errors
  return [...errors, invalid(port, healthCheckNodePort, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'")]
}

function validateInternalTraffic({ type, internalTrafficPolicy }: Spec): readonly FieldError[] {
  const field = 'spec.internalTrafficPolicy'
  if (internalTrafficPolicy !== undefined) return oneOf(field, internalTrafficPolicy, ['Cluster', 'Local'])
  return type === 'ClusterIP' || type === 'NodePort' || type === 'LoadBalancer' ? [required(field)] : []
}

/** @param old of an update: what it holds may stay as it is written */
export function validateService(service: Service, old?: Service): readonly FieldError[] {
  const { metadata, spec } = service
  const isPortless = (spec.ports?.length ?? 0) === 0 && !isHeadless(spec) && spec.type !== 'ExternalName'
  return [
    ...validateTopology(metadata.annotations),
    ...(isPortless ? [required('spec.ports')] : []),
    ...validateByType(spec),
    ...validatePorts(spec),
    ...validateLabels('spec.selector', spec.selector),
    ...validateAffinity(spec),
    ...validateClusterIps(spec, old?.spec),
    ...validateExternalIps(spec, old?.spec),
    ...requiredOneOf('spec.type', spec.type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']),
    ...validatePortNumbers(spec),
    ...validateSourceRanges(service, old),
    ...validateLoadBalancer(spec, undefined),
    ...validateExternalTraffic(spec),
    ...validateInternalTraffic(spec),
    ...oneOf('spec.trafficDistribution', spec.trafficDistribution, ['PreferClose', 'PreferSameZone', 'PreferSameNode']),
  ]
}

export function validateServiceUpdate(service: Service, old: Service): readonly FieldError[] {
  const { spec } = service
  const movesHealthCheck =
    needsHealthCheckPort(old.spec) && needsHealthCheckPort(spec) && (spec.healthCheckNodePort ?? 0) !== (old.spec.healthCheckNodePort ?? 0)
  return [
    ...validateClusterIpChange(spec, old.spec),
    ...validateFamilyChange(spec, old.spec),
    ...validateLoadBalancer(spec, old.spec).filter(({ field }) => field === 'spec.loadBalancerClass'),
    ...(movesHealthCheck ? [forbidden('spec.healthCheckNodePort', 'field is immutable')] : []),
    ...validateService(service, old),
  ]
}

export function validateLoadBalancerStatus(
  field: string,
  ingress: NonNullable<NonNullable<Service['status']>['loadBalancer']>['ingress'] = [],
  old: readonly string[] = [],
): readonly FieldError[] {
  const modes = ['Proxy', 'VIP']
  return ingress.flatMap(({ ip = '', ipMode, hostname = '' }, i) => {
    const at = `${field}[${i}]`
    const errors: FieldError[] = ip ? [...validateLegacyIp(`${at}.ip`, ip, old)] : []
    if (ipMode === undefined) errors.push(...(ip ? [required(`${at}.ipMode`, 'must be specified when `ip` is set')] : []))
    else if (!ip) errors.push(forbidden(`${at}.ipMode`, 'may not be specified when `ip` is not set'))
    else if (!modes.includes(ipMode)) errors.push(notSupported(`${at}.ipMode`, ipMode, modes))
    if (!hostname) return errors
    errors.push(...subdomain(`${at}.hostname`, hostname))
    if (parseIpSloppy(hostname)) errors.push(invalid(`${at}.hostname`, hostname, 'must be a DNS name, not an IP address'))
    return errors
  })
}

export function validateServiceStatus({ spec, status }: Service, old: Service): readonly FieldError[] {
  const field = 'status.loadBalancer.ingress'
  const ingress = status?.loadBalancer?.ingress ?? []
  if (spec.type !== 'LoadBalancer' && ingress.length > 0) return [forbidden(field, "may only be used when `spec.type` is 'LoadBalancer'")]
  return validateLoadBalancerStatus(
    field,
    ingress,
    (old.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []),
  )
}
