// Which pods go first when there are too many: those whose loss costs least.
// Source: pkg/controller/controller_utils.go (ActivePodsWithRanks).
import type { Pod } from '../../../api/core/v1.ts'
import { isPodReady, podCondition } from '../../../api/core/pod-status.ts'

const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost'

const phaseOrder = new Map([
  ['Pending', 0],
  ['Unknown', 1],
  ['Running', 2],
])

/**
 * @param related pods of all owners of the same parent (a Deployment's ReplicaSets): a node with many of them can spare one
 * @returns the same pods, those to be deleted first in front
 */
export function inDeletionOrder(pods: readonly Pod[], related: readonly Pod[], nowMs: number): readonly Pod[] {
  const perNode = Map.groupBy(related, (pod) => pod.spec.nodeName ?? '')
  const neighbours = (pod: Pod) => perNode.get(pod.spec.nodeName ?? '')?.length ?? 0
  return pods.toSorted(
    (a, b) =>
      Number(Boolean(a.spec.nodeName)) - Number(Boolean(b.spec.nodeName)) ||
      phase(a) - phase(b) ||
      Number(isPodReady(a)) - Number(isPodReady(b)) ||
      deletionCost(a) - deletionCost(b) ||
      neighbours(b) - neighbours(a) ||
      byAge(readySince(a), readySince(b), nowMs) ||
      restarts(b) - restarts(a) ||
      byAge(a.metadata.creationTimestamp, b.metadata.creationTimestamp, nowMs) ||
      compareText(a.metadata.uid, b.metadata.uid),
  )
}

const phase = (pod: Pod) => phaseOrder.get(pod.status?.phase ?? '') ?? 0

function deletionCost({ metadata: { annotations } }: Pod): number {
  const text = annotations && Object.hasOwn(annotations, deletionCostAnnotation) ? annotations[deletionCostAnnotation]! : '0'
  return /^-?(0|[1-9]\d*)$/.test(text) ? Number(text) : 0
}

const readySince = (pod: Pod) => (isPodReady(pod) ? podCondition(pod, 'Ready')?.lastTransitionTime : undefined)

const restarts = ({ status }: Pod) => Math.max(0, ...(status?.containerStatuses ?? []).map((container) => container.restartCount))

/**
 * Younger first, but ages count by their logarithm only: among pods of about the same age chance (the uid) decides, so that
 * scaling down does not always hit the newest zone. A missing time counts as youngest.
 */
function byAge(a: string | undefined, b: string | undefined, nowMs: number): number {
  if (a === b) return 0
  if (!a || !b) return a ? 1 : -1
  const magnitude = (time: string) => Math.floor(Math.log2(Math.max(1, nowMs - Date.parse(time))))
  return magnitude(a) - magnitude(b)
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
