// How many pods of a budget may go now. Source: pkg/controller/disruption/disruption.go.
import { isPodReady, isPodTerminating } from '../../api/core/pod-status.ts'
import type { Pod } from '../../api/core/v1.ts'
import type { Condition } from '../../api/meta/v1.ts'
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../api/policy/v1.ts'
import { formatTime } from '../../util/clock.ts'
import { scaled } from '../framework/int-or-percent.ts'

/** A pod that the eviction API let go counts as gone this long; if it is still there then, it counts again. Upstream's value. */
export const deletionTimeoutMs = 2 * 60_000

export interface Goal {
  /** Pods that there should be. */
  readonly expectedPods: number
  /** Of them, how many must be healthy. */
  readonly desiredHealthy: number
}

/** Whether the goal is a share of what the pods' controllers want, and not of the pods that there are. */
export const needsScale = ({ spec }: PodDisruptionBudget): boolean => spec.maxUnavailable !== undefined || typeof spec.minAvailable === 'string'

/** @param total of pods wanted by controllers if {@link needsScale}, else of pods that match */
export function goalOf({ spec: { maxUnavailable, minAvailable } }: PodDisruptionBudget, total: number): Goal {
  if (maxUnavailable !== undefined) return { expectedPods: total, desiredHealthy: Math.max(0, total - scaled(maxUnavailable, total, 'up')) }
  if (minAvailable !== undefined) return { expectedPods: total, desiredHealthy: scaled(minAvailable, total, 'up') }
  return { expectedPods: 0, desiredHealthy: 0 }
}

export interface Decision {
  readonly status: PodDisruptionBudgetStatus
  /** When a pod that was let go begins to count again. */
  readonly recheckMs?: number
  /** Were let go, and have not gone. */
  readonly notDeleted: readonly Pod[]
}

/** @param pods that the budget selects */
export function decide(budget: PodDisruptionBudget, pods: readonly Pod[], { expectedPods, desiredHealthy }: Goal, nowMs: number): Decision {
  const letGo = new Map(Object.entries(budget.status?.disruptedPods ?? {}))
  const disrupted: [string, string][] = []
  const notDeleted: Pod[] = []
  let recheckMs: number | undefined
  let currentHealthy = 0
  for (const pod of pods) {
    if (isPodTerminating(pod)) continue
    const since = letGo.get(pod.metadata.name)
    const leftMs = since === undefined ? undefined : Date.parse(since) + deletionTimeoutMs - nowMs
    if (leftMs !== undefined && leftMs > 0) {
      disrupted.push([pod.metadata.name, since!])
      recheckMs = Math.min(recheckMs ?? Infinity, leftMs)
      continue
    }
    if (leftMs !== undefined) notDeleted.push(pod)
    if (isPodReady(pod)) currentHealthy++
  }
  // Nothing expected: nothing allowed, so that the first pods are safe before they have been looked at.
  const disruptionsAllowed = expectedPods > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0
  const observedGeneration = budget.metadata.generation ?? 0
  const verdict =
    disruptionsAllowed > 0
      ? ({ status: 'True', reason: 'SufficientPods', message: '' } as const)
      : ({ status: 'False', reason: 'InsufficientPods', message: '' } as const)
  const status: PodDisruptionBudgetStatus = {
    observedGeneration,
    ...(disrupted.length ? { disruptedPods: Object.fromEntries(disrupted) } : {}),
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    conditions: withCondition(budget, { ...verdict, observedGeneration }, nowMs),
  }
  return { status, notDeleted, ...(recheckMs === undefined ? {} : { recheckMs }) }
}

/** When nothing could be found out, nothing may be disrupted. */
export function failSafe(budget: PodDisruptionBudget, error: Error, nowMs: number): PodDisruptionBudgetStatus {
  const { observedGeneration = 0, currentHealthy = 0, desiredHealthy = 0, expectedPods = 0 } = budget.status ?? {}
  const condition = { status: 'False', reason: 'SyncFailed', message: error.message, observedGeneration } as const
  const conditions = withCondition(budget, condition, nowMs)
  return { ...budget.status, observedGeneration, currentHealthy, desiredHealthy, expectedPods, disruptionsAllowed: 0, conditions }
}

const conditionType = 'DisruptionAllowed'

/** The budget's conditions with ours brought up to date. Its time changes only with its status. */
function withCondition(
  { status }: PodDisruptionBudget,
  now: Pick<Condition, 'status' | 'reason' | 'message' | 'observedGeneration'>,
  nowMs: number,
): readonly Condition[] {
  const before = status?.conditions ?? []
  const known = before.find(({ type }) => type === conditionType)
  const lastTransitionTime = known?.status === now.status ? known.lastTransitionTime : formatTime(nowMs)
  const condition: Condition = { type: conditionType, ...now, lastTransitionTime }
  return known ? before.map((each) => (each === known ? condition : each)) : [...before, condition]
}
