// Jobs. Source: pkg/registry/batch/job/strategy.go.
import type { Job } from '../../../../api/batch/v1.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { emptyAsNull } from '../../shared/empty-lists.ts'
import { jobSpecWarnings } from '../../shared/job-spec/warnings.ts'
import { clearStatus, keepStatus } from '../../shared/status.ts'
import { dropDisabledFromTemplate } from '../../shared/workload/drop-disabled-template.ts'
import { nameWarnings } from '../../shared/workload/name-warning.ts'
import { templateWarnings } from '../../shared/workload/template-warnings.ts'
import { jobDefaults, labelsFromTemplate } from './defaults.ts'
import { generateSelector } from './generate-selector.ts'
import { validateJobStatus } from './validate-status.ts'
import { validateJobUpdate } from './validate-update.ts'
import { validateJob } from './validation.ts'

const warnings = (job: Job) => [...jobSpecWarnings('spec', job.spec), ...templateWarnings(job)]

export const jobStrategy: Strategy<Job> = {
  metadataChecksOnUpdate: ['whole', 'changes'],
  allowUnconditionalUpdate: true,
  defaultPropagation: 'orphan',
  orphanWarning:
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  defaults: jobDefaults,
  prepareForCreate(_, job) {
    generateSelector(job)
    clearStatus(job)
    emptyAsNull(job.spec.podFailurePolicy, 'rules')
    dropDisabledFromTemplate(job.spec.template)
  },
  prepareForUpdate(_, job, old) {
    keepStatus(job, old)
    emptyAsNull(job.spec.podFailurePolicy, 'rules')
    dropDisabledFromTemplate(job.spec.template, old.spec.template)
  },
  validate: (_, job) => validateJob(job),
  validateUpdate: (_, job, old) => validateJobUpdate(job, old),
  warningsOnCreate: (_, job) => [...nameWarnings(job), ...warnings(job)],
  warningsOnUpdate: (_, job, old) => (job.metadata.generation === old.metadata.generation ? [] : warnings(job)),
  canonicalize: labelsFromTemplate,
  subresources: { status: { validateUpdate: (_, job, old) => validateJobStatus(job, old) } },
}
