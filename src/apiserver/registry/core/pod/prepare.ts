// What the server itself puts into new pods. Source: pkg/registry/core/pod/strategy.go.
import type { AppArmorProfile, Pod, PodAffinityTerm, PodCondition } from '../../../../api/core/v1.ts'
import type { LabelSelector, LabelSelectorRequirement } from '../../../../api/meta/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { podQos } from '../../../../api/core/pod-qos.ts'
import { formatTime } from '../../../../util/clock.ts'
import type { RequestContext } from '../../generic/strategy.ts'
import { containersWithPath } from '../../shared/pod-spec/containers.ts'
import { dropDisabledFields } from '../../shared/pod-spec/drop-disabled.ts'
import { sameMeaning } from '../../shared/pod-spec/internal-form.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'
import { appArmorPrefix, validateAppArmorProfile } from '../../shared/pod-spec/validate-profiles.ts'

type Labels = { readonly [key: string]: string } | undefined

/** Keys of the pod's own labels become requirements: pods of the same revision, or of another tenant. */
function mergeKeys(selector: Mutable<LabelSelector>, keys: readonly string[] | undefined, operator: 'In' | 'NotIn', labels: Labels): void {
  const added = (keys ?? []).flatMap((key): LabelSelectorRequirement[] => {
    const value = ownValue(labels, key)
    return value === undefined ? [] : [{ key, operator, values: [value] }]
  })
  if (added.length > 0) selector.matchExpressions = [...(selector.matchExpressions ?? []), ...added] as Mutable<LabelSelectorRequirement>[]
}

function mergeTerm({ labelSelector, matchLabelKeys, mismatchLabelKeys }: Mutable<PodAffinityTerm>, labels: Labels): void {
  if (!labelSelector) return
  mergeKeys(labelSelector, matchLabelKeys, 'In', labels)
  mergeKeys(labelSelector, mismatchLabelKeys, 'NotIn', labels)
}

function mergeLabelKeys({ metadata: { labels }, spec }: Mutable<Pod>): void {
  for (const affinity of [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity]) {
    for (const { podAffinityTerm } of affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) mergeTerm(podAffinityTerm, labels)
    for (const term of affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) mergeTerm(term, labels)
  }
  for (const { labelSelector, matchLabelKeys } of spec.topologySpreadConstraints ?? []) {
    if (labelSelector) mergeKeys(labelSelector, matchLabelKeys, 'In', labels)
  }
}

function profileOf(annotation: string): AppArmorProfile | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' }
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' }
  if (!annotation.startsWith('localhost/')) return undefined
  const profile = { type: 'Localhost', localhostProfile: annotation.slice('localhost/'.length) } as const
  return validateAppArmorProfile('', profile).length > 0 ? undefined : profile
}

/** AppArmor annotations still work: they become fields, with a warning. */
function appArmorFields(context: RequestContext, pod: Mutable<Pod>): void {
  if (pod.spec.os?.name === 'windows') return
  const ofPod = pod.spec.securityContext?.appArmorProfile
  for (const [, shared] of containersWithPath('', pod.spec)) {
    const container = shared as Mutable<typeof shared>
    const key = appArmorPrefix + container.name
    const annotation = ownValue(pod.metadata.annotations, key)
    if (annotation === undefined || container.securityContext?.appArmorProfile) continue
    const profile = profileOf(annotation)
    if (profile && sameMeaning('AppArmorProfile', profile, ofPod)) continue
    if (profile) container.securityContext = { ...container.securityContext, appArmorProfile: profile }
    context.warn(`metadata.annotations[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`)
  }
}

const gatedCondition = (nowMs: number): Mutable<PodCondition> => ({
  type: 'PodScheduled',
  status: 'False',
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
  lastTransitionTime: formatTime(nowMs),
})

export function prepareForCreate(context: RequestContext, pod: Mutable<Pod>): void {
  const gated = (pod.spec.schedulingGates?.length ?? 0) > 0
  // The quality of service of a pod without containers is asked for before its rules are checked.
  const counted = { spec: { ...pod.spec, containers: pod.spec.containers ?? [] } } as unknown as Pod
  pod.status = { phase: 'Pending', qosClass: podQos(counted), ...(gated ? { conditions: [gatedCondition(context.clock.now())] } : {}) }
  dropDisabledFields(pod.spec)
  mergeLabelKeys(pod)
  appArmorFields(context, pod)
}
