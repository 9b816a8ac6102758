// What is accepted but will not do what it seems to. Source: pkg/api/pod/warnings.go.
import type { NodeSelectorTerm, PodAffinity, PodSpec } from '../../../../api/core/v1.ts'
import { goQuote } from '../../../../apimachinery/go-quote.ts'
import { isLabelValue } from '../../../../apimachinery/validation/names.ts'
import { warningsForIp } from '../../../../apimachinery/validation/ip.ts'
import { containersWithPath } from './containers.ts'
import { sortedEntries } from './invalid-values.ts'
import { ownValue } from './own-value.ts'
import { appArmorPrefix, seccompContainerPrefix, seccompPodKey } from './validate-profiles.ts'
import { envWarnings, portWarnings } from './warnings-containers.ts'
import { fractionalWarnings } from './warnings-quantities.ts'
import { volumeWarnings } from './warnings-volumes.ts'

interface PodOrTemplate {
  readonly metadata?: { readonly annotations?: { readonly [key: string]: string } }
  readonly spec?: PodSpec
}

const oldNodeLabels: ReadonlyMap<string, string> = new Map([
  ['beta.kubernetes.io/arch', 'deprecated since v1.14; use "kubernetes.io/arch" instead'],
  ['beta.kubernetes.io/os', 'deprecated since v1.14; use "kubernetes.io/os" instead'],
  ['failure-domain.beta.kubernetes.io/region', 'deprecated since v1.17; use "topology.kubernetes.io/region" instead'],
  ['failure-domain.beta.kubernetes.io/zone', 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead'],
  ['beta.kubernetes.io/instance-type', 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead'],
])

const deadAnnotations: readonly (readonly [string, string])[] = [
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
]

const seccompDead = 'non-functional in v1.27+; use the "seccompProfile" field instead'
const nullSelector = 'a null labelSelector results in matching no pod'

/** What a deprecated label of nodes is called today. */
export const nodeLabelWarning = (key: string) => oldNodeLabels.get(key)

/** @param values whether values of labels are looked at: where an impossible one is let through */
export function nodeSelectorTermWarnings(field: string, { matchExpressions = [] }: NodeSelectorTerm, values: boolean): readonly string[] {
  return matchExpressions.flatMap((expression, index) => {
    const at = `${field}.matchExpressions[${index}]`
    const old = oldNodeLabels.get(expression.key)
    return [
      ...(old ? [`${at}.key: ${expression.key} is ${old}`] : []),
      ...(values ? (expression.values ?? []).flatMap((value, i) => isLabelValue(value).map((why) => `${at}.values[${i}]: ${value} is invalid, ${why}`)) : []),
    ]
  })
}

function nodeWarnings(field: string, { nodeSelector, affinity, topologySpreadConstraints = [] }: PodSpec): readonly string[] {
  const node = affinity?.nodeAffinity
  const at = `${field}.affinity.nodeAffinity`
  const must = node?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  return [
    ...sortedEntries(nodeSelector).flatMap(([key]) => (oldNodeLabels.has(key) ? [`${field}.nodeSelector[${key}]: ${oldNodeLabels.get(key)!}`] : [])),
    ...must.flatMap((term, index) => nodeSelectorTermWarnings(`${at}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${index}]`, term, false)),
    ...(node?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ preference }, index) =>
      nodeSelectorTermWarnings(`${at}.preferredDuringSchedulingIgnoredDuringExecution[${index}].preference`, preference, true),
    ),
    ...topologySpreadConstraints.flatMap(({ topologyKey, labelSelector }, index) => {
      const constraint = `${field}.topologySpreadConstraints[${index}]`
      const old = oldNodeLabels.get(topologyKey)
      return [
        ...(old ? [`${constraint}.topologyKey: ${topologyKey} is ${old}`] : []),
        ...(labelSelector ? [] : [`${constraint}.labelSelector: ${nullSelector}`]),
      ]
    }),
  ]
}

function podAffinityWarnings(field: string, affinity: PodAffinity | undefined): readonly string[] {
  const { requiredDuringSchedulingIgnoredDuringExecution: must = [], preferredDuringSchedulingIgnoredDuringExecution: prefer = [] } = affinity ?? {}
  const under = (name: string, index: number) => `${field}.${name}DuringSchedulingIgnoredDuringExecution[${index}]`
  return [
    ...must.flatMap(({ labelSelector }, index) => (labelSelector ? [] : [`${under('required', index)}.labelSelector: ${nullSelector}`])),
    ...prefer.flatMap(({ podAffinityTerm }, index) =>
      podAffinityTerm.labelSelector ? [] : [`${under('preferred', index)}.podAffinityTerm.labelSelector: ${nullSelector}`],
    ),
  ]
}

function listWarnings(field: string, { hostAliases = [], imagePullSecrets = [] }: PodSpec): readonly string[] {
  const again = (names: readonly string[], index: number) => names.indexOf(names[index]!) < index
  const ips = hostAliases.map(({ ip }) => ip)
  const secrets = imagePullSecrets.map(({ name = '' }) => name)
  return [
    ...ips.flatMap((ip, index) => (again(ips, index) ? [`${field}.hostAliases[${index}].ip: duplicate ip ${goQuote(ip)}`] : [])),
    ...secrets.flatMap((name, index) => (again(secrets, index) ? [`${field}.imagePullSecrets[${index}].name: duplicate name ${goQuote(name)}`] : [])),
    ...secrets.flatMap((name, index) => (name ? [] : [`${field}.imagePullSecrets[${index}].name: invalid empty name ""`])),
  ]
}

/** @param field '' for a pod, else where the template is: `spec.template` */
export function podWarnings(field: string, { metadata, spec }: PodOrTemplate): readonly string[] {
  if (!spec) return []
  const prefix = field ? `${field}.` : ''
  const [at, annotationsAt] = [`${prefix}spec`, `${prefix}metadata.annotations`]
  const annotations = metadata?.annotations
  const has = (key: string) => ownValue(annotations, key) !== undefined
  const containers = containersWithPath(at, spec)
  return [
    ...nodeWarnings(at, spec),
    ...deadAnnotations.flatMap(([key, why]) => (has(key) ? [`${annotationsAt}[${key}]: ${why}`] : [])),
    ...volumeWarnings(at, spec),
    ...listWarnings(at, spec),
    ...fractionalWarnings(`${at}.overhead`, spec.overhead),
    ...(!spec.securityContext?.seccompProfile && has(seccompPodKey) ? [`${annotationsAt}[${seccompPodKey}]: ${seccompDead}`] : []),
    ...containers.flatMap(([path, container]) => {
      const { name, securityContext, resources } = container
      const [seccomp, appArmor] = [seccompContainerPrefix + name, appArmorPrefix + name]
      const profiled = spec.securityContext?.appArmorProfile ?? securityContext?.appArmorProfile
      return [
        ...(!securityContext?.seccompProfile && has(seccomp) ? [`${annotationsAt}[${seccomp}]: ${seccompDead}`] : []),
        // Of pods the annotation has become a field by now, with its own warning.
        ...(field && !profiled && has(appArmor) ? [`${annotationsAt}[${appArmor}]: deprecated since v1.30; use the "appArmorProfile" field instead`] : []),
        ...['memory', 'ephemeral-storage'].flatMap((resource) => [
          ...fractionalWarnings(`${path}.resources.limits`, resources?.limits, [resource]),
          ...fractionalWarnings(`${path}.resources.requests`, resources?.requests, [resource]),
        ]),
        ...envWarnings(path, container),
      ]
    }),
    ...portWarnings(containers),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [`${at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...podAffinityWarnings(`${at}.affinity.podAffinity`, spec.affinity?.podAffinity),
    ...podAffinityWarnings(`${at}.affinity.podAntiAffinity`, spec.affinity?.podAntiAffinity),
    ...(spec.dnsConfig?.nameservers ?? []).flatMap((ip, index) => warningsForIp(`${at}.dnsConfig.nameservers[${index}]`, ip)),
    ...(spec.hostAliases ?? []).flatMap(({ ip }, index) => warningsForIp(`${at}.hostAliases[${index}].ip`, ip)),
  ]
}
