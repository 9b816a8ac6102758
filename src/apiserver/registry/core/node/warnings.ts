// Warnings about Nodes. Source: pkg/registry/core/node/strategy.go (fieldIsDeprecatedWarnings).
import type { Node } from '../../../../api/core/v1.ts'
import { warningsForCidr } from '../../../../apimachinery/validation/ip.ts'

export function nodeWarnings({ spec }: Node): readonly string[] {
  return [
    ...(spec?.configSource ? ['spec.configSource: the feature is removed'] : []),
    ...(spec?.externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
    ...(spec?.podCIDRs ?? []).flatMap((cidr, i) => warningsForCidr(`spec.podCIDRs[${i}]`, cidr)),
  ]
}
