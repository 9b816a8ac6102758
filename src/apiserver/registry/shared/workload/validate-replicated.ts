// What Deployments, ReplicaSets and ReplicationControllers have in common. Source: pkg/apis/apps/validation/validation.go (ValidatePodTemplateSpecForReplicaSet).
import type { PodTemplateSpec } from '../../../../api/core/v1.ts'
import type { LabelSelector } from '../../../../api/meta/v1.ts'
import { type FieldError, invalid } from '../../../../apimachinery/field-errors.ts'
import type { PodValidationOptions } from '../pod-spec/options.ts'
import { validatePodTemplateSpec } from '../pod-spec/validate-pod-spec.ts'
import { validateAtMost, validateCounters } from './counters.ts'
import { parsedSelector, validateEndless, validateRequiredSelector, validateTemplateMatches } from './validate-template.ts'

interface Replicated {
  readonly selector?: LabelSelector | null
  readonly template?: PodTemplateSpec
}

/** The selector and the template of a spec; errors name both kinds as upstream does. */
export function validateReplicatedTemplate({ selector, template = {} }: Replicated, options: PodValidationOptions): readonly FieldError[] {
  const parsed = parsedSelector(selector)
  const field = 'spec.template'
  return [
    ...validateRequiredSelector('spec.selector', selector, 'deployment'),
    ...(parsed
      ? [
          ...validateTemplateMatches(field, template, parsed),
          ...validatePodTemplateSpec(template, field, options),
          ...validateEndless(field, template, 'ReplicaSet'),
        ]
      : [invalid('spec.selector', selector, 'invalid label selector')]),
  ]
}

const counters = ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration', 'terminatingReplicas']

/** Of ReplicaSets and ReplicationControllers. */
export const validateReplicatedStatus = ({ status }: { readonly status?: object }): readonly FieldError[] => [
  ...validateCounters('status', status, counters),
  ...validateAtMost(status, 'replicas', ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']),
  ...validateAtMost(status, 'readyReplicas', ['availableReplicas'], 'cannot be greater than readyReplicas'),
]
