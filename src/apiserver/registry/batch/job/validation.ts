// Rules of Jobs. Source: pkg/apis/batch/validation/validation.go, pkg/registry/batch/job/strategy.go (validationOptionsForJob).
import type { Job, JobSpec } from '../../../../api/batch/v1.ts'
import type { PodTemplateSpec } from '../../../../api/core/v1.ts'
import { type FieldError, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { validateLabelSelector } from '../../../../apimachinery/validation/labels.ts'
import { isDns1123Label } from '../../../../apimachinery/validation/names.ts'
import { validateJobSpec } from '../../shared/job-spec/validate-job-spec.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'
import { podValidationOptions } from '../../shared/pod-spec/options.ts'
import { parsedSelector, validateTemplateMatches } from '../../shared/workload/validate-template.ts'
import { controllerUidLabels, jobNameLabels } from './generate-selector.ts'

const labelsField = 'spec.template.metadata.labels'

function validateHasLabel(template: PodTemplateSpec, key: string, expected: string): readonly FieldError[] {
  const labels = template.metadata?.labels
  const value = ownValue(labels, key)
  if (value === undefined) return [required(`${labelsField}[${key}]`, `must be '${expected}'`)]
  return value === expected ? [] : [invalid(`${labelsField}[${key}]`, labels, `must be '${expected}'`)]
}

/** Jobs stored before the prefixed labels existed live without them. */
const hadPrefixedLabels = (old: Job | undefined) =>
  [jobNameLabels[1], controllerUidLabels[1]].every((key) => !old || ownValue(old.spec.template.metadata?.labels, key) !== undefined)

/** Whether the generated labels are there, and the selector is about nothing else. */
function validateGeneratedSelector({ metadata, spec }: Job, old: Job | undefined): readonly FieldError[] {
  if (spec.manualSelector || !spec.selector) return []
  const { name, uid = '' } = metadata
  const plain = [[controllerUidLabels[0], uid] as const, [jobNameLabels[0], name] as const]
  const prefixed = hadPrefixedLabels(old) ? [[controllerUidLabels[1], uid] as const, [jobNameLabels[1], name] as const] : []
  const expected = Object.fromEntries([...plain, ...prefixed])
  const selector = parsedSelector(spec.selector)
  return [
    ...(uid ? [] : [required('metadata.uid')]),
    ...[...plain, ...prefixed].flatMap(([key, value]) => validateHasLabel(spec.template, key, value)),
    ...(selector && !selector.matches(expected) ? [invalid('spec.selector', spec.selector, '`selector` not auto-generated')] : []),
  ]
}

/** Pods of an indexed Job are named after it and their index. */
function validateHostnames({ metadata: { name }, spec }: Job): readonly FieldError[] {
  const { completionMode, completions = 0 } = spec
  if (completionMode !== 'Indexed' || completions <= 0) return []
  const longest = `${name}-${completions - 1}`
  return isDns1123Label(longest).length === 0 ? [] : [invalid('metadata.name', name, `will not able to create pod with invalid DNS label: ${longest}`)]
}

/** The spec with its selector. @param old the stored Job; absent on create */
export function validateSpecAndSelector(spec: JobSpec, old: Job | undefined): readonly FieldError[] {
  const allowInvalidValues = validateLabelSelector('', old?.spec.selector).length > 0
  const selector = parsedSelector(spec.selector)
  return [
    ...validateJobSpec('spec', spec, podValidationOptions(old?.spec.template)),
    ...(spec.selector ? validateLabelSelector('spec.selector', spec.selector, { allowInvalidValues }) : [required('spec.selector')]),
    ...(selector ? validateTemplateMatches('spec.template', spec.template, selector) : []),
  ]
}

/** @param old the stored Job; absent on create */
export const validateJob = (job: Job, old?: Job): readonly FieldError[] => [
  ...validateGeneratedSelector(job, old),
  ...validateSpecAndSelector(job.spec, old),
  ...validateHostnames(job),
]
