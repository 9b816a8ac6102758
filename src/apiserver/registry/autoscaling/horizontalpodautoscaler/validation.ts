// Rules of HorizontalPodAutoscalers. Source: pkg/apis/autoscaling/validation/validation.go,
// pkg/registry/autoscaling/horizontalpodautoscaler/strategy.go (validationOptionsForHorizontalPodAutoscaler).
import type { HPAScalingPolicy, HPAScalingRules, HorizontalPodAutoscaler } from '../../../../api/autoscaling/v2.ts'
import { type FieldError, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { parseQuantity } from '../../../../apimachinery/quantity/quantity.ts'
import { isNegative, notPositive } from '../../shared/pod-spec/invalid-values.ts'
import { validateCounters } from '../../shared/workload/counters.ts'
import { validateMetrics } from './validate-metrics.ts'
import { apiVersionProblem, type ReferenceOptions, validateTargetReference } from './validate-reference.ts'

/** An hour. */
const stabilizationSecondsMax = 3600
/** Half an hour. */
const periodSecondsMax = 1800

const selectPolicies = ['Disabled', 'Max', 'Min']
const policyTypes = ['Percent', 'Pods']

function validatePolicy(field: string, { type = '', value = 0, periodSeconds = 0 }: HPAScalingPolicy): readonly FieldError[] {
  return [
    ...(policyTypes.includes(type) ? [] : [notSupported(`${field}.type`, type, policyTypes)]),
    ...(value <= 0 ? [invalid(`${field}.value`, value, notPositive)] : []),
    ...(periodSeconds <= 0 ? [invalid(`${field}.periodSeconds`, periodSeconds, notPositive)] : []),
    ...(periodSeconds > periodSecondsMax ? [invalid(`${field}.periodSeconds`, periodSeconds, `must be less than or equal to ${periodSecondsMax}`)] : []),
  ]
}

function validateWindow(field: string, seconds: number | undefined): readonly FieldError[] {
  if (seconds === undefined) return []
  if (seconds < 0) return [invalid(field, seconds, 'must be greater than or equal to zero')]
  return seconds > stabilizationSecondsMax ? [invalid(field, seconds, `must be less than or equal to ${stabilizationSecondsMax}`)] : []
}

function validateTolerance(field: string, tolerance: string | undefined): readonly FieldError[] {
  if (tolerance === undefined) return []
  const parsed = parseQuantity(tolerance)
  return parsed.sign < 0 ? [invalid(field, parsed.toString(), isNegative)] : []
}

function validateRules(field: string, rules: HPAScalingRules | undefined): readonly FieldError[] {
  if (!rules) return []
  const { stabilizationWindowSeconds, selectPolicy, policies = [], tolerance } = rules
  return [
    ...validateWindow(`${field}.stabilizationWindowSeconds`, stabilizationWindowSeconds),
    ...(selectPolicy === undefined || selectPolicies.includes(selectPolicy) ? [] : [notSupported(`${field}.selectPolicy`, selectPolicy, selectPolicies)]),
    ...(policies.length === 0 ? [required(`${field}.policies`, 'must specify at least one Policy')] : []),
    ...policies.flatMap((policy, index) => validatePolicy(`${field}.policies[${index}]`, policy)),
    ...validateTolerance(`${field}.tolerance`, tolerance),
  ]
}

function validateReplicas(minReplicas: number | undefined, maxReplicas: number, least: number): readonly FieldError[] {
  const field = 'spec.maxReplicas'
  const errors: FieldError[] = []
  if (minReplicas !== undefined && minReplicas < least) {
    errors.push(invalid('spec.minReplicas', minReplicas, `must be greater than or equal to ${least}`))
  }
  if (maxReplicas === 0) errors.push(required(field, 'must be set and greater than 0'))
  else if (maxReplicas < 1) errors.push(invalid(field, maxReplicas, 'must be greater than 0'))
  if (minReplicas !== undefined && maxReplicas < minReplicas) errors.push(invalid(field, maxReplicas, 'must be greater than or equal to `minReplicas`'))
  return errors
}

function referenceOptions({ spec }: HorizontalPodAutoscaler, old: HorizontalPodAutoscaler | undefined): ReferenceOptions {
  // The only kind of the core group that can be scaled.
  const options = { anyGroup: spec.scaleTargetRef.kind === 'ReplicationController' }
  return { ...options, anyVersion: old !== undefined && apiVersionProblem(old.spec.scaleTargetRef.apiVersion ?? '', options) !== undefined }
}

/** @param old the stored autoscaler; absent on create */
export function validateHorizontalPodAutoscaler(autoscaler: HorizontalPodAutoscaler, old?: HorizontalPodAutoscaler): readonly FieldError[] {
  const { minReplicas, maxReplicas, scaleTargetRef, metrics = [], behavior } = autoscaler.spec
  return [
    ...validateReplicas(minReplicas, maxReplicas, old?.spec.minReplicas === 0 ? 0 : 1),
    ...validateTargetReference('spec.scaleTargetRef', scaleTargetRef, referenceOptions(autoscaler, old)),
    ...validateMetrics('spec.metrics', metrics, minReplicas),
    ...validateRules('spec.behavior.scaleUp', behavior?.scaleUp),
    ...validateRules('spec.behavior.scaleDown', behavior?.scaleDown),
  ]
}

export const validateHorizontalPodAutoscalerStatus = ({ status }: HorizontalPodAutoscaler): readonly FieldError[] =>
  validateCounters('status', status, ['currentReplicas', 'desiredReplicas'])
