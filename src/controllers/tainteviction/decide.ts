// How long a pod may stay on a node with NoExecute taints. Source: pkg/controller/tainteviction/taint_eviction.go.
import { tolerates } from '../../api/core/tolerations.ts'
import type { Taint, Toleration } from '../../api/core/v1.ts'

/** @returns 0: not at all; Infinity: for good */
export function toleratedMs(taints: readonly Taint[], tolerations: readonly Toleration[]): number {
  const evicting = taints.filter(({ effect }) => effect === 'NoExecute')
  const used = evicting.map((taint) => tolerations.filter((toleration) => tolerates(toleration, taint)))
  if (used.some((matching) => matching.length === 0)) return 0
  const seconds = used.flat().map(({ tolerationSeconds }) => (tolerationSeconds === undefined ? Infinity : Math.max(0, tolerationSeconds)))
  return Math.min(Infinity, ...seconds) * 1000
}
