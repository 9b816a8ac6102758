// Resources of the pod as a whole: they must have room for what its containers ask for.
import type { PodSpec } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, invalid } from '../../../../apimachinery/field-errors.ts'
import { parseQuantity, zeroQuantity } from '../../../../apimachinery/quantity/quantity.ts'
import { containerTotals } from './container-totals.ts'
import { sortedEntries } from './invalid-values.ts'
import type { PodValidationOptions } from './options.ts'
import { ownValue } from './own-value.ts'
import { isPodLevelResource, validatePodRequirements } from './validate-resources.ts'

function validateRoom(field: string, spec: PodSpec): readonly FieldError[] {
  const { requests, limits } = spec.resources ?? {}
  const errors: FieldError[] = []
  for (const [name, total] of [...containerTotals(spec, 'requests')].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (!isPodLevelResource(name)) continue
    const text = ownValue(requests, name)
    const request = text === undefined ? zeroQuantity : parseQuantity(text)
    if (total.compare(request) <= 0) continue
    errors.push(
      invalid(`${field}.requests[${name}]`, request.toString(), `must be greater than or equal to aggregate container requests of ${total.toString()}`),
    )
  }
  for (const [index, { resources }] of (spec.containers ?? []).entries()) {
    for (const [name, text] of sortedEntries(resources?.limits)) {
      const whole = ownValue(limits, name)
      if (whole === undefined || parseQuantity(text).compare(parseQuantity(whole)) <= 0) continue
      const detail = `must be less than or equal to pod limits of ${parseQuantity(whole).toString()}`
      errors.push(invalid(`${field}.containers[${index}][${name}].limits`, parseQuantity(text).toString(), detail))
    }
  }
  return errors
}

export function validatePodLevelResources(field: string, spec: PodSpec, podClaims: ReadonlySet<string>, options: PodValidationOptions): readonly FieldError[] {
  if (!spec.resources) return []
  return [
    ...(spec.resources.claims ? [forbidden(`${field}.claims`, 'claims cannot be set for Resources at pod-level')] : []),
    ...validatePodRequirements(field, spec.resources, podClaims, options),
    ...validateRoom(field, spec),
  ]
}
