// Source: kubernetes pkg/apis/authorization/validation/validation.go.
import { type FieldError, forbidden, invalid, required } from '../../../apimachinery/field-errors.ts'
import { validateLabelName } from '../../../apimachinery/validation/labels.ts'

export interface SelectorAttributes {
  readonly rawSelector?: string
  readonly requirements?: readonly { readonly key?: string; readonly operator?: string; readonly values?: readonly string[] }[]
}

export interface ResourceAttributes {
  readonly namespace?: string
  readonly verb?: string
  readonly group?: string
  readonly version?: string
  readonly resource?: string
  readonly subresource?: string
  readonly name?: string
  readonly fieldSelector?: SelectorAttributes
  readonly labelSelector?: SelectorAttributes
}

export interface AccessSpec {
  readonly resourceAttributes?: ResourceAttributes
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string }
  readonly user?: string
  readonly groups?: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
  readonly uid?: string
}

/** As messages show it: by its Go names. */
export const shownPath = ({ path = '', verb = '' }: NonNullable<AccessSpec['nonResourceAttributes']>) => ({ Path: path, Verb: verb })

/** @param subject whether the review names whom it is about */
export function validateAccessSpec(spec: AccessSpec, subject: boolean): readonly FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = spec
  const errors: FieldError[] = []
  if (resourceAttributes && nonResourceAttributes) {
    errors.push(invalid('spec.nonResourceAttributes', shownPath(nonResourceAttributes), 'cannot be specified in combination with resourceAttributes'))
  }
  if (!resourceAttributes && !nonResourceAttributes) {
    errors.push(invalid('spec.resourceAttributes', null, 'exactly one of nonResourceAttributes or resourceAttributes must be specified'))
  }
  if (subject && !spec.user && !spec.groups?.length) errors.push(invalid('spec.user', spec.user ?? '', 'at least one of user or group must be specified'))
  if (resourceAttributes) {
    errors.push(
      ...selectorErrors('spec.resourceAttributes.fieldSelector', resourceAttributes.fieldSelector, false),
      ...selectorErrors('spec.resourceAttributes.labelSelector', resourceAttributes.labelSelector, true),
    )
  }
  return errors
}

function selectorErrors(field: string, selector: SelectorAttributes | undefined, labels: boolean): readonly FieldError[] {
  if (!selector) return []
  const { rawSelector = '', requirements = [] } = selector
  if (rawSelector !== '' && requirements.length > 0) return [invalid(`${field}.rawSelector`, rawSelector, 'may not specified at the same time as requirements')]
  if (rawSelector === '' && requirements.length === 0) {
    return [required(`${field}.requirements`, `when ${field} is specified, requirements or rawSelector is required`)]
  }
  return requirements.flatMap(({ key = '', operator = '', values = [] }, index) => {
    const at = `${field}.requirements[${index}]`
    const errors: FieldError[] = []
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0) errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
    } else if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0) {
      errors.push(forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
    }
    if (labels) errors.push(...validateLabelName(`${at}.key`, key))
    else if (key === '') errors.push(required(`${at}.key`, 'must be specified'))
    return errors
  })
}
