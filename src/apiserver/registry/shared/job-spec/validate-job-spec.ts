// What Jobs and the templates of CronJobs have in common. Source: pkg/apis/batch/validation/validation.go (validateJobSpec).
import type { JobSpec } from '../../../../api/batch/v1.ts'
import { type FieldError, invalid, notSupported, required, tooLong } from '../../../../apimachinery/field-errors.ts'
import { byteLength } from '../../../../apimachinery/validation/names.ts'
import { validateDomainPrefixedPath } from '../../../../apimachinery/validation/qualified-fields.ts'
import { nonNegative } from '../pod-spec/invalid-values.ts'
import type { PodValidationOptions } from '../pod-spec/options.ts'
import { validatePodTemplateSpec } from '../pod-spec/validate-pod-spec.ts'
import { validatePodFailurePolicy } from './validate-failure-policy.ts'
import { validateCompletionMode } from './validate-indexed.ts'
import { validateSuccessPolicy } from './validate-success-policy.ts'

const managedByBytesMax = 63

const validateNumbers = (field: string, spec: JobSpec) =>
  (
    ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished', 'backoffLimitPerIndex', 'maxFailedIndexes'] as const
  ).flatMap((name) => nonNegative(`${field}.${name}`, spec[name]))

function validateManagedBy(field: string, managedBy: string | undefined): readonly FieldError[] {
  if (managedBy === undefined) return []
  const long = byteLength(managedBy) > managedByBytesMax ? [tooLong(field, managedByBytesMax)] : []
  return [...validateDomainPrefixedPath(field, managedBy), ...long]
}

function validateReplacement(field: string, { podReplacementPolicy: policy, podFailurePolicy }: JobSpec): readonly FieldError[] {
  const values = podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed']
  return policy === undefined || values.includes(policy) ? [] : [notSupported(field, policy, values)]
}

/** The pods of a Job end; how often they may start again is the Job's to say when it judges failures. */
function validateRestart(field: string, { template, podFailurePolicy }: JobSpec): readonly FieldError[] {
  const policy = template.spec?.restartPolicy ?? ''
  const values = ['OnFailure', 'Never']
  if (policy === 'Always' || policy === '') return [required(field, 'valid values: "OnFailure", "Never"')]
  if (!values.includes(policy)) return [notSupported(field, policy, values)]
  return podFailurePolicy && policy !== 'Never' ? [invalid(field, policy, 'only "Never" is supported when podFailurePolicy is specified')] : []
}

/** @param field `spec`, `spec.jobTemplate.spec` */
export function validateJobSpec(field: string, spec: JobSpec, options: PodValidationOptions): readonly FieldError[] {
  const { maxFailedIndexes, backoffLimitPerIndex, podFailurePolicy, successPolicy } = spec
  const unlimited = maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined
  return [
    ...validateNumbers(field, spec),
    ...(unlimited ? [required(`${field}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified')] : []),
    ...validateManagedBy(`${field}.managedBy`, spec.managedBy),
    ...validateCompletionMode(field, spec),
    ...(podFailurePolicy ? validatePodFailurePolicy(`${field}.podFailurePolicy`, spec) : []),
    ...(successPolicy ? validateSuccessPolicy(`${field}.successPolicy`, successPolicy, spec) : []),
    ...validateReplacement(`${field}.podReplacementPolicy`, spec),
    ...validatePodTemplateSpec(spec.template, `${field}.template`, options),
    ...validateRestart(`${field}.template.spec.restartPolicy`, spec),
  ]
}
