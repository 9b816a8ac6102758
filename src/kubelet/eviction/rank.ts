// Who has to go when the node runs short. Pure. Source: Kubernetes 1.36 pkg/kubelet/eviction/helpers.go (rankMemoryPressure).

import type { Pod } from '../../api/core/v1.ts'
import { value } from '../runtime/quantities.ts'
import { total } from '../runtime/pod-resources.ts'

/** system-cluster-critical and above are never evicted. */
const criticalPriority = 2_000_000_000

/** Pods over their request first, then the less important, then those that exceed their request by more. */
export function rankByMemory(pods: readonly Pod[], usedBytes: (uid: string) => number): Pod[] {
  const excess = new Map(pods.map((pod) => [pod, usedBytes(pod.metadata.uid) - memoryRequest(pod)]))
  const priority = ({ spec }: Pod) => spec.priority ?? 0
  return pods
    .filter((pod) => priority(pod) < criticalPriority)
    .toSorted((a, b) => Number(excess.get(b)! > 0) - Number(excess.get(a)! > 0) || priority(a) - priority(b) || excess.get(b)! - excess.get(a)!)
}

export function memoryRequest(pod: Pod): number {
  const own = pod.spec.resources?.requests?.['memory']
  if (own !== undefined) return value(own)
  return total(pod, ({ resources }) => (resources?.requests?.['memory'] === undefined ? 0 : value(resources.requests['memory']))) ?? 0
}
