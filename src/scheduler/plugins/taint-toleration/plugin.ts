import { tolerates, untoleratedTaint } from '../../../api/core/tolerations.ts'
import { changed, normalizeToMax, type Plugin, unresolvable } from '../../framework/plugin.ts'

const keepsAway = ['NoSchedule', 'NoExecute'] as const

/** Hard taints refuse; each untolerated PreferNoSchedule taint costs score. */
export const taintToleration: Plugin = {
  name: 'TaintToleration',
  weight: 3,
  filter: (_, { pod }, { node }) =>
    untoleratedTaint(node.spec.taints, pod.spec.tolerations, keepsAway) ? unresolvable('node(s) had untolerated taint(s)') : undefined,
  preScore: (_, candidates) => (candidates.some((n) => n.node.spec.taints?.some((t) => t.effect === 'PreferNoSchedule')) ? undefined : 'skip'),
  score: (_, { pod }, { node }) =>
    (node.spec.taints ?? []).filter((taint) => taint.effect === 'PreferNoSchedule' && !pod.spec.tolerations?.some((t) => tolerates(t, taint))).length,
  normalize: (_, scores) => normalizeToMax(scores, { reverse: true }),
  helps(event, pod) {
    if (event.resource === 'TargetPod') return changed(event.old, event.pod, (p) => p.spec.tolerations)
    return event.resource === 'Node' && event.action !== 'delete' && !untoleratedTaint(event.node.spec.taints, pod.spec.tolerations, keepsAway)
  },
}
