// When a CronJob is to run, and what has become of its runs. Source: pkg/controller/cronjob/{cronjob_controllerv2,utils}.go.
import type { CronJob, Job } from '../../api/batch/v1.ts'
import type { ObjectReference } from '../../api/core/v1.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import { type CronSchedule, ScheduleError, parseSchedule } from '../../apimachinery/cron/parse-schedule.ts'
import { isTimeZone } from '../../apimachinery/cron/time-zone.ts'
import { nextTime } from './next-time.ts'

/** Added to each wait, so that a clock that is a little ahead does not wake us just before the time. Upstream's value. */
const wakeLateMs = 100

/** So many times were missed that something is wrong, and users are told. Upstream's value. */
const missedMax = 100

export interface Remark {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

export interface Observation {
  /** Of status.active, what runs or cannot be seen. */
  readonly active: readonly ObjectReference[]
  /** Of {@link active}, what the cache does not show: it may have gone. */
  readonly unseen: readonly ObjectReference[]
  readonly lastSuccessfulTime: string | undefined
  readonly remarks: readonly Remark[]
}

/** @param jobs that the CronJob controls */
export function observe({ status }: CronJob, jobs: readonly Job[]): Observation {
  const known = status?.active ?? []
  const remarks: Remark[] = []
  const completed = new Set<string>()
  let { lastSuccessfulTime } = status ?? {}
  for (const job of jobs) {
    const { name, uid } = job.metadata
    const end = endOf(job)
    const isKnown = known.some((reference) => reference.uid === uid)
    if (!end && !isKnown) {
      const message = `Saw a job that the controller did not create or forgot: ${name}`
      remarks.push({ type: 'Warning', reason: 'UnexpectedJob', message })
    }
    if (end && isKnown) {
      completed.add(uid)
      remarks.push({ type: 'Normal', reason: 'SawCompletedJob', message: `Saw completed job: ${name}, condition: ${end}` })
    }
    const succeededAt = end === 'Complete' ? job.status?.completionTime : undefined
    if (succeededAt && (!lastSuccessfulTime || succeededAt > lastSuccessfulTime)) lastSuccessfulTime = succeededAt
  }
  const active = known.filter(({ uid }) => !completed.has(uid ?? ''))
  const unseen = active.filter(({ uid }) => !jobs.some((job) => job.metadata.uid === uid))
  return { active, unseen, lastSuccessfulTime, remarks }
}

/** How a job has ended; undefined while it has not. */
export function endOf({ status }: Job): 'Complete' | 'Failed' | undefined {
  const condition = status?.conditions?.find(({ type, status: value }) => (type === 'Complete' || type === 'Failed') && value === 'True')
  return condition?.type as 'Complete' | 'Failed' | undefined
}

/** Ended jobs beyond the limits, the oldest first. */
export function beyondHistory({ spec }: CronJob, jobs: readonly Job[]): readonly Job[] {
  const surplus = (end: 'Complete' | 'Failed', limit: number | undefined) => {
    const ended = jobs.filter((job) => endOf(job) === end).toSorted(byStart)
    return limit === undefined ? [] : ended.slice(0, Math.max(0, ended.length - limit))
  }
  return [...surplus('Complete', spec.successfulJobsHistoryLimit), ...surplus('Failed', spec.failedJobsHistoryLimit)]
}

/** Never started: last. */
function byStart(a: Job, b: Job): number {
  const [at, bt] = [a.status?.startTime ?? '~', b.status?.startTime ?? '~']
  if (at !== bt) return at < bt ? -1 : 1
  return a.metadata.name < b.metadata.name ? -1 : 1
}

export interface Plan {
  /** The time whose job is to be started. */
  readonly startMs?: number
  /** Active jobs are deleted first. */
  readonly replace?: true
  /** When to look again; absent: not before the object changes. */
  readonly againInMs?: number
  readonly remarks: readonly Remark[]
}

/** @param active jobs that still run */
export function decide(cronJob: CronJob, active: readonly ObjectReference[], nowMs: number): Plan {
  const { metadata, spec, status } = cronJob
  if (metadata.deletionTimestamp) return { remarks: [] }
  const { timeZone, schedule: text, startingDeadlineSeconds } = spec
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    return warn('UnknownTimeZone', `invalid timeZone: ${goQuote(timeZone)}: unknown time zone ${timeZone}`)
  }
  if (spec.suspend) return { remarks: [] }
  const remarks: Remark[] = text.includes('TZ') ? [...warn('UnsupportedSchedule', unsupported(text)).remarks] : []
  let timing: Timing
  try {
    timing = timingOf(cronJob, nowMs)
  } catch (error) {
    if (error instanceof ScheduleError) return warn('UnparseableSchedule', `unparseable schedule: ${goQuote(text)} : ${error.message}`, remarks)
    if (error instanceof NeverDueError) return warn('InvalidSchedule', `invalid schedule: ${text} : ${error.message}`, remarks)
    throw error
  }
  const { dueMs, againInMs, missed } = timing
  if (dueMs === undefined) return { againInMs, remarks }
  if (missed > missedMax) {
    const message = 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew'
    remarks.push({ type: 'Warning', reason: 'TooManyMissedTimes', message })
  }
  if (startingDeadlineSeconds !== undefined && dueMs + startingDeadlineSeconds * 1000 < nowMs) {
    const when = new Date(dueMs).toUTCString().replace('GMT', '+0000')
    return { againInMs, ...warn('MissSchedule', `Missed scheduled time to start a job: ${when}`, remarks) }
  }
  const name = jobName(cronJob, dueMs)
  const isDone = active.some((reference) => reference.name === name) || (status?.lastScheduleTime && Date.parse(status.lastScheduleTime) === dueMs)
  if (isDone) return { againInMs, remarks }
  if (spec.concurrencyPolicy === 'Forbid' && active.length > 0) {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid'
    return { againInMs, remarks: [...remarks, { type: 'Normal', reason: 'JobAlreadyActive', message }] }
  }
  return { startMs: dueMs, ...(spec.concurrencyPolicy === 'Replace' ? { replace: true } : {}), againInMs, remarks }
}

const warn = (reason: string, message: string, before: readonly Remark[] = []): { remarks: readonly Remark[] } => ({
  remarks: [...before, { type: 'Warning', reason, message }],
})

const unsupported = (schedule: string) =>
  `CRON_TZ or TZ used in schedule ${goQuote(schedule)} is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details`

/** Of the minute: no two runs are closer, and the name keeps one from being started twice. */
export const jobName = ({ metadata }: CronJob, scheduledMs: number) => `${metadata.name}-${Math.floor(scheduledMs / 60_000)}`

/** Milliseconds until the next time; undefined when the schedule cannot be understood. */
export function nextIn(cronJob: CronJob, nowMs: number): number | undefined {
  try {
    return timingOf(cronJob, nowMs).againInMs
  } catch (error) {
    if (error instanceof ScheduleError || error instanceof NeverDueError) return undefined
    throw error
  }
}

/** Grammatically fine, and no date will ever match: 31 February. */
class NeverDueError extends Error {
  override readonly name = 'NeverDueError'
  constructor() {
    super('time difference between two schedules is less than 1 second')
  }
}

interface Timing {
  /** The latest time that has come and was not yet acted upon. */
  readonly dueMs: number | undefined
  /** How many came, roughly. */
  readonly missed: number
  readonly againInMs: number
}

/** @throws {ScheduleError} @throws {NeverDueError} */
function timingOf(cronJob: CronJob, nowMs: number): Timing {
  const { spec, status, metadata } = cronJob
  const schedule = parseSchedule(spec.timeZone !== undefined && !spec.schedule.includes('TZ') ? `TZ=${spec.timeZone} ${spec.schedule}` : spec.schedule)
  const sinceMs = Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp ?? '')
  const deadlineMs = spec.startingDeadlineSeconds === undefined ? -Infinity : nowMs - spec.startingDeadlineSeconds * 1000
  const { latestMs: dueMs, missed } = latestBefore(schedule, Math.max(sinceMs, deadlineMs), nowMs)
  const any = latestBefore(schedule, sinceMs, nowMs)
  const nextMs = nextTime(schedule, any.latestMs ?? (any.missed ? nowMs : sinceMs))
  if (nextMs === undefined) throw new NeverDueError()
  return { dueMs, missed, againInMs: nextMs + wakeLateMs - nowMs }
}

/** The latest time after `sinceMs` that has come, without walking through all of them: there may be years. */
function latestBefore(schedule: CronSchedule, sinceMs: number, nowMs: number): { latestMs: number | undefined; missed: number } {
  const first = nextTime(schedule, sinceMs)
  if (first === undefined) throw new NeverDueError()
  if (nowMs < first) return { latestMs: undefined, missed: 0 }
  const second = nextTime(schedule, first)
  if (second === undefined) throw new NeverDueError()
  if (nowMs < second) return { latestMs: first, missed: 0 }
  const missed = Math.floor((nowMs - first) / (second - first)) + 1
  // As if all intervals were like the first, less one: close, and in step with `@every`.
  let latestMs: number | undefined
  for (let ms = nextTime(schedule, first + (missed - 2) * (second - first)); ms !== undefined && ms <= nowMs; ms = nextTime(schedule, ms)) latestMs = ms
  return { latestMs, missed }
}
