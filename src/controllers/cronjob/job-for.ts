import type { CronJob, Job } from '../../api/batch/v1.ts'
import type { New } from '../../api/object.ts'
import { controllerReference } from '../framework/owner.ts'
import { jobName } from './decide.ts'
import { formatInZone } from './next-time.ts'

/** The job of one scheduled time. Source: pkg/controller/cronjob/utils.go (getJobFromTemplate2). */
export function jobFor(cronJob: CronJob, scheduledMs: number): New<Job> {
  const { timeZone = 'UTC', jobTemplate } = cronJob.spec
  const { labels, annotations } = jobTemplate.metadata ?? {}
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      namespace: cronJob.metadata.namespace,
      name: jobName(cronJob, scheduledMs),
      ...(labels ? { labels } : {}),
      annotations: { ...annotations, 'batch.kubernetes.io/cronjob-scheduled-timestamp': formatInZone(scheduledMs, timeZone) },
      ownerReferences: [controllerReference(cronJob)],
    },
    spec: jobTemplate.spec!,
  }
}
