// What a StatefulSet does next. One rule above all: no two pods ever have the same number, so a number is only given again when the
// pod that had it is gone from the API. With OrderedReady one step is taken at a time, and none past a pod that is not healthy.
// Source: pkg/controller/statefulset/stateful_set_control.go.
import type { StatefulSet, StatefulSetStatus } from '../../api/apps/v1.ts'
import { isPodAvailable, isPodReady, isPodTerminal, isPodTerminating } from '../../api/core/pod-status.ts'
import type { Pod } from '../../api/core/v1.ts'
import { ordinalOf, revisionOf } from './identity.ts'

export interface World {
  readonly set: StatefulSet
  /** Controlled by the set. */
  readonly pods: readonly Pod[]
  /** Names of the revisions that pods had before, and are to have. */
  readonly currentRevision: string
  readonly updateRevision: string
  readonly nowMs: number
}

export interface Plan {
  readonly create: readonly { readonly ordinal: number; readonly revision: string }[]
  readonly remove: readonly { readonly pod: Pod; readonly why: 'ended' | 'scale down' | 'update' }[]
}

const nothing: Plan = { create: [], remove: [] }

export function decide(world: World): Plan {
  const { set } = world
  if (set.metadata.deletionTimestamp) return nothing
  return (set.spec.podManagementPolicy === 'Parallel' ? parallel(world) : ordered(world)) ?? update(world)
}

/** The numbers that should be there, and their pods. */
function replicasOf({ set, pods }: World): readonly { readonly ordinal: number; readonly pod: Pod | undefined }[] {
  const start = set.spec.ordinals?.start ?? 0
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod.metadata.name), pod]))
  return Array.from({ length: set.spec.replicas ?? 1 }, (_, index) => ({ ordinal: start + index, pod: byOrdinal.get(start + index) }))
}

/** Pods whose numbers are no longer wanted, highest first. */
function condemnedOf({ set, pods }: World): readonly Pod[] {
  const start = set.spec.ordinals?.start ?? 0
  const end = start + (set.spec.replicas ?? 1)
  const ordinal = (pod: Pod) => ordinalOf(set, pod.metadata.name) ?? -1
  return pods.filter((pod) => ordinal(pod) < start || ordinal(pod) >= end).toSorted((a, b) => ordinal(b) - ordinal(a))
}

const isHealthy = ({ set, nowMs }: World, pod: Pod) =>
  pod.status?.phase === 'Running' && !isPodTerminating(pod) && isPodReady(pod) && isPodAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs)

/** Pods below the partition keep the revision they had. */
function revisionFor({ set, currentRevision, updateRevision }: World, ordinal: number): string {
  const { type = 'RollingUpdate', rollingUpdate } = set.spec.updateStrategy ?? {}
  const start = set.spec.ordinals?.start ?? 0
  const keep = rollingUpdate ? (rollingUpdate.partition ?? 0) : (set.status?.currentReplicas ?? 0)
  return type === 'RollingUpdate' && ordinal < start + keep ? currentRevision : updateRevision
}

/** @returns undefined when every wanted pod is there and healthy, and no other */
function ordered(world: World): Plan | undefined {
  for (const { ordinal, pod } of replicasOf(world)) {
    if (!pod) return { create: [{ ordinal, revision: revisionFor(world, ordinal) }], remove: [] }
    if (isPodTerminal(pod) && !isPodTerminating(pod)) return { create: [], remove: [{ pod, why: 'ended' }] }
    if (!isHealthy(world, pod)) return nothing
  }
  const [last] = condemnedOf(world)
  if (!last) return undefined
  if (isPodTerminating(last)) return nothing
  // An unhealthy pod is not passed by, but the first unhealthy one may itself be the one to go.
  const lowest = condemnedOf(world)
    .toReversed()
    .find((pod) => !isHealthy(world, pod))
  if (!isHealthy(world, last) && last !== lowest) return nothing
  return { create: [], remove: [{ pod: last, why: 'scale down' }] }
}

function parallel(world: World): Plan | undefined {
  const replicas = replicasOf(world)
  const plan: Plan = {
    create: replicas.filter(({ pod }) => !pod).map(({ ordinal }) => ({ ordinal, revision: revisionFor(world, ordinal) })),
    remove: [
      ...replicas.flatMap(({ pod }) => (pod && isPodTerminal(pod) && !isPodTerminating(pod) ? [{ pod, why: 'ended' as const }] : [])),
      ...condemnedOf(world)
        .filter((pod) => !isPodTerminating(pod))
        .map((pod) => ({ pod, why: 'scale down' as const })),
    ],
  }
  return plan.create.length || plan.remove.length ? plan : undefined
}

/** From the highest number down to the partition, one at a time, waiting for each to be healthy again. */
function update(world: World): Plan {
  const { set, updateRevision } = world
  if (set.spec.updateStrategy?.type === 'OnDelete') return nothing
  const replicas = replicasOf(world)
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0
  for (const { pod } of replicas.slice(partition).toReversed()) {
    if (!pod) return nothing
    if (revisionOf(pod) !== updateRevision && !isPodTerminating(pod)) return { create: [], remove: [{ pod, why: 'update' }] }
    if (!isHealthy(world, pod)) return nothing
  }
  return nothing
}

export function statusOf(world: World, collisionCount: number | undefined): StatefulSetStatus {
  const { set, pods, currentRevision, updateRevision, nowMs } = world
  const created = pods.filter((pod) => pod.status?.phase)
  const living = created.filter((pod) => !isPodTerminating(pod))
  const ready = created.filter((pod) => pod.status?.phase === 'Running' && isPodReady(pod))
  const of = (revision: string) => living.filter((pod) => revisionOf(pod) === revision).length
  const status: StatefulSetStatus = {
    ...set.status,
    observedGeneration: set.metadata.generation ?? 0,
    replicas: created.length,
    readyReplicas: ready.length,
    availableReplicas: ready.filter((pod) => isPodAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs)).length,
    currentReplicas: of(currentRevision),
    updatedReplicas: of(updateRevision),
    currentRevision,
    updateRevision,
    ...(collisionCount === undefined ? {} : { collisionCount }),
  }
  const complete = status.updatedReplicas === status.replicas && status.readyReplicas === status.replicas && status.replicas === (set.spec.replicas ?? 1)
  const rolling = (set.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate'
  return complete && rolling ? { ...status, currentReplicas: status.updatedReplicas ?? 0, currentRevision: updateRevision } : status
}
