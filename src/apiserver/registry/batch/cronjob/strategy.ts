// CronJobs. Source: pkg/registry/batch/cronjob/strategy.go, pkg/apis/batch/v1/defaults.go.
import type { CronJob } from '../../../../api/batch/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { clearStatus, keepStatus } from '../../shared/status.ts'
import { podTemplateDefaults } from '../../shared/workload/template-defaults.ts'

/** The spec of the Job itself gets its defaults when that Job is created. */
function defaults({ spec }: Mutable<CronJob>): void {
  podTemplateDefaults(spec.jobTemplate?.spec?.template)
  spec.concurrencyPolicy ||= 'Allow'
  spec.suspend ??= false
  spec.successfulJobsHistoryLimit ??= 3
  spec.failedJobsHistoryLimit ??= 1
}

export const cronJobStrategy: Strategy<CronJob> = {
  allowUnconditionalUpdate: true,
  defaults,
  prepareForCreate: (_, cronJob) => clearStatus(cronJob),
  prepareForUpdate: (_, cronJob, old) => keepStatus(cronJob, old),
}
