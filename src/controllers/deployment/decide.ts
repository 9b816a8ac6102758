// What a Deployment needs next: one kind of step at a time; the next reconcile, woken by the step's effect, takes the next one.
// Source: pkg/controller/deployment/{rolling,recreate,sync}.go.
import type { Deployment, ReplicaSet } from '../../api/apps/v1.ts'
import { jsonEqual } from '../../apimachinery/json-equal.ts'
import { proportionally } from './proportion.ts'
import { annotation, byCreation, desiredAnnotation, findNew, newReplicaSetAnnotations, revisionOf, sizeAnnotations } from './revision.ts'
import { isComplete } from './status.ts'
import { type Resize, availableOf, isRolling, maxUnavailable, newReplicaSetSize, sizeOf, sum, wantedReplicas } from './sizes.ts'

export type Plan =
  | { readonly kind: 'keep' }
  /** Make the ReplicaSet of the current template. */
  | { readonly kind: 'create'; readonly replicas: number }
  /** Bring annotations and minReadySeconds of the current one up to date. */
  | { readonly kind: 'refresh'; readonly replicaSet: ReplicaSet }
  | { readonly kind: 'resize'; readonly steps: readonly Resize[] }
  /** Delete old ReplicaSets beyond the history limit. */
  | { readonly kind: 'prune'; readonly replicaSets: readonly ReplicaSet[] }

export interface DecideInput {
  readonly deployment: Deployment
  /** All that the Deployment controls. */
  readonly replicaSets: readonly ReplicaSet[]
  /** Pods of other than the current template that have not ended. Only needed for Recreate. */
  readonly oldPodsRunning: boolean
}

const keep: Plan = { kind: 'keep' }

export function decide({ deployment, replicaSets, oldPodsRunning }: DecideInput): Plan {
  if (deployment.metadata.deletionTimestamp) return keep
  const current = findNew(deployment, replicaSets)
  const old = replicaSets.filter((rs) => rs !== current).toSorted(byCreation)
  const refreshed = current && refresh(deployment, current, old)
  if (refreshed) return refreshed
  if (deployment.spec.paused) return firstOf(scale(deployment, current, old), prune(deployment, old))
  if (wasScaled(deployment, replicaSets)) return scale(deployment, current, old)
  const step = isRolling(deployment) ? rolling(deployment, current, old) : recreate(deployment, current, old, oldPodsRunning)
  return step.kind === 'keep' && isComplete(deployment, deployment.status ?? {}) ? prune(deployment, old) : step
}

const firstOf = (first: Plan, second: Plan): Plan => (first.kind === 'keep' ? second : first)

const isActive = (rs: ReplicaSet) => sizeOf(rs) > 0

function refresh(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): Plan | undefined {
  const annotations = newReplicaSetAnnotations(deployment, current, old)
  const { minReadySeconds = 0 } = deployment.spec
  if (jsonEqual(annotations, current.metadata.annotations ?? {}) && minReadySeconds === (current.spec.minReadySeconds ?? 0)) return undefined
  return { kind: 'refresh', replicaSet: { ...current, metadata: { ...current.metadata, annotations }, spec: { ...current.spec, minReadySeconds } } }
}

/** Somebody changed `replicas` since the ReplicaSets were sized. */
function wasScaled(deployment: Deployment, replicaSets: readonly ReplicaSet[]): boolean {
  return replicaSets.filter(isActive).some((rs) => {
    const desired = annotation(rs.metadata.annotations, desiredAnnotation)
    return desired !== undefined && Number(desired) !== wantedReplicas(deployment)
  })
}

/** Old pods go as new ones become available, within surge and unavailability. */
function rolling(deployment: Deployment, current: ReplicaSet | undefined, old: readonly ReplicaSet[]): Plan {
  if (!current) return { kind: 'create', replicas: newReplicaSetSize(deployment, 0, old) }
  const wanted = wantedReplicas(deployment)
  const size = sizeOf(current)
  const next = size > wanted ? wanted : newReplicaSetSize(deployment, size, old)
  if (next !== size) return { kind: 'resize', steps: [{ replicaSet: current, replicas: next }] }
  return shrinkOld(deployment, current, old.filter(isActive))
}

/**
 * First what is not available anyway, then as many available ones as can be spared. New pods that are not yet available count as
 * missing: with 10 wanted, 2 unavailable, 13 in all of which 5 new ones are not ready, 13 - 8 - 5 = 0 may go.
 */
function shrinkOld(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): Plan {
  const all = [...old, current]
  const minAvailable = wantedReplicas(deployment) - maxUnavailable(deployment)
  const spare = sum(all, sizeOf) - minAvailable - (sizeOf(current) - availableOf(current))
  if (spare <= 0) return keep
  const sizes = new Map(old.map((rs) => [rs, sizeOf(rs)]))
  let unhealthyLeft = spare
  for (const rs of old) {
    const unhealthy = Math.min(unhealthyLeft, Math.max(0, sizeOf(rs) - availableOf(rs)))
    sizes.set(rs, sizeOf(rs) - unhealthy)
    unhealthyLeft -= unhealthy
  }
  let availableLeft = sum(all, availableOf) - minAvailable
  for (const rs of old) {
    const removed = Math.min(sizes.get(rs)!, Math.max(0, availableLeft))
    sizes.set(rs, sizes.get(rs)! - removed)
    availableLeft -= removed
  }
  return resize(Array.from(sizes, ([replicaSet, replicas]) => ({ replicaSet, replicas })))
}

/** Never old and new pods together. */
function recreate(deployment: Deployment, current: ReplicaSet | undefined, old: readonly ReplicaSet[], oldPodsRunning: boolean): Plan {
  const active = old.filter(isActive)
  if (active.length) return resize(active.map((replicaSet) => ({ replicaSet, replicas: 0 })))
  if (oldPodsRunning || old.some((rs) => (rs.status?.replicas ?? 0) > 0)) return keep
  const wanted = wantedReplicas(deployment)
  return current ? resize([{ replicaSet: current, replicas: wanted }]) : { kind: 'create', replicas: wanted }
}

/** Follows a change of `replicas` while paused or amid a rollout. */
function scale(deployment: Deployment, current: ReplicaSet | undefined, old: readonly ReplicaSet[]): Plan {
  const wanted = wantedReplicas(deployment)
  const all = current ? [...old, current] : old
  const active = all.filter(isActive)
  const only = active.length === 1 ? active[0] : active.length === 0 ? (current ?? old.at(-1)) : undefined
  if (only) return resize([{ replicaSet: only, replicas: wanted }], deployment)
  if (current && isSaturated(deployment, current)) return resize(old.filter(isActive).map((replicaSet) => ({ replicaSet, replicas: 0 })))
  return isRolling(deployment) ? resize(proportionally(deployment, active), deployment) : keep
}

/** The current ReplicaSet alone does it all. */
function isSaturated(deployment: Deployment, current: ReplicaSet): boolean {
  const wanted = wantedReplicas(deployment)
  const desired = annotation(current.metadata.annotations, desiredAnnotation)
  return sizeOf(current) === wanted && Number(desired) === wanted && availableOf(current) === wanted
}

/** @param deployment given: ReplicaSets whose size annotations are outdated are included also when their size is right */
function resize(steps: readonly Resize[], deployment?: Deployment): Plan {
  const outdated = ({ metadata }: ReplicaSet) =>
    deployment !== undefined && Object.entries(sizeAnnotations(deployment)).some(([key, value]) => annotation(metadata.annotations, key) !== value)
  const needed = steps.filter(({ replicaSet, replicas }) => sizeOf(replicaSet) !== replicas || outdated(replicaSet))
  return needed.length ? { kind: 'resize', steps: needed } : keep
}

function prune(deployment: Deployment, old: readonly ReplicaSet[]): Plan {
  const limit = deployment.spec.revisionHistoryLimit ?? 10
  const alive = old.filter((rs) => !rs.metadata.deletionTimestamp).toSorted((a, b) => revisionOf(a) - revisionOf(b) || byCreation(a, b))
  const isUnused = ({ spec, status, metadata }: ReplicaSet) =>
    spec.replicas === 0 && (status?.replicas ?? 0) === 0 && (metadata.generation ?? 0) <= (status?.observedGeneration ?? 0)
  const surplus = alive.slice(0, Math.max(0, alive.length - limit)).filter(isUnused)
  return surplus.length ? { kind: 'prune', replicaSets: surplus } : keep
}
