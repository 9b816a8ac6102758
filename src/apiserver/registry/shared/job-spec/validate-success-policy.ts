// When an indexed Job counts as done early. Source: pkg/apis/batch/validation/validation.go (validateSuccessPolicy).
import type { JobSpec, SuccessPolicy, SuccessPolicyRule } from '../../../../api/batch/v1.ts'
import { type FieldError, invalid, required, tooLong, tooMany } from '../../../../apimachinery/field-errors.ts'
import { byteLength } from '../../../../apimachinery/validation/names.ts'
import { internalFormOf } from '../pod-spec/internal-form.ts'
import { nonNegative } from '../pod-spec/invalid-values.ts'
import { countIndexes } from './index-intervals.ts'

const rulesMax = 20
/** 64 KiB. */
const indexesBytesMax = 64 * 1024

function validateCount(field: string, count: number, completions: number, named: number | undefined): readonly FieldError[] {
  const errors = [...nonNegative(field, count)]
  if (count > completions) errors.push(invalid(field, count, `must be less than or equal to ${completions} (the number of specified completions)`))
  if (named !== undefined && count > named) {
    errors.push(invalid(field, count, `must be less than or equal to ${named} (the number of indexes in the specified succeededIndexes field)`))
  }
  return errors
}

function validateRule(field: string, { succeededCount, succeededIndexes }: SuccessPolicyRule, completions: number): readonly FieldError[] {
  const errors: FieldError[] = []
  if (succeededCount === undefined && succeededIndexes === undefined) {
    errors.push(required(field, 'at least one of succeededCount or succeededIndexes must be specified'))
  }
  let named: number | undefined
  if (succeededIndexes !== undefined) {
    const at = `${field}.succeededIndexes`
    const counted = countIndexes(succeededIndexes, completions)
    if (byteLength(succeededIndexes) > indexesBytesMax) errors.push(tooLong(at, indexesBytesMax))
    if (typeof counted === 'string') errors.push(invalid(at, succeededIndexes, `error parsing succeededIndexes: ${counted}`))
    named = typeof counted === 'string' ? 0 : counted
  }
  if (succeededCount !== undefined) errors.push(...validateCount(`${field}.succeededCount`, succeededCount, completions, named))
  return errors
}

export function validateSuccessPolicy(field: string, policy: SuccessPolicy, { completionMode, completions = 0 }: JobSpec): readonly FieldError[] {
  if (completionMode !== 'Indexed') {
    return [invalid(field, internalFormOf('io.k8s.api.batch.v1.SuccessPolicy', policy), 'requires indexed completion mode')]
  }
  const rules = policy.rules ?? []
  return [
    ...(rules.length === 0 ? [required(`${field}.rules`, 'at least one rules must be specified when the successPolicy is specified')] : []),
    ...(rules.length > rulesMax ? [tooMany(`${field}.rules`, rules.length, rulesMax)] : []),
    ...rules.flatMap((rule, index) => validateRule(`${field}.rules[${index}]`, rule, completions)),
  ]
}
