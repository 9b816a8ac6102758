// Completion modes and the limits that go with indexes. Source: pkg/apis/batch/validation/validation.go (validateJobSpec).
import type { JobSpec } from '../../../../api/batch/v1.ts'
import { type FieldError, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'

/** So that completed indexes still fit into a status. */
const parallelismMax = 100_000
const failedIndexesMax = 100_000
/** Beyond this number of completions, limits per index cost more, so less of them is allowed. */
export const completionsSoftLimit = 100_000
export const parallelismOfManyMax = 10_000
const failedIndexesOfManyMax = 10_000

function validateManyCompletions(field: string, { parallelism = 0, maxFailedIndexes }: JobSpec): readonly FieldError[] {
  const why = (max: number) => `must be less than or equal to ${max} when completions are above ${completionsSoftLimit} and used with backoff limit per index`
  const errors: FieldError[] = []
  if (maxFailedIndexes === undefined) errors.push(required(`${field}.maxFailedIndexes`, `must be specified when completions is above ${completionsSoftLimit}`))
  if (parallelism > parallelismOfManyMax) errors.push(invalid(`${field}.parallelism`, parallelism, why(parallelismOfManyMax)))
  if (maxFailedIndexes !== undefined && maxFailedIndexes > failedIndexesOfManyMax) {
    errors.push(invalid(`${field}.maxFailedIndexes`, maxFailedIndexes, why(failedIndexesOfManyMax)))
  }
  return errors
}

function validateIndexed(field: string, spec: JobSpec): readonly FieldError[] {
  const { completions, parallelism = 0, maxFailedIndexes, backoffLimitPerIndex } = spec
  const errors: FieldError[] = []
  if (completions === undefined) errors.push(required(`${field}.completions`, 'when completion mode is Indexed'))
  if (parallelism > parallelismMax) {
    errors.push(invalid(`${field}.parallelism`, parallelism, `must be less than or equal to ${parallelismMax} when completion mode is Indexed`))
  }
  if (maxFailedIndexes !== undefined) {
    const at = `${field}.maxFailedIndexes`
    if (completions !== undefined && maxFailedIndexes > completions) errors.push(invalid(at, maxFailedIndexes, 'must be less than or equal to completions'))
    if (maxFailedIndexes > failedIndexesMax) errors.push(invalid(at, maxFailedIndexes, `must be less than or equal to ${failedIndexesMax}`))
  }
  if ((completions ?? 0) > completionsSoftLimit && backoffLimitPerIndex !== undefined) errors.push(...validateManyCompletions(field, spec))
  return errors
}

export function validateCompletionMode(field: string, spec: JobSpec): readonly FieldError[] {
  const { completionMode = 'NonIndexed' } = spec
  if (completionMode === 'Indexed') return validateIndexed(field, spec)
  if (completionMode !== 'NonIndexed') return [notSupported(`${field}.completionMode`, completionMode, ['NonIndexed', 'Indexed'])]
  return (['backoffLimitPerIndex', 'maxFailedIndexes'] as const)
    .filter((name) => spec[name] !== undefined)
    .map((name) => invalid(`${field}.${name}`, spec[name], 'requires indexed completion mode'))
}
