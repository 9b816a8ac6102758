// Scaling amid a rollout: every ReplicaSet gets its share of the change, so that the risk stays spread as it was.
// Source: pkg/controller/deployment/sync.go (scale), util/deployment_util.go (GetReplicaSetProportion).
import type { Deployment, ReplicaSet } from '../../api/apps/v1.ts'
import { annotation, byCreation, maxAnnotation } from './revision.ts'
import { type Resize, maxSurge, sizeOf, sum, wantedReplicas } from './sizes.ts'

/**
 * Worked example: 10 wanted, surge 3, so 13 pods: 8 old, 5 new. Scaled to 30: 33 allowed, 20 to add. The old one gets
 * 8 * 33 / 13 = 20 (+12), the new one 5 * 33 / 13 = 13 (+8).
 * @param active ReplicaSets with replicas, more than one
 */
export function proportionally(deployment: Deployment, active: readonly ReplicaSet[]): readonly Resize[] {
  const wanted = wantedReplicas(deployment)
  const allowed = wanted > 0 ? wanted + maxSurge(deployment) : 0
  const toAdd = allowed - sum(active, sizeOf)
  // The largest first, since it takes what rounding leaves; of equals the newer grows first and the older shrinks first.
  const sign = toAdd > 0 ? -1 : 1
  const ordered = active.toSorted((a, b) => sizeOf(b) - sizeOf(a) || sign * byCreation(a, b))
  let added = 0
  const steps = ordered.map((replicaSet) => {
    const share = shareOf(replicaSet, deployment, toAdd - added)
    added += share
    return { replicaSet, replicas: sizeOf(replicaSet) + share }
  })
  const [largest, ...others] = steps
  return largest ? [{ ...largest, replicas: Math.max(0, largest.replicas + toAdd - added) }, ...others] : []
}

/** @param left what may still be added (or, below zero, removed) */
function shareOf(replicaSet: ReplicaSet, deployment: Deployment, left: number): number {
  if (left === 0) return 0
  const fraction = fractionOf(replicaSet, deployment)
  return left > 0 ? Math.min(fraction, left) : Math.max(fraction, left)
}

function fractionOf(replicaSet: ReplicaSet, deployment: Deployment): number {
  const size = sizeOf(replicaSet)
  if (wantedReplicas(deployment) === 0) return -size
  const before = Number(annotation(replicaSet.metadata.annotations, maxAnnotation) ?? 0) || deployment.status?.replicas
  if (!before) return 0
  return Math.round((size * (wantedReplicas(deployment) + maxSurge(deployment))) / before) - size
}
