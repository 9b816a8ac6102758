// What the controller tells of jobs. Source: pkg/controller/job/metrics/metrics.go (the stable ones).
import type { Job } from '../../api/batch/v1.ts'
import { exponentialBuckets, MetricsRegistry } from '../../component-base/metrics/registry.ts'
import type { Plan } from './decide.ts'

type Status = Plan['status']
const modeOf = ({ spec }: Job) => spec?.completionMode ?? 'NonIndexed'

export class JobMetrics {
  readonly #syncSeconds
  readonly #syncs
  readonly #finishedPods
  readonly #finishedJobs

  constructor(registry: MetricsRegistry = new MetricsRegistry()) {
    const labels = ['completion_mode', 'result', 'action']
    this.#syncSeconds = registry.histogram(
      'job_controller_job_sync_duration_seconds',
      'How long a look at a job took, in seconds.',
      exponentialBuckets(0.004, 2, 15),
      labels,
    )
    this.#syncs = registry.counter('job_controller_job_syncs_total', 'Looks at jobs.', labels)
    this.#finishedPods = registry.counter('job_controller_job_pods_finished_total', 'Pods that have ended and are counted.', ['completion_mode', 'result'])
    this.#finishedJobs = registry.counter('job_controller_jobs_finished_total', 'Jobs that have ended.', ['completion_mode', 'result', 'reason'])
  }

  synced(job: Job, plan: Plan, seconds: number, succeeded: boolean): void {
    const action = plan.create.length > 0 ? 'pods_created' : plan.remove.length > 0 ? 'pods_deleted' : plan.unfinalize.length > 0 ? 'tracking' : 'reconciling'
    const values = [modeOf(job), succeeded ? 'success' : 'error', action]
    this.#syncs.of(...values).inc()
    this.#syncSeconds.of(...values).observe(seconds)
  }

  /** A new status was written. */
  written(job: Job, status: Status): void {
    const mode = modeOf(job)
    const { succeeded = 0, failed = 0, conditions: before = [] } = job.status ?? {}
    const [passed, broken] = [(status.succeeded ?? 0) - succeeded, (status.failed ?? 0) - failed]
    if (passed > 0) this.#finishedPods.of(mode, 'succeeded').inc(passed)
    if (broken > 0) this.#finishedPods.of(mode, 'failed').inc(broken)
    for (const { type, status: value, reason = '' } of status.conditions ?? []) {
      if (value !== 'True' || (type !== 'Complete' && type !== 'Failed')) continue
      if (before.some((known) => known.type === type && known.status === 'True')) continue
      this.#finishedJobs.of(mode, type === 'Complete' ? 'succeeded' : 'failed', reason).inc()
    }
  }
}
