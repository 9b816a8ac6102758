// Rules of CronJobs. Source: pkg/apis/batch/validation/validation.go.
import type { CronJob, JobTemplateSpec } from '../../../../api/batch/v1.ts'
import { parseSchedule, ScheduleError } from '../../../../apimachinery/cron/parse-schedule.ts'
import { isTimeZone } from '../../../../apimachinery/cron/time-zone.ts'
import { type FieldError, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { validateJobSpec } from '../../shared/job-spec/validate-job-spec.ts'
import { nonNegative, requiredOneOf } from '../../shared/pod-spec/invalid-values.ts'
import { type PodValidationOptions, podValidationOptions } from '../../shared/pod-spec/options.ts'

/** The controller appends eleven characters to make the names of its Jobs, which have at most 63. */
const nameLengthMax = 52

function scheduleProblem(schedule: string): string | undefined {
  try {
    parseSchedule(schedule)
    return undefined
  } catch (error) {
    if (error instanceof ScheduleError) return error.message
    throw error
  }
}

/** A zone inside the schedule is only tolerated where it stands already. */
function validateSchedule(schedule: string, timeZone: string | undefined, old: CronJob | undefined): readonly FieldError[] {
  const field = 'spec.schedule'
  if (schedule === '') return [required(field)]
  const problem = scheduleProblem(schedule)
  const errors = problem === undefined ? [] : [invalid(field, schedule, problem)]
  if (!schedule.includes('TZ')) return errors
  if (!old?.spec.schedule.includes('TZ')) return [...errors, invalid(field, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')]
  if (timeZone === undefined) return errors
  return [...errors, invalid(field, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule')]
}

const isZonePart = (part: string) => part !== '.' && part !== '..' && !part.startsWith('-') && /^[A-Za-z.\-_0-9+]{1,14}$/.test(part)

function validateTimeZone(timeZone: string | undefined): readonly FieldError[] {
  const field = 'spec.timeZone'
  if (timeZone === undefined) return []
  if (timeZone === '') return [invalid(field, timeZone, 'timeZone must be nil or non-empty string')]
  if (timeZone.toLowerCase() === 'local') {
    const explicit = invalid(field, timeZone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')
    return timeZone === 'Local' ? [explicit] : [explicit, invalid(field, timeZone, `unknown time zone ${timeZone}`)]
  }
  const known = timeZone.split('/').every(isZonePart) && isTimeZone(timeZone)
  return known ? [] : [invalid(field, timeZone, `unknown time zone ${timeZone}`)]
}

function validateJobTemplate({ spec }: JobTemplateSpec, options: PodValidationOptions): readonly FieldError[] {
  const field = 'spec.jobTemplate.spec'
  const own = spec ?? { template: {} }
  return [
    ...validateJobSpec(field, own, options),
    ...(own.selector ? [invalid(`${field}.selector`, own.selector, '`selector` will be auto-generated')] : []),
    ...(own.manualSelector ? [notSupported(`${field}.manualSelector`, true as never, ['nil', 'false'])] : []),
  ]
}

/** @param old the stored CronJob; absent on create */
export function validateCronJob({ metadata, spec }: CronJob, old?: CronJob): readonly FieldError[] {
  const options = podValidationOptions(old?.spec.jobTemplate.spec?.template)
  return [
    ...validateSchedule(spec.schedule, spec.timeZone, old),
    ...nonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds),
    ...(old && old.spec.timeZone === spec.timeZone ? [] : validateTimeZone(spec.timeZone)),
    ...requiredOneOf('spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']),
    ...validateJobTemplate(spec.jobTemplate, options),
    ...nonNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit),
    ...nonNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit),
    ...(!old && metadata.name.length > nameLengthMax ? [invalid('metadata.name', metadata.name, 'must be no more than 52 characters')] : []),
  ]
}
