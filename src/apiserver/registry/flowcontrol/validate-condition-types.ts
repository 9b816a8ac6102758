// Conditions of FlowSchemas and PriorityLevelConfigurations. Source: pkg/apis/flowcontrol/validation/validation.go.
import { duplicate, type FieldError, required } from '../../../apimachinery/field-errors.ts'

export function validateConditionTypes(conditions: readonly { readonly type?: string }[] = []): readonly FieldError[] {
  const seen = new Set<string>()
  return conditions.flatMap(({ type = '' }, i) => {
    const field = `status.conditions[${i}].type`
    const errors = seen.has(type) ? [duplicate(field, type)] : []
    seen.add(type)
    return type ? errors : [...errors, required(field, 'must not be empty')]
  })
}
