// CronJobs. Source: pkg/registry/batch/cronjob/strategy.go, pkg/apis/batch/v1/defaults.go.
import type { CronJob } from '../../../../api/batch/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { emptyAsNull } from '../../shared/empty-lists.ts'
import { jobSpecWarnings } from '../../shared/job-spec/warnings.ts'
import { podWarnings } from '../../shared/pod-spec/warnings.ts'
import { clearStatus, keepStatus } from '../../shared/status.ts'
import { dropDisabledFromTemplate } from '../../shared/workload/drop-disabled-template.ts'
import { nameWarnings } from '../../shared/workload/name-warning.ts'
import { podTemplateDefaults } from '../../shared/workload/template-defaults.ts'
import { validateCronJob } from './validation.ts'

/** The spec of the Job itself gets its defaults when that Job is created. */
function defaults({ spec }: Mutable<CronJob>): void {
  podTemplateDefaults(spec.jobTemplate?.spec?.template)
  spec.concurrencyPolicy ||= 'Allow'
  spec.suspend ??= false
  spec.successfulJobsHistoryLimit ??= 3
  spec.failedJobsHistoryLimit ??= 1
}

function templateWarnings({ spec }: CronJob): readonly string[] {
  const field = 'spec.jobTemplate.spec'
  const job = spec.jobTemplate.spec
  return job ? [...jobSpecWarnings(field, job), ...podWarnings(`${field}.template`, job.template)] : []
}

const zoneWarnings = ({ spec }: CronJob): readonly string[] =>
  spec.schedule.includes('TZ')
    ? [
        'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details',
      ]
    : []

export const cronJobStrategy: Strategy<CronJob> = {
  allowUnconditionalUpdate: true,
  defaults,
  prepareForCreate(_, cronJob) {
    clearStatus(cronJob)
    emptyAsNull(cronJob.spec.jobTemplate.spec?.podFailurePolicy, 'rules')
    dropDisabledFromTemplate(cronJob.spec.jobTemplate.spec?.template)
  },
  prepareForUpdate(_, cronJob, old) {
    keepStatus(cronJob, old)
    emptyAsNull(cronJob.spec.jobTemplate.spec?.podFailurePolicy, 'rules')
    dropDisabledFromTemplate(cronJob.spec.jobTemplate.spec?.template, old.spec.jobTemplate.spec?.template)
  },
  validate: (_, cronJob) => validateCronJob(cronJob),
  validateUpdate: (_, cronJob, old) => validateCronJob(cronJob, old),
  warningsOnCreate: (_, cronJob) => [...nameWarnings(cronJob), ...templateWarnings(cronJob)],
  warningsOnUpdate: (_, cronJob, old) => [
    ...(cronJob.metadata.generation === old.metadata.generation ? [] : templateWarnings(cronJob)),
    ...zoneWarnings(cronJob),
  ],
}
