// Jobs. Source: pkg/registry/batch/job/strategy.go.
import type { Job } from '../../../../api/batch/v1.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { clearStatus, keepStatus } from '../../shared/status.ts'
import { jobDefaults, labelsFromTemplate } from './defaults.ts'
import { generateSelector } from './generate-selector.ts'

export const jobStrategy: Strategy<Job> = {
  allowUnconditionalUpdate: true,
  defaultPropagation: 'orphan',
  defaults: jobDefaults,
  prepareForCreate(_, job) {
    generateSelector(job)
    clearStatus(job)
  },
  prepareForUpdate: (_, job, old) => keepStatus(job, old),
  canonicalize: labelsFromTemplate,
}
