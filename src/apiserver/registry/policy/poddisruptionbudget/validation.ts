// Rules of PodDisruptionBudgets. Source: pkg/apis/policy/validation/validation.go.
import type { PodDisruptionBudget } from '../../../../api/policy/v1.ts'
import { type FieldError, invalid, notSupported } from '../../../../apimachinery/field-errors.ts'
import { validateLabelSelector } from '../../../../apimachinery/validation/labels.ts'
import { validateConditions } from '../../shared/validate-conditions.ts'
import { validateCounters } from '../../shared/workload/counters.ts'
import { validateAtMost100Percent, validateIntOrPercent } from '../../shared/workload/int-or-percent.ts'

type IntOrPercent = number | string | undefined

const validateAmount = (field: string, value: IntOrPercent) => [...validateIntOrPercent(field, value), ...validateAtMost100Percent(field, value)]

const evictionPolicies = ['AlwaysAllow', 'IfHealthyBudget']

/** @param old the stored budget; absent on create */
export function validatePodDisruptionBudget({ spec = {} }: PodDisruptionBudget, old?: PodDisruptionBudget): readonly FieldError[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec
  const errors: FieldError[] = []
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const printed = { MinAvailable: minAvailable, Selector: selector ?? null, MaxUnavailable: maxUnavailable, UnhealthyPodEvictionPolicy: policy ?? null }
    errors.push(invalid('spec', printed, 'minAvailable and maxUnavailable cannot be both set'))
  }
  errors.push(...validateAmount('spec.minAvailable', minAvailable), ...validateAmount('spec.maxUnavailable', maxUnavailable))
  const allowInvalidValues = validateLabelSelector('', old?.spec?.selector).length > 0
  errors.push(...validateLabelSelector('spec.selector', selector, { allowInvalidValues }))
  if (policy !== undefined && !evictionPolicies.includes(policy)) {
    errors.push(notSupported('spec.unhealthyPodEvictionPolicy', policy, evictionPolicies))
  }
  return errors
}

export const validatePodDisruptionBudgetStatus = ({ status }: PodDisruptionBudget): readonly FieldError[] => [
  ...validateConditions('status.conditions', status?.conditions),
  ...validateCounters('status', status, ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods']),
]
