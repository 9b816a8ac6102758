// What an autoscaler refers to. Source: pkg/apis/autoscaling/validation/validation.go (ValidateCrossVersionObjectReference).
import type { CrossVersionObjectReference } from '../../../../api/autoscaling/v2.ts'
import { type FieldError, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { isPathSegmentName } from '../../../../apimachinery/validation/names.ts'
import { invalidAll } from '../../shared/pod-spec/invalid-values.ts'

export interface ReferenceOptions {
  /** The core group, which has no name, will do. */
  readonly anyGroup?: boolean
  /** What is stored has not been checked once. */
  readonly anyVersion?: boolean
}

/** What is wrong with an apiVersion; undefined: nothing. */
export function apiVersionProblem(apiVersion: string, { anyGroup }: ReferenceOptions): string | undefined {
  const parts = apiVersion.split('/')
  if (parts.length > 2) return `unexpected GroupVersion string: ${apiVersion}`
  const group = parts.length === 2 ? parts[0] : ''
  return anyGroup || group ? undefined : 'apiVersion must specify API group'
}

const segment = (field: string, value = '') => (value ? invalidAll(field, value, isPathSegmentName(value)) : [required(field)])

export function validateTargetReference(field: string, reference: CrossVersionObjectReference, options: ReferenceOptions): readonly FieldError[] {
  const { kind, name, apiVersion = '' } = reference
  const problem = options.anyVersion ? undefined : apiVersionProblem(apiVersion, options)
  return [...segment(`${field}.kind`, kind), ...segment(`${field}.name`, name), ...(problem ? [invalid(`${field}.apiVersion`, apiVersion, problem)] : [])]
}
