// Warnings about Services. Source: pkg/api/service/warnings.go.
import type { Service } from '../../../../api/core/v1.ts'
import { warningsForCidr, warningsForIp } from '../../../../apimachinery/validation/ip.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'
import { isHeadless, needsClusterIp } from './needs.ts'
import { topologyHints, topologyMode } from './validate.ts'

export function serviceWarnings({ metadata, spec }: Service): readonly string[] {
  const { type, clusterIPs = [], externalIPs = [], loadBalancerIP, loadBalancerSourceRanges = [] } = spec
  const warnings: string[] = []
  if (ownValue(metadata.annotations, topologyHints) !== undefined)
    warnings.push(`annotation ${topologyHints} is deprecated, please use ${topologyMode} instead`)
  if (needsClusterIp(spec) && !isHeadless(spec)) warnings.push(...clusterIPs.flatMap((ip, i) => warningsForIp(`spec.clusterIPs[${i}]`, ip)))
  if (isHeadless(spec)) {
    if (loadBalancerIP) warnings.push('spec.loadBalancerIP is ignored for headless services')
    if (externalIPs.length > 0) warnings.push('spec.externalIPs is ignored for headless services')
    if (spec.sessionAffinity !== 'None') warnings.push('spec.SessionAffinity is ignored for headless services')
  }
  warnings.push(...externalIPs.flatMap((ip, i) => warningsForIp(`spec.externalIPs[${i}]`, ip)))
  if (loadBalancerIP) warnings.push(...warningsForIp('spec.loadBalancerIP', loadBalancerIP))
  warnings.push(...loadBalancerSourceRanges.flatMap((range, i) => warningsForCidr(`spec.loadBalancerSourceRanges[${i}]`, range)))
  if (externalIPs.length > 0) {
    warnings.push(
      type === 'ExternalName'
        ? 'spec.externalIPs is ignored when spec.type is "ExternalName"'
        : 'spec.externalIPs is deprecated and may no longer be implemented in some clusters',
    )
  }
  if (type !== 'ExternalName' && spec.externalName) warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"')
  return warnings
}
