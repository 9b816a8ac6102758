// Rules of Deployments. Source: pkg/apis/apps/validation/validation.go.
import type { Deployment, DeploymentStrategy, RollingUpdateDeployment } from '../../../../api/apps/v1.ts'
import { type FieldError, forbidden, invalid, notSupported } from '../../../../apimachinery/field-errors.ts'
import { internalFormOf } from '../../shared/pod-spec/internal-form.ts'
import { nonNegative } from '../../shared/pod-spec/invalid-values.ts'
import { podValidationOptions } from '../../shared/pod-spec/options.ts'
import { validateAtMost, validateCollisionCount, validateCounters } from '../../shared/workload/counters.ts'
import { isNone, validateAtMost100Percent, validateIntOrPercent } from '../../shared/workload/int-or-percent.ts'
import { validateReplicatedTemplate } from '../../shared/workload/validate-replicated.ts'
import { validateRollback } from './rollback.ts'

function validateRollingUpdate(field: string, { maxUnavailable, maxSurge }: RollingUpdateDeployment): readonly FieldError[] {
  return [
    ...validateIntOrPercent(`${field}.maxUnavailable`, maxUnavailable),
    ...validateIntOrPercent(`${field}.maxSurge`, maxSurge),
    ...(isNone(maxUnavailable) && isNone(maxSurge) ? [invalid(`${field}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0')] : []),
    ...validateAtMost100Percent(`${field}.maxUnavailable`, maxUnavailable),
  ]
}

function validateDeploymentStrategy(field: string, strategy: DeploymentStrategy): readonly FieldError[] {
  const { type, rollingUpdate } = strategy
  if (type === 'RollingUpdate') return validateRollingUpdate(`${field}.rollingUpdate`, rollingUpdate ?? {})
  if (type === 'Recreate') {
    return rollingUpdate ? [forbidden(`${field}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")] : []
  }
  return [notSupported(field, internalFormOf('io.k8s.api.apps.v1.DeploymentStrategy', strategy), ['Recreate', 'RollingUpdate'])]
}

function validateProgressDeadline(seconds: number | undefined, minReadySeconds: number): readonly FieldError[] {
  const field = 'spec.progressDeadlineSeconds'
  if (seconds === undefined) return []
  return [...nonNegative(field, seconds), ...(seconds <= minReadySeconds ? [invalid(field, seconds, 'must be greater than minReadySeconds')] : [])]
}

/** @param old the stored Deployment; absent on create */
export function validateDeployment(deployment: Deployment, old?: Deployment): readonly FieldError[] {
  const { spec } = deployment
  return [
    ...nonNegative('spec.replicas', spec.replicas),
    ...validateReplicatedTemplate(spec, podValidationOptions(old?.spec.template)),
    ...validateDeploymentStrategy('spec.strategy', spec.strategy ?? {}),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ...validateRollback(deployment),
    ...validateProgressDeadline(spec.progressDeadlineSeconds, spec.minReadySeconds ?? 0),
  ]
}

const counters = [
  'observedGeneration',
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
  'terminatingReplicas',
  'collisionCount',
]

export const validateDeploymentStatus = ({ status }: Deployment, old: Deployment): readonly FieldError[] => [
  ...validateCounters('status', status, counters),
  ...validateAtMost(status, 'replicas', ['updatedReplicas', 'readyReplicas', 'availableReplicas']),
  ...validateAtMost(status, 'readyReplicas', ['availableReplicas'], 'cannot be greater than readyReplicas'),
  ...validateCollisionCount(status, old.status),
]
