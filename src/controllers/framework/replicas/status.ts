import type { ReplicaSetCondition } from '../../../api/apps/v1.ts'
import type { Pod } from '../../../api/core/v1.ts'
import { availableInMs, isPodReady } from '../../../api/core/pod-status.ts'
import { selectorFromSet } from '../../../apimachinery/labels/selector.ts'
import { formatTime } from '../../../util/clock.ts'
import type { Plan } from './decide.ts'
import type { ReplicaOwner, ReplicasStatus } from './owner.ts'

export interface StatusInput {
  readonly owner: ReplicaOwner
  readonly pods: readonly Pod[]
  /** Owned pods that are being deleted and still there. */
  readonly terminating: readonly Pod[]
  readonly plan: Plan
  /** Why the plan could not be carried out. */
  readonly failure: Error | undefined
  readonly nowMs: number
}

/** @see pkg/controller/replicaset/replica_set_utils.go (calculateStatus) */
export function statusOf({ owner, pods, terminating, plan, failure, nowMs }: StatusInput): ReplicasStatus {
  const { minReadySeconds = 0, template } = owner.spec ?? {}
  const labels = selectorFromSet(template?.metadata?.labels)
  const ready = pods.filter(isPodReady)
  return {
    ...owner.status,
    replicas: pods.length,
    fullyLabeledReplicas: pods.filter((pod) => labels.matches(pod.metadata.labels)).length,
    readyReplicas: ready.length,
    availableReplicas: ready.filter((pod) => availableInMs(pod, minReadySeconds, nowMs) === 0).length,
    ...(owner.kind === 'ReplicaSet' ? { terminatingReplicas: terminating.length } : {}),
    observedGeneration: owner.metadata.generation ?? 0,
    conditions: conditionsOf(owner.status?.conditions ?? [], plan, failure, nowMs),
  }
}

function conditionsOf(old: readonly ReplicaSetCondition[], plan: Plan, failure: Error | undefined, nowMs: number): readonly ReplicaSetCondition[] {
  const others = old.filter((condition) => condition.type !== 'ReplicaFailure')
  const known = old.find((condition) => condition.type === 'ReplicaFailure')
  if (failure === undefined) return others
  if (known) return old
  const reason = plan.kind === 'delete' ? 'FailedDelete' : 'FailedCreate'
  return [...others, { type: 'ReplicaFailure', status: 'True', lastTransitionTime: formatTime(nowMs), reason, message: failure.message }]
}

/** When the first ready pod becomes available; undefined when none is waiting for that. */
export function nextAvailableInMs(owner: ReplicaOwner, pods: readonly Pod[], nowMs: number): number | undefined {
  const waits = pods.map((pod) => availableInMs(pod, owner.spec?.minReadySeconds ?? 0, nowMs)).filter((ms) => ms !== undefined && ms > 0) as number[]
  return waits.length ? Math.min(...waits) : undefined
}
