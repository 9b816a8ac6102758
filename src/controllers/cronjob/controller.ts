import type { CronJob, CronJobStatus, Job } from '../../api/batch/v1.ts'
import type { ObjectReference } from '../../api/core/v1.ts'
import { keyOf } from '../../api/object.ts'
import { cronJobs as cronJobResource, jobs as jobResource } from '../../api/resources.ts'
import { isAlreadyExists, isNotFound } from '../../apimachinery/api-error.ts'
import { semanticEqual } from '../../apimachinery/json-equal.ts'
import { exponentialBuckets, MetricsRegistry } from '../../component-base/metrics/registry.ts'
import { formatTime } from '../../util/clock.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, type Watch, controller, onChange } from '../framework/controller.ts'
import { isNamespaceTerminating } from '../framework/ending-namespace.ts'
import { isControlledBy, keyOfController } from '../framework/owner.ts'
import { done, requeueAfter } from '../framework/result.ts'
import { type Remark, beyondHistory, decide, nextIn, observe } from './decide.ts'
import { jobFor } from './job-for.ts'

const kind = { group: 'batch', kind: 'CronJob' }

/** Starts jobs at the times of a schedule, and clears away the old ones. */
export function newCronJobController(context: ControllerContext): Controller {
  const { client, informers, clock, events } = context
  const skew = (context.metrics ?? new MetricsRegistry()).histogram(
    'cronjob_controller_job_creation_skew_duration_seconds',
    'From the time of a schedule to the creation of its job, in seconds.',
    exponentialBuckets(1, 2, 10),
  )
  const cronJobs = informers.for(cronJobResource)
  const jobs = informers.for(jobResource)
  jobs.addIndex('cronJob', (job) => [keyOfController(job, kind) ?? ''])

  const changes: Watch = {
    start: (enqueue) =>
      cronJobs.addHandler({
        add: (cronJob) => enqueue(keyOf(cronJob)),
        update(old, cronJob) {
          // A new schedule begins with its next time: it is not asked what it has missed.
          const isRescheduled = old.spec.schedule !== cronJob.spec.schedule || old.spec.timeZone !== cronJob.spec.timeZone
          const afterMs = isRescheduled ? nextIn(cronJob, clock.now()) : undefined
          if (afterMs === undefined) enqueue(keyOf(cronJob))
          else self.enqueue(keyOf(cronJob), afterMs)
        },
      }),
  }

  const self = controller('cronjob-controller', context, {
    watches: [changes, onChange(jobs, (job) => keyOfController(job, kind))],
    async reconcile(key, signal) {
      const cronJob = cronJobs.lister.get(key)
      if (!cronJob) return done
      const owned = jobs.lister.byIndex('cronJob', key).filter((job) => isControlledBy(job, cronJob))
      const { active: listed, unseen, lastSuccessfulTime, remarks } = observe(cronJob, owned)
      tell(cronJob, remarks)
      const lost = await missing(cronJob, unseen, signal)
      const removed = await removeAll(cronJob, beyondHistory(cronJob, owned), signal)
      const active = listed.filter(({ uid }) => !lost.has(uid ?? '') && !removed.has(uid ?? ''))
      const plan = decide(cronJob, active, clock.now())
      tell(cronJob, plan.remarks)
      const status: CronJobStatus = { ...cronJob.status, active, ...(lastSuccessfulTime ? { lastSuccessfulTime } : {}) }
      try {
        const started = plan.startMs === undefined ? undefined : await start(cronJob, active, plan.startMs, plan.replace ?? false, signal)
        await write(cronJob, started ? { ...status, ...started } : status, signal)
      } catch (error) {
        // What was seen is written down even when no job could be started.
        if (!signal.aborted) await write(cronJob, status, signal)
        throw error
      }
      return plan.againInMs === undefined ? done : requeueAfter(plan.againInMs)
    },
  })
  return self

  function tell(cronJob: CronJob, remarks: readonly Remark[]): void {
    for (const { type, reason, message } of remarks) events.event(cronJob, type, reason, message)
  }

  /** The cache may be behind: only what the server does not know either has gone. */
  async function missing(cronJob: CronJob, unseen: readonly ObjectReference[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const lost = new Set<string>()
    for (const { name = '', uid = '' } of unseen) {
      if (await find(cronJob, name, signal)) continue
      lost.add(uid)
      events.event(cronJob, 'Normal', 'MissingJob', `Active job went missing: ${name}`)
    }
    return lost
  }

  async function find({ metadata: { namespace } }: CronJob, name: string, signal: AbortSignal): Promise<Job | undefined> {
    try {
      return await client.get(jobResource, { namespace, name }, { signal })
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  /** @returns the uids of those that are gone now; the others are tried again next time */
  async function removeAll(cronJob: CronJob, unwanted: readonly Job[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const gone = new Set<string>()
    for (const { metadata } of unwanted.filter((job) => !job.metadata.deletionTimestamp)) {
      try {
        await client.delete(jobResource, metadata, { propagationPolicy: 'Background', preconditions: { uid: metadata.uid }, signal })
        events.event(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${metadata.name}`)
      } catch (error) {
        if (signal.aborted) throw error
        if (!isNotFound(error)) {
          events.event(cronJob, 'Warning', 'FailedDelete', `Deleted job: ${(error as Error).message}`)
          continue
        }
      }
      gone.add(metadata.uid)
    }
    return gone
  }

  /** @returns what the status must say then; undefined when the job is none of ours, or its namespace ends */
  async function start(
    cronJob: CronJob,
    active: readonly ObjectReference[],
    scheduledMs: number,
    replace: boolean,
    signal: AbortSignal,
  ): Promise<Pick<CronJobStatus, 'active' | 'lastScheduleTime'> | undefined> {
    const running = replace ? await stop(cronJob, active, signal) : active
    const job = await create(cronJob, scheduledMs, signal)
    if (!job || running.some(({ uid }) => uid === job.metadata.uid)) return undefined
    const { namespace, name, uid, resourceVersion } = job.metadata
    const reference = { kind: jobResource.kind, namespace, name, uid, apiVersion: jobResource.apiVersion, resourceVersion }
    return { active: [...running, reference], lastScheduleTime: formatTime(scheduledMs) }
  }

  async function stop(cronJob: CronJob, active: readonly ObjectReference[], signal: AbortSignal): Promise<readonly ObjectReference[]> {
    const found = await Promise.all(active.map(({ name = '' }) => find(cronJob, name, signal)))
    const running = found.filter((job) => job !== undefined)
    const stopped = await removeAll(cronJob, running, signal)
    const left = running.find(({ metadata }) => !metadata.deletionTimestamp && !stopped.has(metadata.uid))
    if (left) throw new Error(`could not replace job ${keyOf(left)}`)
    return []
  }

  /** The name, made of the time, keeps a job from being started twice, whatever the status says. */
  async function create(cronJob: CronJob, scheduledMs: number, signal: AbortSignal): Promise<Job | undefined> {
    const job = jobFor(cronJob, scheduledMs)
    try {
      const created = await client.create(jobResource, job, { signal })
      skew.of().observe(Math.max(0, clock.now() - scheduledMs) / 1000)
      events.event(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${created.metadata.name}`)
      return created
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined
      if (!isAlreadyExists(error)) {
        events.event(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${(error as Error).message}`)
        throw error
      }
      const existing = await find(cronJob, job.metadata.name ?? '', signal)
      return existing && isControlledBy(existing, cronJob) ? existing : undefined
    }
  }

  async function write(cronJob: CronJob, status: CronJobStatus, signal: AbortSignal): Promise<void> {
    if (semanticEqual(cronJob.status, status)) return
    await client.update(cronJobResource, { ...cronJob, status }, { subresource: 'status', signal })
  }
}
