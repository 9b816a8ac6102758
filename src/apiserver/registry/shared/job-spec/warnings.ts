// Source: pkg/api/job/warnings.go.
import type { JobSpec } from '../../../../api/batch/v1.ts'
import { completionsSoftLimit, parallelismOfManyMax } from './validate-indexed.ts'

/** @param field `spec`, `spec.jobTemplate.spec` */
export function jobSpecWarnings(field: string, { completionMode, completions = 0, parallelism = 0 }: JobSpec): readonly string[] {
  if (completionMode !== 'Indexed' || completions <= completionsSoftLimit || parallelism <= parallelismOfManyMax) return []
  return [
    `${field}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`,
  ]
}
