// Counting each ended pod exactly once, though the controller may die between any two writes. A pod carries a finalizer until its
// uid stands in `status.uncountedTerminatedPods`; the uid stays there until the finalizer is gone; only then does the number in
// the status include it for good. Source: pkg/controller/job/job_controller.go (trackJobStatusAndRemoveFinalizers).
import type { Job } from '../../api/batch/v1.ts'
import type { Pod } from '../../api/core/v1.ts'
import { isPodTerminal, isPodTerminating } from '../../api/core/pod-status.ts'
import { meaningOf } from './failure-policy.ts'
import { failureCountOf, indexOf, parseIndexes, trackingFinalizer } from './indexes.ts'

export interface Tally {
  /** Counted for good. */
  readonly succeeded: number
  readonly failed: number
  readonly uncounted: { readonly succeeded: readonly string[]; readonly failed: readonly string[] }
  /** Only of Indexed jobs. */
  readonly completedIndexes: ReadonlySet<number>
  readonly failedIndexes: ReadonlySet<number>
  /** Pods to be freed of the finalizer once the status is written. */
  readonly unfinalize: readonly Pod[]
  /** Message of the rule that fails the job. */
  readonly failJob: string | undefined
}

export const isTracked = ({ metadata }: Pod): boolean => metadata.finalizers?.includes(trackingFinalizer) === true

/** Failed, or being deleted before it ended, unless the job waits for real failures only. */
export function isFailed(job: Job, pod: Pod): boolean {
  if (pod.status?.phase === 'Failed') return true
  const waits = job.spec?.podReplacementPolicy === 'Failed' || job.spec?.podFailurePolicy !== undefined
  return !waits && isPodTerminating(pod) && !isPodTerminal(pod)
}

export function tally(job: Job, pods: readonly Pod[]): Tally {
  const { status = {}, spec } = job
  const indexed = spec?.completionMode === 'Indexed'
  const completions = spec?.completions ?? 0
  const completedIndexes = parseIndexes(indexed ? status.completedIndexes : '', completions)
  const failedIndexes = parseIndexes(indexed ? status.failedIndexes : '', completions)
  const tracked = new Map(pods.filter(isTracked).map((pod) => [pod.metadata.uid, pod]))
  const waiting = (uids: readonly string[] = []) => uids.filter((uid) => tracked.has(uid))
  const before = { succeeded: status.uncountedTerminatedPods?.succeeded ?? [], failed: status.uncountedTerminatedPods?.failed ?? [] }
  const uncounted = { succeeded: waiting(before.succeeded), failed: waiting(before.failed) }
  const failed = (status.failed ?? 0) + before.failed.length - uncounted.failed.length
  const succeeded = (status.succeeded ?? 0) + before.succeeded.length - uncounted.succeeded.length
  const unfinalize = [...uncounted.succeeded, ...uncounted.failed].map((uid) => tracked.get(uid)!)
  let failJob: string | undefined
  for (const pod of tracked.values()) {
    const { uid } = pod.metadata
    if (uncounted.succeeded.includes(uid) || uncounted.failed.includes(uid)) continue
    const index = indexOf(pod)
    if (pod.status?.phase === 'Succeeded') {
      if (!indexed) uncounted.succeeded.push(uid)
      else if (index !== undefined && index < completions) completedIndexes.add(index)
    } else if (isFailed(job, pod)) {
      const { action, message } = meaningOf(job, pod)
      if (action === 'FailJob') failJob ??= message
      if (action !== 'Ignore') uncounted.failed.push(uid)
      const perIndex = spec?.backoffLimitPerIndex
      const exhausted = perIndex !== undefined && action !== 'Ignore' && (action === 'FailIndex' || failureCountOf(pod) >= perIndex)
      if (indexed && exhausted && index !== undefined && index < completions) failedIndexes.add(index)
    } else continue
    unfinalize.push(pod)
  }
  // An index that was completed by one pod and failed by another is complete.
  for (const index of completedIndexes) failedIndexes.delete(index)
  return { succeeded: indexed ? completedIndexes.size : succeeded, failed, uncounted, completedIndexes, failedIndexes, unfinalize, failJob }
}
