// What an owner of equal pods needs next. Nothing here awaits, reads a clock or touches the client.
import type { Pod } from '../../../api/core/v1.ts'
import { inDeletionOrder } from './deletion-order.ts'
import type { ReplicaOwner } from './owner.ts'

/** Pods created or deleted in one pass; upstream's burstReplicas. The next pass continues where this one stopped. */
const podsPerPassMax = 500

export type Plan = { readonly kind: 'create'; readonly count: number } | { readonly kind: 'delete'; readonly pods: readonly Pod[] } | { readonly kind: 'keep' }

export interface DecideInput {
  readonly owner: ReplicaOwner
  /** Controlled by `owner`; neither terminating nor Succeeded or Failed. */
  readonly pods: readonly Pod[]
  /** See {@link inDeletionOrder}. */
  readonly related: readonly Pod[]
  /** False while our own earlier creates and deletes are not yet visible in the cache. */
  readonly settled: boolean
  readonly nowMs: number
}

/** @see pkg/controller/replicaset/replica_set.go (manageReplicas) */
export function decide({ owner, pods, related, settled, nowMs }: DecideInput): Plan {
  if (!settled || owner.metadata.deletionTimestamp) return { kind: 'keep' }
  const missing = (owner.spec?.replicas ?? 1) - pods.length
  if (missing > 0) return { kind: 'create', count: Math.min(missing, podsPerPassMax) }
  if (missing < 0) return { kind: 'delete', pods: inDeletionOrder(pods, related, nowMs).slice(0, Math.min(-missing, podsPerPassMax)) }
  return { kind: 'keep' }
}
