import { tolerates } from '../../../api/core/tolerations.ts'
import type { Taint } from '../../../api/core/v1.ts'
import { changed, type Plugin, unresolvable } from '../../framework/plugin.ts'

const unschedulableTaint: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }

/** Cordoned nodes take only pods that tolerate it (daemons). */
export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  filter(_, { pod }, { node }) {
    if (!node.spec.unschedulable) return undefined
    return pod.spec.tolerations?.some((t) => tolerates(t, unschedulableTaint)) ? undefined : unresolvable('node(s) were unschedulable')
  },
  helps(event) {
    if (event.resource === 'TargetPod') return true
    return (
      event.resource === 'Node' &&
      event.action !== 'delete' &&
      !event.node.spec.unschedulable &&
      changed(event.old, event.node, (n) => n.spec.unschedulable ?? false)
    )
  },
}
