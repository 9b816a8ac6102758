// How many pods a rollout may have more, and less, than wanted. Source: pkg/controller/deployment/util/deployment_util.go.
import type { Deployment, ReplicaSet } from '../../api/apps/v1.ts'
import { scaled } from '../framework/int-or-percent.ts'

/** A ReplicaSet and the size it is to have. */
export interface Resize {
  readonly replicaSet: ReplicaSet
  readonly replicas: number
}

export const isRolling = ({ spec }: Deployment): boolean => (spec.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate'

export const wantedReplicas = ({ spec }: Deployment): number => spec.replicas ?? 1

export const sizeOf = ({ spec }: ReplicaSet): number => spec.replicas ?? 1

export const availableOf = ({ status }: ReplicaSet): number => status?.availableReplicas ?? 0

export const sum = (replicaSets: readonly ReplicaSet[], of: (rs: ReplicaSet) => number): number => replicaSets.reduce((total, rs) => total + of(rs), 0)

/** Shares of the surge are rounded up, of unavailability down; when both come out as 0, one pod may be unavailable, or nothing could ever move. */
function fenceposts(deployment: Deployment): { surge: number; unavailable: number } {
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {}
  const replicas = wantedReplicas(deployment)
  const surge = scaled(maxSurge, replicas, 'up')
  const unavailable = scaled(maxUnavailable, replicas, 'down')
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable }
}

export function maxSurge(deployment: Deployment): number {
  return isRolling(deployment) ? fenceposts(deployment).surge : 0
}

export function maxUnavailable(deployment: Deployment): number {
  const replicas = wantedReplicas(deployment)
  return isRolling(deployment) && replicas > 0 ? Math.min(fenceposts(deployment).unavailable, replicas) : 0
}

/** Size that the current ReplicaSet (now of `size`) may have next to the others: never above wanted + surge in all. */
export function newReplicaSetSize(deployment: Deployment, size: number, others: readonly ReplicaSet[]): number {
  const wanted = wantedReplicas(deployment)
  if (!isRolling(deployment)) return wanted
  const room = wanted + maxSurge(deployment) - size - sum(others, sizeOf)
  return room <= 0 ? size : size + Math.min(room, wanted - size)
}
