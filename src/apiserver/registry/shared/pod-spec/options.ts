// What an existing object may keep although new ones may not have it. Source: pkg/api/pod/util.go (GetValidationOptionsFromPodSpecAndMeta).
import type { Container, PodSpec } from '../../../../api/core/v1.ts'
import { parseQuantity } from '../../../../apimachinery/quantity/quantity.ts'
import { validateLabelSelector } from '../../../../apimachinery/validation/labels.ts'
import { isLabelValue } from '../../../../apimachinery/validation/names.ts'
import { ownValue } from './own-value.ts'
import { isDivisibleHugePage, isHugePage } from './resource-names.ts'
import { validateHostSysctl } from './validate-sysctls.ts'
import { validateMatchLabelKeys } from './validate-label-keys.ts'
import { validateLocalPath } from './validate-paths.ts'

export interface PodValidationOptions {
  /** The spec is a pod's own, not a template's. */
  readonly isPod?: boolean
  /** The pod's name: with it the names of claims for ephemeral volumes are known. */
  readonly podName?: string
  /** A kubelet shows one of its static pods. */
  readonly isMirror?: boolean
  readonly allowInvalidDeletionCost?: boolean
  readonly allowInvalidLabelValueInSelector?: boolean
  readonly allowInvalidLabelValueInRequiredNodeAffinity?: boolean
  readonly allowIndivisibleHugePages?: boolean
  readonly allowInvalidSpreadSelector?: boolean
  readonly allowInvalidSpreadLabelKeys?: boolean
  readonly allowNonLocalTokenPath?: boolean
  readonly allowHostSysctls?: boolean
  readonly allowUserNamespacesWithVolumeDevices?: boolean
  readonly allowRestartOnResizeOfInit?: boolean
}

interface SpecAndMeta {
  readonly metadata?: { readonly annotations?: { readonly [key: string]: string } }
  readonly spec?: PodSpec
}

export const deletionCostKey = 'controller.kubernetes.io/pod-deletion-cost'

/** Whether a deletion cost is a 32 bit number without a plus sign or leading zeros. */
export function isDeletionCost(text: string): boolean {
  if (!/^(0|[1-9][0-9]*|-[0-9]+)$/.test(text)) return false
  const cost = Number(text)
  return cost >= -(2 ** 31) && cost < 2 ** 31
}

const containersOf = (spec: PodSpec) => [...(spec.containers ?? []), ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])]

function usesIndivisibleHugePages(spec: PodSpec): boolean {
  return containersOf(spec).some(({ resources }) =>
    [resources?.limits, resources?.requests].some((list) =>
      Object.entries(list ?? {}).some(([name, text]) => isHugePage(name) && !isDivisibleHugePage(name, parseQuantity(text))),
    ),
  )
}

function affinitySelectors({ affinity }: PodSpec) {
  const terms = [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((a) => [
    ...(a?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(a?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((weighted) => weighted.podAffinityTerm),
  ])
  return terms.flatMap((term) => [term?.labelSelector, term?.namespaceSelector])
}

const hasBadRequiredNodeValue = ({ affinity }: PodSpec) =>
  (affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []).some((term) =>
    (term.matchExpressions ?? []).some(({ values }) => (values ?? []).some((value) => isLabelValue(value).length > 0)),
  )

const tokenPaths = (spec: PodSpec) =>
  (spec.volumes ?? []).flatMap((volume) => (volume.projected?.sources ?? []).flatMap(({ serviceAccountToken }) => serviceAccountToken?.path ?? []))

/** Whether an init container asks to be restarted when its resources change: one that runs to its end cannot be. */
export const restartsOnResize = ({ restartPolicy, resizePolicy = [] }: Container) =>
  restartPolicy !== 'Always' && resizePolicy.some((policy) => policy.restartPolicy === 'RestartContainer')

/** @param old the stored pod or template; absent on create */
export function podValidationOptions(
  old: SpecAndMeta | undefined,
  own: Pick<PodValidationOptions, 'isPod' | 'podName' | 'isMirror'> = {},
): PodValidationOptions {
  if (!old?.spec) return own
  const { spec } = old
  const cost = ownValue(old.metadata?.annotations, deletionCostKey)
  const spread = spec.topologySpreadConstraints ?? []
  return {
    ...own,
    allowInvalidDeletionCost: cost !== undefined && !isDeletionCost(cost),
    allowInvalidLabelValueInSelector: affinitySelectors(spec).some((selector) => validateLabelSelector('', selector).length > 0),
    allowInvalidLabelValueInRequiredNodeAffinity: hasBadRequiredNodeValue(spec),
    allowIndivisibleHugePages: usesIndivisibleHugePages(spec),
    allowInvalidSpreadSelector: spread.some(({ labelSelector }) => validateLabelSelector('', labelSelector).length > 0),
    allowInvalidSpreadLabelKeys: spread.some((c) => validateMatchLabelKeys('', c.matchLabelKeys, undefined, c.labelSelector).length > 0),
    allowNonLocalTokenPath: tokenPaths(spec).some((path) => validateLocalPath('', path).length > 0),
    allowHostSysctls: (spec.securityContext?.sysctls ?? []).some(({ name }) => validateHostSysctl('', name, spec).length > 0),
    allowUserNamespacesWithVolumeDevices: spec.hostUsers === false && containersOf(spec).some(({ volumeDevices }) => volumeDevices?.length),
    allowRestartOnResizeOfInit: (spec.initContainers ?? []).some(restartsOnResize),
  }
}
