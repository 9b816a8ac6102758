// Numbers of pods that may be given as a share: `2`, `"25%"`. Source: pkg/apis/apps/validation/validation.go.
import { type FieldError, invalid } from '../../../../apimachinery/field-errors.ts'
import { isPercent } from '../../../../apimachinery/validation/names.ts'
import { invalidAll, isNegative } from '../pod-spec/invalid-values.ts'

type IntOrPercent = number | string | undefined

/** A whole number of at least 0, or a percentage. */
export function validateIntOrPercent(field: string, value: IntOrPercent): readonly FieldError[] {
  if (typeof value === 'string') return invalidAll(field, value, isPercent(value))
  return value !== undefined && value < 0 ? [invalid(field, value, isNegative)] : []
}

export function validateAtMost100Percent(field: string, value: IntOrPercent): readonly FieldError[] {
  if (typeof value !== 'string' || isPercent(value).length > 0 || Number(value.slice(0, -1)) <= 100) return []
  return [invalid(field, value, 'must not be greater than 100%')]
}

/** Whether it stands for no pods at all; a text that is no number counts as none. */
export function isNone(value: IntOrPercent): boolean {
  if (typeof value === 'string') return !/^[+-]?[0-9]+%?$/.test(value) || Number.parseInt(value, 10) === 0
  return !value
}
