// What a job does next. Source: pkg/controller/job/{job_controller,success_policy,backoff_utils}.go.
import type { Job, JobCondition, JobStatus } from '../../api/batch/v1.ts'
import { isPodActive, isPodReady, isPodTerminal, isPodTerminating } from '../../api/core/pod-status.ts'
import type { Pod } from '../../api/core/v1.ts'
import { formatTime } from '../../util/clock.ts'
import { type Creation, failureCountOf, formatIndexes, indexOf, parseIndexes } from './indexes.ts'
import { type Tally, isFailed, isTracked, tally } from './tally.ts'

/** Pods created or deleted in one pass. Upstream's value. */
const podsPerPassMax = 500
/** Wait after a failure, doubling with each in a row (DefaultJobPodFailureBackOff, MaxJobPodFailureBackOff). */
const backoffMsInitial = 10_000
const backoffMsMax = 600_000

export interface World {
  readonly job: Job
  /** Controlled by the job. */
  readonly pods: readonly Pod[]
  /** False while own creations and deletions are not yet visible in the cache. */
  readonly settled: boolean
  readonly nowMs: number
}

export interface Plan {
  readonly status: JobStatus
  /** After the status is written. */
  readonly unfinalize: readonly Pod[]
  readonly create: readonly Creation[]
  /** Freed of the finalizer and deleted: they do not count. */
  readonly remove: readonly Pod[]
  readonly requeueMs: number | undefined
}

/** How the job ends, once its pods have. */
interface Ending {
  readonly type: 'Complete' | 'Failed'
  readonly reason: string
  readonly message: string
}

export const isFinished = ({ status }: Job): boolean =>
  status?.conditions?.some(({ type, status: value }) => (type === 'Complete' || type === 'Failed') && value === 'True') === true

export function decide(world: World): Plan {
  const { job, pods, nowMs } = world
  const status = job.status ?? {}
  const tracked = pods.filter(isTracked)
  if (isFinished(job) || job.metadata.deletionTimestamp) return { status, unfinalize: tracked, create: [], remove: [], requeueMs: undefined }
  const counts = tally(job, pods)
  const active = pods.filter(isPodActive)
  const ending = endingOf(world, counts, active)
  const suspended = job.spec?.suspend === true
  const started = status.startTime === undefined && !suspended && !ending ? { startTime: formatTime(nowMs) } : {}
  const { create, remove, requeueMs } =
    ending || suspended ? { create: [], remove: world.settled ? active : [], requeueMs: undefined } : podsPlan(world, counts, active)
  const terminating = pods.filter((pod) => isPodTerminating(pod) && !isPodTerminal(pod)).length
  const over =
    ending && tracked.length === 0 && active.length === 0 && terminating === 0 && counts.uncounted.failed.length + counts.uncounted.succeeded.length === 0
  const conditions = conditionsOf(world, ending, over === true)
  return {
    status: {
      ...withoutOutdated(status, suspended && !ending),
      ...started,
      ...(over && ending.type === 'Complete' ? { completionTime: formatTime(nowMs) } : {}),
      active: active.length - remove.length + create.length,
      ready: active.filter((pod) => isPodReady(pod) && !remove.includes(pod)).length,
      terminating,
      succeeded: counts.succeeded,
      failed: counts.failed,
      uncountedTerminatedPods: uncountedOf(counts),
      ...indexesOf(job, counts),
      conditions,
    },
    unfinalize: counts.unfinalize,
    create,
    remove,
    requeueMs: requeueMs ?? deadlineMs(job, ending, nowMs),
  }
}

/** A suspended job has not started: it starts again when it is resumed. */
function withoutOutdated({ startTime, ...status }: JobStatus, suspended: boolean): JobStatus {
  return startTime === undefined || suspended ? status : { ...status, startTime }
}

const uncountedOf = ({ uncounted: { succeeded, failed } }: Tally) => ({ ...(succeeded.length ? { succeeded } : {}), ...(failed.length ? { failed } : {}) })

function indexesOf({ spec }: Job, { completedIndexes, failedIndexes }: Tally): JobStatus {
  if (spec?.completionMode !== 'Indexed') return {}
  return {
    completedIndexes: formatIndexes(completedIndexes),
    ...(spec.backoffLimitPerIndex === undefined ? {} : { failedIndexes: formatIndexes(failedIndexes) }),
  }
}

const failedWith = (reason: string, message: string): Ending => ({ type: 'Failed', reason, message })

/** Once decided it stands: the interim condition remembers it. */
function endingOf({ job, pods, nowMs }: World, counts: Tally, active: readonly Pod[]): Ending | undefined {
  const known = (type: string) => job.status?.conditions?.find((condition) => condition.type === type && condition.status === 'True')
  const [failing, succeeding] = [known('FailureTarget'), known('SuccessCriteriaMet')]
  if (failing) return failedWith(failing.reason ?? '', failing.message ?? '')
  if (succeeding) return { type: 'Complete', reason: succeeding.reason ?? '', message: succeeding.message ?? '' }
  const { spec } = job
  const failures = counts.failed + counts.uncounted.failed.length
  const { backoffLimit = 6, maxFailedIndexes } = spec
  if (counts.failJob) return failedWith('PodFailurePolicy', counts.failJob)
  if (failures > backoffLimit || hasRestartedTooOften(job, pods)) return failedWith('BackoffLimitExceeded', 'Job has reached the specified backoff limit')
  if (deadlineLeftMs(job, nowMs) <= 0) return failedWith('DeadlineExceeded', 'Job was active longer than specified deadline')
  if (maxFailedIndexes !== undefined && counts.failedIndexes.size > maxFailedIndexes)
    return failedWith('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes')
  const rule = metSuccessRule(job, counts)
  if (rule !== undefined) return { type: 'Complete', reason: 'SuccessPolicy', message: `Matched rules at index ${rule}` }
  return active.length > 0 ? undefined : completion(job, counts)
}

function completion({ spec }: Job, counts: Tally): Ending | undefined {
  const succeeded = counts.succeeded + counts.uncounted.succeeded.length
  const reached: Ending = { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }
  if (spec?.completions === undefined) return succeeded > 0 ? reached : undefined
  if (succeeded >= spec.completions) return reached
  const allEnded = counts.failedIndexes.size > 0 && succeeded + counts.failedIndexes.size >= spec.completions
  return allEnded ? failedWith('FailedIndexes', 'Job has failed indexes') : undefined
}

function metSuccessRule({ spec }: Job, { completedIndexes }: Tally): number | undefined {
  const index = (spec?.successPolicy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    const wanted = succeededIndexes === undefined ? completedIndexes : parseIndexes(succeededIndexes, spec?.completions ?? 0)
    const met = [...wanted].filter((each) => completedIndexes.has(each)).length
    return succeededCount === undefined ? wanted.size > 0 && met === wanted.size : met >= succeededCount
  })
  return index < 0 ? undefined : index
}

/** Pods that restart in place fail without ending: their restarts count, and here the limit itself is too many. */
function hasRestartedTooOften({ spec }: Job, pods: readonly Pod[]): boolean {
  if (spec?.template.spec?.restartPolicy !== 'OnFailure') return false
  const running = pods.filter((pod) => pod.status?.phase === 'Running' || pod.status?.phase === 'Pending')
  const containers = running.flatMap(({ status }) => [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])])
  const restarts = containers.reduce((sum, each) => sum + each.restartCount, 0)
  return restarts > 0 && restarts >= (spec.backoffLimit ?? 6)
}

function deadlineLeftMs({ spec, status }: Job, nowMs: number): number {
  if (spec?.activeDeadlineSeconds === undefined || !status?.startTime || spec.suspend) return Infinity
  return Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1000 - nowMs
}

function deadlineMs(job: Job, ending: Ending | undefined, nowMs: number): number | undefined {
  if (ending) return undefined
  if (job.status?.startTime === undefined && !job.spec?.suspend && job.spec?.activeDeadlineSeconds !== undefined) return job.spec.activeDeadlineSeconds * 1000
  const left = deadlineLeftMs(job, nowMs)
  return left === Infinity ? undefined : Math.max(0, left)
}

function podsPlan({ job, pods, settled, nowMs }: World, counts: Tally, active: readonly Pod[]): Pick<Plan, 'create' | 'remove' | 'requeueMs'> {
  if (!settled) return { create: [], remove: [], requeueMs: undefined }
  const { parallelism = 1, completions, podReplacementPolicy } = job.spec!
  const succeeded = counts.succeeded + counts.uncounted.succeeded.length
  const open = completions === undefined ? (succeeded > 0 ? active.length : parallelism) : Math.max(0, completions - succeeded - counts.failedIndexes.size)
  const wanted = Math.min(parallelism, open)
  const surplus = Math.min(active.length - wanted, podsPerPassMax)
  if (surplus > 0) return { create: [], remove: byUsefulness(active).slice(0, surplus), requeueMs: undefined }
  const going = podReplacementPolicy === 'Failed' || job.spec!.podFailurePolicy ? pods.filter((pod) => isPodTerminating(pod) && !isPodTerminal(pod)).length : 0
  const missing = Math.min(wanted - active.length - going, podsPerPassMax)
  if (missing <= 0) return { create: [], remove: [], requeueMs: undefined }
  const backoffMs = backoffLeftMs(job, pods, nowMs)
  if (backoffMs > 0) return { create: [], remove: [], requeueMs: backoffMs }
  return { create: creations(job, pods, counts, missing), remove: [], requeueMs: undefined }
}

/** Pods not yet running go first. */
const byUsefulness = (pods: readonly Pod[]) => pods.toSorted((a, b) => Number(isPodReady(a)) - Number(isPodReady(b)))

function creations(job: Job, pods: readonly Pod[], { completedIndexes, failedIndexes }: Tally, count: number): readonly Creation[] {
  if (job.spec?.completionMode !== 'Indexed') return Array.from({ length: count }, () => ({}))
  const taken = new Set(pods.filter((pod) => !isPodTerminal(pod) && !isFailed(job, pod)).map(indexOf))
  const found: Creation[] = []
  for (let index = 0; index < (job.spec.completions ?? 0) && found.length < count; index++) {
    if (taken.has(index) || completedIndexes.has(index) || failedIndexes.has(index)) continue
    const failures = pods.filter((pod) => indexOf(pod) === index && isFailed(job, pod)).map((pod) => failureCountOf(pod) + 1)
    found.push(job.spec.backoffLimitPerIndex === undefined ? { index } : { index, failureCount: Math.max(0, ...failures) })
  }
  return found
}

function backoffLeftMs(job: Job, pods: readonly Pod[], nowMs: number): number {
  const successAt = Math.max(0, ...pods.filter((pod) => pod.status?.phase === 'Succeeded').map(endedAtMs))
  const failures = pods
    .filter((pod) => isFailed(job, pod))
    .map(endedAtMs)
    .filter((atMs) => atMs > successAt)
  if (failures.length === 0) return 0
  return Math.max(...failures) + Math.min(backoffMsInitial * 2 ** (failures.length - 1), backoffMsMax) - nowMs
}

function endedAtMs({ status, metadata }: Pod): number {
  const ends = (status?.containerStatuses ?? []).map(({ state }) => Date.parse(state?.terminated?.finishedAt ?? '')).filter((atMs) => atMs > 0)
  return ends.length ? Math.max(...ends) : Date.parse(metadata.deletionTimestamp ?? metadata.creationTimestamp)
}

function conditionsOf({ job, nowMs }: World, ending: Ending | undefined, over: boolean): readonly JobCondition[] {
  const now = formatTime(nowMs)
  const conditions = [...(job.status?.conditions ?? [])]
  const add = (type: string, status: string, reason: string, message: string) => {
    const at = conditions.findIndex((condition) => condition.type === type)
    if (conditions[at]?.status === status) return
    conditions.splice(at < 0 ? conditions.length : at, at < 0 ? 0 : 1, { type, status, reason, message, lastProbeTime: now, lastTransitionTime: now })
  }
  if (ending) add(ending.type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget', 'True', ending.reason, ending.message)
  if (ending && over) add(ending.type, 'True', ending.reason, ending.message)
  if (ending) return conditions
  if (job.spec?.suspend) add('Suspended', 'True', 'JobSuspended', 'Job suspended')
  else if (conditions.some((condition) => condition.type === 'Suspended')) add('Suspended', 'False', 'JobResumed', 'Job resumed')
  return conditions
}
