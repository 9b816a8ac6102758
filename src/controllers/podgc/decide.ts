// Pods that no kubelet will ever clean up. Source: pkg/controller/podgc/gc_controller.go.
import type { Pod } from '../../api/core/v1.ts'
import { isPodTerminal, isPodTerminating } from '../../api/core/pod-status.ts'

/** A node that has just been made may not be in the cache yet. Upstream's quarantine. */
const quarantineMs = 40_000

export type Verdict =
  | { readonly kind: 'keep' }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'delete'; readonly why: 'unscheduled' | 'orphaned'; readonly markFailed: boolean }

/** @param missingMs since when the pod's node is not in the cache; undefined: it is there */
export function decide(pod: Pod, missingMs: number | undefined): Verdict {
  if (!pod.spec.nodeName) return isPodTerminating(pod) ? { kind: 'delete', why: 'unscheduled', markFailed: !isPodTerminal(pod) } : { kind: 'keep' }
  if (missingMs === undefined) return { kind: 'keep' }
  if (missingMs < quarantineMs) return { kind: 'wait', ms: quarantineMs - missingMs }
  return { kind: 'delete', why: 'orphaned', markFailed: !isPodTerminal(pod) }
}

/** Not waiting, not running: as upstream counts them, which is by phase alone. */
export const hasEnded = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed'

const isEvicted = ({ status }: Pod) => status?.phase === 'Failed' && status.reason === 'Evicted'

/**
 * Pods to be deleted so that no more than `max` remain of those that have ended: evicted ones first, then the oldest.
 * @param max 0 or less: all may stay
 */
export function excessEnded(pods: readonly Pod[], max: number): readonly Pod[] {
  if (max <= 0 || pods.length <= max) return []
  const created = (pod: Pod) => Date.parse(pod.metadata.creationTimestamp ?? '') || 0
  const order = (a: Pod, b: Pod) => Number(isEvicted(b)) - Number(isEvicted(a)) || created(a) - created(b) || (a.metadata.name < b.metadata.name ? -1 : 1)
  return pods.toSorted(order).slice(0, pods.length - max)
}
