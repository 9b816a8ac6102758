// Conditions of the common form (meta/v1 Condition). Source: k8s.io/apimachinery pkg/apis/meta/v1/validation (ValidateConditions).
import type { Condition } from '../../../api/meta/v1.ts'
import { duplicate, type FieldError, invalid, notSupported, required, tooLong } from '../../../apimachinery/field-errors.ts'
import { validateLabelName } from '../../../apimachinery/validation/labels.ts'
import { byteLength, isConditionReason } from '../../../apimachinery/validation/names.ts'

const reasonBytesMax = 1024
const messageBytesMax = 32 * 1024
const statuses = ['False', 'True', 'Unknown']

function validateReason(field: string, reason = ''): readonly FieldError[] {
  if (reason === '') return [required(field)]
  const errors = isConditionReason(reason).map((message) => invalid(field, reason, message))
  return byteLength(reason) > reasonBytesMax ? [...errors, tooLong(field, reasonBytesMax)] : errors
}

function validateCondition(field: string, condition: Condition): readonly FieldError[] {
  const { type = '', status = '', observedGeneration = 0, lastTransitionTime, reason, message = '' } = condition
  return [
    ...validateLabelName(`${field}.type`, type),
    ...(statuses.includes(status) ? [] : [notSupported(`${field}.status`, status, statuses)]),
    ...(observedGeneration < 0 ? [invalid(`${field}.observedGeneration`, observedGeneration, 'must be greater than or equal to zero')] : []),
    ...(lastTransitionTime ? [] : [required(`${field}.lastTransitionTime`)]),
    ...validateReason(`${field}.reason`, reason),
    ...(byteLength(message) > messageBytesMax ? [tooLong(`${field}.message`, messageBytesMax)] : []),
  ]
}

export function validateConditions(field: string, conditions: readonly Condition[] = []): readonly FieldError[] {
  const seen = new Set<string>()
  return conditions.flatMap((condition, index) => {
    const again = seen.has(condition.type) ? [duplicate(`${field}[${index}].type`, condition.type)] : []
    seen.add(condition.type)
    return [...again, ...validateCondition(`${field}[${index}]`, condition)]
  })
}
