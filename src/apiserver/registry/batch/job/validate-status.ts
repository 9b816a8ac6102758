// What a Job's status may say, and how it may change. Most is only asked when the fields in question change: what is stored already
// must not stand in the way of other updates. Source: pkg/apis/batch/validation/validation.go (ValidateJobStatusUpdate),
// pkg/registry/batch/job/strategy.go (getStatusValidationOptions).
import type { Job, JobStatus } from '../../../../api/batch/v1.ts'
import { duplicate, type FieldError, invalid, required, withoutValue } from '../../../../apimachinery/field-errors.ts'
import { semanticEqual } from '../../../../apimachinery/json-equal.ts'
import { countIndexes, overlappingIndex } from '../../shared/job-spec/index-intervals.ts'
import { internalFormOf } from '../../shared/pod-spec/internal-form.ts'
import { validateCounters } from '../../shared/workload/counters.ts'
import { isConditionTrue, isFinished } from './conditions.ts'

interface Change {
  readonly job: Job
  readonly status: JobStatus
  readonly before: JobStatus
  readonly finished: boolean
  /** Whether any of these members, or conditions, differs. */
  readonly changed: (...names: readonly string[]) => boolean
}

const conditionTypes = new Set(['Complete', 'Failed', 'FailureTarget', 'finished'])

function changeOf(job: Job, old: Job): Change {
  const status = job.status ?? {}
  const before = old.status ?? {}
  const read = (from: JobStatus, name: string): unknown => {
    if (name === 'finished') return isFinished(from)
    return conditionTypes.has(name) ? isConditionTrue(from, name) : (from as Record<string, unknown>)[name]
  }
  return {
    job,
    status,
    before,
    finished: isFinished(status),
    changed: (...names) => names.some((name) => !semanticEqual(read(status, name), read(before, name))),
  }
}

const conditionError = (detail: string) => invalid('status.conditions', withoutValue, detail)

function validateUncounted({ uncountedTerminatedPods: uncounted }: JobStatus): readonly FieldError[] {
  const seen = new Set<string>()
  return (['succeeded', 'failed'] as const).flatMap((list) =>
    (uncounted?.[list] ?? []).flatMap((uid, index) => {
      const field = `status.uncountedTerminatedPods.${list}[${index}]`
      if (uid === '') return [invalid(field, uid, 'must not be empty')]
      if (seen.has(uid)) return [duplicate(field, uid)]
      seen.add(uid)
      return []
    }),
  )
}

function validateEnd({ status, finished, changed }: Change): readonly FieldError[] {
  const is = (type: string) => isConditionTrue(status, type)
  const { completionTime, startTime, active = 0, uncountedTerminatedPods: uncounted } = status
  const errors: FieldError[] = []
  if (changed('Complete', 'Failed') && is('Complete') && is('Failed')) errors.push(conditionError('cannot set Complete=True and Failed=true conditions'))
  if (changed('Complete', 'FailureTarget') && is('Complete') && is('FailureTarget')) {
    errors.push(conditionError('cannot set Complete=True and FailureTarget=true conditions'))
  }
  if (changed('Complete', 'completionTime')) {
    const field = 'status.completionTime'
    if (completionTime && !is('Complete')) errors.push(invalid(field, completionTime, 'cannot set completionTime when there is no Complete=True condition'))
    if (!completionTime && is('Complete')) errors.push(required(field, 'completionTime is required for Complete jobs'))
  }
  if (changed('startTime', 'completionTime') && startTime && completionTime && completionTime < startTime) {
    errors.push(invalid('status.completionTime', completionTime, 'completionTime cannot be set before startTime'))
  }
  if (changed('Failed') && is('Failed') && !is('FailureTarget')) {
    errors.push(conditionError('cannot set Failed=True condition without the FailureTarget=true condition'))
  }
  if (changed('Complete') && is('Complete') && !is('SuccessCriteriaMet')) {
    errors.push(conditionError('cannot set Complete=True condition without the SuccessCriteriaMet=true condition'))
  }
  if (!finished) return errors
  if (changed('finished', 'active') && active > 0) errors.push(invalid('status.active', active, 'active>0 is invalid for finished job'))
  if (changed('finished', 'startTime') && !startTime) errors.push(required('status.startTime', 'startTime is required for finished job'))
  if (changed('finished', 'uncountedTerminatedPods') && uncounted && (uncounted.failed?.length ?? 0) + (uncounted.succeeded?.length ?? 0) > 0) {
    const printed = internalFormOf('io.k8s.api.batch.v1.UncountedTerminatedPods', uncounted)
    errors.push(invalid('status.uncountedTerminatedPods', printed, 'uncountedTerminatedPods needs to be empty for finished job'))
  }
  return errors
}

function validateCompleted({ job: { spec }, status: { completedIndexes = '' }, changed }: Change): readonly FieldError[] {
  const field = 'status.completedIndexes'
  if (!changed('completedIndexes') || spec.completions === undefined) return []
  const counted = countIndexes(completedIndexes, spec.completions)
  return typeof counted === 'string' ? [invalid(field, completedIndexes, `error parsing completedIndexes: ${counted}`)] : []
}

function validateFailed({ job: { spec }, status: { failedIndexes }, changed }: Change): readonly FieldError[] {
  if (!changed('failedIndexes') || failedIndexes === undefined || spec.completions === undefined || spec.backoffLimitPerIndex === undefined) return []
  const counted = countIndexes(failedIndexes, spec.completions)
  return typeof counted === 'string' ? [invalid('status.failedIndexes', failedIndexes, `error parsing failedIndexes: ${counted}`)] : []
}

function validateIndexes(change: Change): readonly FieldError[] {
  const { job, status, changed } = change
  const { completedIndexes = '', failedIndexes } = status
  const { completionMode, backoffLimitPerIndex, completions } = job.spec
  const errors = [...validateCompleted(change), ...validateFailed(change)]
  if (changed('completedIndexes') && completedIndexes !== '' && completionMode !== 'Indexed') {
    errors.push(invalid('status.completedIndexes', completedIndexes, 'cannot set non-empty completedIndexes when non-indexed completion mode'))
  }
  if (failedIndexes === undefined) return errors
  if (changed('failedIndexes') && backoffLimitPerIndex === undefined) {
    errors.push(invalid('status.failedIndexes', failedIndexes, 'cannot set non-null failedIndexes when backoffLimitPerIndex is null'))
  }
  if (!changed('failedIndexes', 'completedIndexes') || completions === undefined) return errors
  const both = overlappingIndex(completedIndexes, failedIndexes, completions)
  if (both !== undefined) errors.push(invalid('status.failedIndexes', failedIndexes, `failedIndexes and completedIndexes overlap at index: ${both}`))
  return errors
}

function validateRunning({ status, finished, changed }: Change): readonly FieldError[] {
  const { ready = 0, active = 0, terminating = 0 } = status
  const errors: FieldError[] = []
  if (changed('finished', 'terminating') && finished && terminating > 0) {
    errors.push(invalid('status.terminating', terminating, 'terminating>0 is invalid for finished job'))
  }
  if (changed('ready', 'active') && ready > active) errors.push(invalid('status.ready', ready, 'cannot set more ready pods than active'))
  return errors
}

function validateSuccessCriteria({ job, status }: Change): readonly FieldError[] {
  const is = (type: string) => isConditionTrue(status, type)
  const errors: FieldError[] = []
  if (is('SuccessCriteriaMet') && is('Failed')) errors.push(conditionError('cannot set SuccessCriteriaMet=True and Failed=true conditions'))
  if (is('SuccessCriteriaMet') && is('FailureTarget')) errors.push(conditionError('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'))
  if (job.spec.successPolicy && !is('SuccessCriteriaMet') && is('Complete')) {
    errors.push(conditionError('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True'))
  }
  return errors
}

/** What was final stays; what was counted stays counted. */
function validateTransition({ job: { spec }, status, before, changed }: Change): readonly FieldError[] {
  const is = (type: string) => isConditionTrue(status, type)
  const was = (type: string) => isConditionTrue(before, type)
  const { failed = 0, succeeded = 0, completionTime, startTime } = status
  const errors = ['Failed', 'Complete', 'FailureTarget']
    .filter((type) => was(type) && !is(type))
    .map((type) => conditionError(`cannot disable the terminal ${type}=True condition`))
  if (failed < (before.failed ?? 0)) errors.push(invalid('status.failed', failed, 'cannot decrease the failed counter'))
  // An indexed Job that is made smaller forgets the indexes it lost.
  const shrinks = spec.completionMode === 'Indexed' && spec.completions === spec.parallelism
  if (!shrinks && succeeded < (before.succeeded ?? 0)) errors.push(invalid('status.succeeded', succeeded, 'cannot decrease the succeeded counter'))
  if (completionTime && before.completionTime && changed('completionTime')) {
    errors.push(invalid('status.completionTime', completionTime, 'field is immutable'))
  }
  if (before.startTime && changed('startTime') && !spec.suspend) {
    errors.push(invalid('status.startTime', startTime, 'field is immutable for unsuspended job once set'))
  }
  if (was('SuccessCriteriaMet') && !is('SuccessCriteriaMet')) errors.push(conditionError('cannot disable the SuccessCriteriaMet=True condition'))
  if (was('Complete') && !was('SuccessCriteriaMet') && is('SuccessCriteriaMet')) {
    errors.push(conditionError('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions'))
  }
  return errors
}

export function validateJobStatus(job: Job, old: Job): readonly FieldError[] {
  const change = changeOf(job, old)
  return [
    ...validateCounters('status', job.status, ['active', 'succeeded', 'failed', 'ready', 'terminating']),
    ...validateUncounted(change.status),
    ...validateEnd(change),
    ...validateIndexes(change),
    ...validateRunning(change),
    ...validateSuccessCriteria(change),
    ...validateTransition(change),
  ]
}
