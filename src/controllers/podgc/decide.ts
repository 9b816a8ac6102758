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
