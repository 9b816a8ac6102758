// Rules of DaemonSets. Source: pkg/apis/apps/validation/validation.go.
import type { DaemonSet, DaemonSetUpdateStrategy, RollingUpdateDaemonSet } from '../../../../api/apps/v1.ts'
import { type FieldError, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { validateLabelSelector } from '../../../../apimachinery/validation/labels.ts'
import { internalFormOf } from '../../shared/pod-spec/internal-form.ts'
import { nonNegative } from '../../shared/pod-spec/invalid-values.ts'
import { podValidationOptions } from '../../shared/pod-spec/options.ts'
import { validatePodTemplateSpec } from '../../shared/pod-spec/validate-pod-spec.ts'
import { validateCollisionCount, validateCounters } from '../../shared/workload/counters.ts'
import { isNone, validateAtMost100Percent, validateIntOrPercent } from '../../shared/workload/int-or-percent.ts'
import { parsedSelector, validateEndless, validateNonEmptySelector, validateTemplateMatches } from '../../shared/workload/validate-template.ts'
import { templateGeneration } from './template-generation.ts'

/** A node's pod is replaced either before or after the old one is gone, never both. */
function validateRollingUpdate(field: string, { maxUnavailable, maxSurge }: RollingUpdateDaemonSet): readonly FieldError[] {
  const errors = [
    ...validateIntOrPercent(`${field}.maxUnavailable`, maxUnavailable),
    ...validateIntOrPercent(`${field}.maxSurge`, maxSurge),
    ...validateAtMost100Percent(`${field}.maxUnavailable`, maxUnavailable),
    ...validateAtMost100Percent(`${field}.maxSurge`, maxSurge),
  ]
  if (!isNone(maxUnavailable) && !isNone(maxSurge)) {
    errors.push(invalid(`${field}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'))
  } else if (isNone(maxUnavailable) && isNone(maxSurge)) errors.push(required(`${field}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'))
  return errors
}

function validateUpdateStrategy(field: string, strategy: DaemonSetUpdateStrategy): readonly FieldError[] {
  if (strategy.type === 'OnDelete') return []
  if (strategy.type === 'RollingUpdate') return validateRollingUpdate(`${field}.rollingUpdate`, strategy.rollingUpdate ?? {})
  return [notSupported(field, internalFormOf('io.k8s.api.apps.v1.DaemonSetUpdateStrategy', strategy), ['RollingUpdate', 'OnDelete'])]
}

/** @param old the stored DaemonSet; absent on create */
export function validateDaemonSet(set: DaemonSet, old?: DaemonSet): readonly FieldError[] {
  const { spec } = set
  const allowInvalidValues = validateLabelSelector('', old?.spec.selector).length > 0
  const selector = parsedSelector(spec.selector)
  return [
    ...validateLabelSelector('spec.selector', spec.selector, { allowInvalidValues }),
    ...(selector ? validateTemplateMatches('spec.template', spec.template, selector) : []),
    ...validateNonEmptySelector('spec.selector', spec.selector, 'daemonset'),
    ...validatePodTemplateSpec(spec.template, 'spec.template', podValidationOptions(old?.spec.template)),
    ...validateEndless('spec.template', spec.template, 'DaemonSet'),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...nonNegative('spec.templateGeneration', Number(templateGeneration(set))),
    ...validateUpdateStrategy('spec.updateStrategy', spec.updateStrategy ?? {}),
    ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
  ]
}

const counters = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
]

export const validateDaemonSetStatus = ({ status }: DaemonSet, old: DaemonSet): readonly FieldError[] => [
  ...validateCounters('status', status, counters),
  ...validateCollisionCount(status, old.status),
]
