// Resources of the pod as a whole: they must have room for what its containers ask for.
import { containerQuantities, type ReadonlyQuantities } from '../../../../api/core/pod-quantities.ts'
import type { PodSpec } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, invalid } from '../../../../apimachinery/field-errors.ts'
import { parseQuantity } from '../../../../apimachinery/quantity/quantity.ts'
import { sortedEntries } from './invalid-values.ts'
import type { PodValidationOptions } from './options.ts'
import { ownValue } from './own-value.ts'
import { isHugePage } from './resource-names.ts'
import { validatePodRequirements } from './validate-resources.ts'

const inOrder = (totals: ReadonlyQuantities) => [...totals].toSorted(([a], [b]) => (a < b ? -1 : 1))

function validateRoom(field: string, spec: PodSpec): readonly FieldError[] {
  const { requests, limits } = spec.resources ?? {}
  const errors: FieldError[] = []
  for (const [name, total] of inOrder(containerQuantities(spec, 'requests'))) {
    const text = ownValue(requests, name)
    if (text === undefined) continue
    const request = parseQuantity(text)
    if (total.compare(request) <= 0) continue
    errors.push(
      invalid(`${field}.requests[${name}]`, request.toString(), `must be greater than or equal to aggregate container requests of ${total.toString()}`),
    )
  }
  // Huge pages cannot be overcommitted.
  for (const [name, total] of inOrder(containerQuantities(spec, 'limits'))) {
    const text = ownValue(limits, name)
    if (!isHugePage(name) || text === undefined) continue
    const limit = parseQuantity(text)
    if (total.compare(limit) <= 0) continue
    errors.push(invalid(`${field}.limits[${name}]`, limit.toString(), `must be greater than or equal to aggregate container limits of ${total.toString()}`))
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
  if (spec.os?.name === 'windows') return [forbidden(field, 'may not be set for a windows pod')]
  return [
    ...(spec.resources.claims ? [forbidden(`${field}.claims`, 'claims may not be set for Resources at pod-level')] : []),
    ...validatePodRequirements(field, spec.resources, podClaims, options),
    ...validateRoom(field, spec),
  ]
}
