// Labels and label selectors in API objects. Source: k8s.io/apimachinery pkg/apis/meta/v1/validation/validation.go.
import { type FieldError, forbidden, invalid, required } from '../field-errors.ts'
import type { LabelSelectorObject, LabelSelectorRequirementObject } from '../labels/from-object.ts'
import { isLabelValue, isQualifiedName } from './names.ts'

export const validateLabelName = (field: string, name: string): readonly FieldError[] => isQualifiedName(name).map((message) => invalid(field, name, message))

export function validateLabels(field: string, labels: { readonly [key: string]: string } | undefined): readonly FieldError[] {
  if (!labels) return []
  const errors: FieldError[] = []
  for (const [key, value] of Object.entries(labels)) {
    errors.push(...validateLabelName(field, key))
    for (const message of isLabelValue(value)) errors.push(invalid(field, value, message))
  }
  return errors
}

export interface LabelSelectorOptions {
  /** Objects stored before values were checked keep theirs. */
  readonly allowInvalidValues?: boolean
  /** Operators other than the four are left to whoever evaluates the selector (access reviews). */
  readonly allowUnknownOperators?: boolean
}

function validateRequirement(field: string, { key, operator, values = [] }: LabelSelectorRequirementObject, options: LabelSelectorOptions): FieldError[] {
  const errors: FieldError[] = []
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) errors.push(required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) errors.push(forbidden(`${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
  } else if (!options.allowUnknownOperators) errors.push(invalid(`${field}.operator`, operator, 'not a valid selector operator'))
  errors.push(...validateLabelName(`${field}.key`, key))
  if (options.allowInvalidValues) return errors
  for (const [index, value] of values.entries()) {
    for (const message of isLabelValue(value)) errors.push(invalid(`${field}.values[${index}]`, value, message))
  }
  return errors
}

/** @param selector absent: nothing to check */
export function validateLabelSelector(
  field: string,
  selector: LabelSelectorObject | null | undefined,
  options: LabelSelectorOptions = {},
): readonly FieldError[] {
  if (!selector) return []
  return [
    ...validateLabels(`${field}.matchLabels`, selector.matchLabels),
    ...(selector.matchExpressions ?? []).flatMap((expression, index) => validateRequirement(`${field}.matchExpressions[${index}]`, expression, options)),
  ]
}
