// Where a DaemonSet's pods belong. Source: pkg/controller/daemon/daemon_controller.go (NodeShouldRunDaemonPod), util/daemonset_util.go.
import type { DaemonSet } from '../../api/apps/v1.ts'
import { nodeAllowedByAffinity } from '../../api/core/node-affinity.ts'
import { untoleratedTaint } from '../../api/core/tolerations.ts'
import type { Node, Pod, PodSpec, Toleration } from '../../api/core/v1.ts'
import type { New } from '../../api/object.ts'
import { revisionHashLabel } from '../framework/history.ts'
import { podFromTemplate } from '../framework/pod-from-template.ts'

/** A daemon runs on nodes that are in trouble too. */
const taintsEndured: readonly { readonly key: string; readonly effect: 'NoExecute' | 'NoSchedule' }[] = [
  { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
]
const networkUnavailable = { key: 'node.kubernetes.io/network-unavailable', effect: 'NoSchedule' } as const

function tolerationsOf(spec: PodSpec): readonly Toleration[] {
  const endured = spec.hostNetwork ? [...taintsEndured, networkUnavailable] : taintsEndured
  const own = endured.map(({ key, effect }): Toleration => ({ key, effect, operator: 'Exists' }))
  const others = (spec.tolerations ?? []).filter(
    (each) => !own.some((mine) => mine.key === each.key && mine.effect === each.effect && each.operator === 'Exists'),
  )
  return [...others, ...own]
}

/** `run`: a pod belongs here. `stay`: one that is here may stay, though none would be put here. */
export function placement(daemonSet: DaemonSet, node: Node): { readonly run: boolean; readonly stay: boolean } {
  const spec = daemonSet.spec.template.spec!
  if (spec.nodeName && spec.nodeName !== node.metadata.name) return { run: false, stay: false }
  if (!nodeAllowedByAffinity({ spec } as Pod, node)) return { run: false, stay: false }
  const tolerations = tolerationsOf(spec)
  const taints = node.spec?.taints
  if (!untoleratedTaint(taints, tolerations, ['NoExecute', 'NoSchedule'])) return { run: true, stay: true }
  return { run: false, stay: !untoleratedTaint(taints, tolerations, ['NoExecute']) }
}

/** The pod for one node: bound to it by affinity, so that the scheduler places it like any other. */
export function podFor(daemonSet: DaemonSet, nodeName: string, hash: string): New<Pod> {
  const pod = podFromTemplate(daemonSet, daemonSet.spec.template)
  const spec = pod.spec as PodSpec
  const field = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] }
  // Replaces the template's own terms: placement has found that they allow this node.
  const required = { nodeSelectorTerms: [field] }
  const affinity = { ...spec.affinity, nodeAffinity: { ...spec.affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: required } }
  return {
    ...pod,
    metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, [revisionHashLabel]: hash } },
    spec: { ...spec, affinity, tolerations: tolerationsOf(spec) },
  } as New<Pod>
}

/** The node a pod is on, or is meant for while the scheduler has not seen it. */
export function targetNode({ spec }: Pod): string | undefined {
  if (spec.nodeName) return spec.nodeName
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  return terms.flatMap((term) => term.matchFields ?? []).find(({ key, operator }) => key === 'metadata.name' && operator === 'In')?.values?.[0]
}
