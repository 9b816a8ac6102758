// Tolerations, spreading, gates.
import type { PodSchedulingGate, Toleration, TopologySpreadConstraint } from '../../../../api/core/v1.ts'
import { duplicate, type FieldError, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { validateLabelName, validateLabelSelector } from '../../../../apimachinery/validation/labels.ts'
import { isLabelValue, isQualifiedName } from '../../../../apimachinery/validation/names.ts'
import { invalidAll, notPositive, oneOf } from './invalid-values.ts'
import type { PodValidationOptions } from './options.ts'
import { validateMatchLabelKeys } from './validate-label-keys.ts'

export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

function validateOperator(field: string, { operator, value = '' }: Toleration): readonly FieldError[] {
  if (operator === undefined || (operator as string) === '' || operator === 'Equal') {
    const messages = isLabelValue(value)
    return messages.length > 0 ? [invalid(field, value, messages.join(';'))] : []
  }
  if (operator === 'Exists') return value ? [invalid(field, value, "value must be empty when `operator` is 'Exists'")] : []
  // The comparing operators are an alpha feature; only the message knows them.
  const compares = operator === 'Lt' || operator === 'Gt'
  return [notSupported(field, operator, compares ? ['Equal', 'Exists', 'Lt', 'Gt'] : ['Equal', 'Exists'])]
}

export function validateTolerations(field: string, tolerations: readonly Toleration[] = []): readonly FieldError[] {
  return tolerations.flatMap((toleration, index) => {
    const path = `${field}[${index}]`
    const { key, operator, effect, tolerationSeconds } = toleration
    const errors: FieldError[] = key ? [...validateLabelName(`${path}.key`, key)] : []
    if (!key && operator !== 'Exists') {
      errors.push(invalid(`${path}.operator`, operator ?? '', 'operator must be Exists when `key` is empty, which means "match all values and all keys"'))
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      errors.push(invalid(`${path}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"))
    }
    return [...errors, ...validateOperator(`${path}.operator`, toleration), ...oneOf(`${path}.effect`, effect || undefined, taintEffects)]
  })
}

export function validateSpreadConstraints(
  field: string,
  constraints: readonly TopologySpreadConstraint[] = [],
  options: PodValidationOptions,
): readonly FieldError[] {
  return constraints.flatMap((constraint, index) => {
    const path = `${field}[${index}]`
    const { maxSkew = 0, topologyKey = '', minDomains, labelSelector, matchLabelKeys } = constraint
    const action: string = constraint.whenUnsatisfiable ?? ''
    const errors: FieldError[] = []
    if (maxSkew <= 0) errors.push(invalid(`${path}.maxSkew`, maxSkew, notPositive))
    if (!topologyKey) errors.push(required(`${path}.topologyKey`, 'can not be empty'))
    errors.push(...oneOf(`${path}.whenUnsatisfiable`, action, ['DoNotSchedule', 'ScheduleAnyway']))
    const again = constraints.slice(index + 1).some((c) => (c.topologyKey ?? '') === topologyKey && (c.whenUnsatisfiable ?? '') === action)
    if (again) errors.push(duplicate(`${path}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${action}}`))
    if (minDomains !== undefined) {
      if (minDomains <= 0) errors.push(invalid(`${path}.minDomains`, minDomains, notPositive))
      if (action !== 'DoNotSchedule') {
        errors.push(invalid(`${path}.minDomains`, minDomains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`))
      }
    }
    errors.push(...oneOf(`${path}.nodeAffinityPolicy`, constraint.nodeAffinityPolicy, ['Honor', 'Ignore']))
    errors.push(...oneOf(`${path}.nodeTaintsPolicy`, constraint.nodeTaintsPolicy, ['Honor', 'Ignore']))
    if (!options.allowInvalidSpreadLabelKeys) errors.push(...validateMatchLabelKeys(path, matchLabelKeys, undefined, labelSelector))
    if (!options.allowInvalidSpreadSelector) errors.push(...validateLabelSelector(`${path}.labelSelector`, labelSelector))
    return errors
  })
}

export function validateSchedulingGates(field: string, gates: readonly PodSchedulingGate[] = []): readonly FieldError[] {
  const seen = new Set<string>()
  return gates.flatMap(({ name = '' }, index) => {
    const path = `${field}[${index}]`
    const again = seen.has(name)
    seen.add(name)
    return [...invalidAll(path, name, isQualifiedName(name)), ...(again ? [duplicate(path, name)] : [])]
  })
}
