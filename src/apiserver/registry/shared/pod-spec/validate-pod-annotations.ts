// Annotations that once were fields, or still say something to the machinery.
import type { PodSpec, Toleration } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, invalid } from '../../../../apimachinery/field-errors.ts'
import { parseJsonText } from '../validation/json-text.ts'
import { sortedEntries } from './invalid-values.ts'
import { deletionCostKey, isDeletionCost, type PodValidationOptions } from './options.ts'
import { ownValue } from './own-value.ts'
import { appArmorPrefix, validateAppArmorAnnotations, validateSeccompAnnotations } from './validate-profiles.ts'
import { validateTolerations } from './validate-scheduling.ts'

type Annotations = { readonly [key: string]: string } | undefined

/** On pods that a kubelet shows for its static pods. */
export const mirrorKey = 'kubernetes.io/config.mirror'
const tolerationsKey = 'scheduler.alpha.kubernetes.io/tolerations'

function validateTolerationText(field: string, text: string): readonly FieldError[] {
  const parsed = parseJsonText<readonly Toleration[]>(text, 'array', '[]core.Toleration')
  if (parsed.complaint !== undefined) return [invalid(field, tolerationsKey, parsed.complaint)]
  return validateTolerations(`${field}.${tolerationsKey}`, parsed.value ?? [])
}

/** @param field of the annotations */
export function validatePodAnnotations(field: string, annotations: Annotations, spec: PodSpec, options: PodValidationOptions): readonly FieldError[] {
  const mirror = ownValue(annotations, mirrorKey)
  const tolerations = ownValue(annotations, tolerationsKey)
  const cost = ownValue(annotations, deletionCostKey)
  return [
    ...(mirror !== undefined && !spec.nodeName ? [invalid(`${field}[${mirrorKey}]`, mirror, 'must set spec.nodeName if mirror pod annotation is set')] : []),
    ...(tolerations ? validateTolerationText(field, tolerations) : []),
    ...(cost !== undefined && !options.allowInvalidDeletionCost && !isDeletionCost(cost)
      ? [invalid(`${field}[${deletionCostKey}]`, cost, 'must be a 32bit integer')]
      : []),
    ...validateSeccompAnnotations(field, annotations),
    ...validateAppArmorAnnotations(field, annotations, spec),
  ]
}

interface WithAnnotations {
  readonly metadata: { readonly annotations?: Annotations }
  readonly spec: PodSpec
}

/** Some annotations are as immutable as the fields they stand for; and all of them must be good (again, where that was asked already). */
export function validatePodAnnotationsUpdate(pod: WithAnnotations, before: WithAnnotations, options: PodValidationOptions): readonly FieldError[] {
  const field = 'metadata.annotations'
  const { annotations } = pod.metadata
  const old = before.metadata.annotations
  const errors: FieldError[] = []
  for (const [key, before] of sortedEntries(old)) {
    if (ownValue(annotations, key) === before) continue
    if (key.startsWith(appArmorPrefix)) errors.push(forbidden(`${field}[${key}]`, 'may not remove or update AppArmor annotations'))
    if (key === mirrorKey) errors.push(forbidden(`${field}[${key}]`, 'may not remove or update mirror pod annotation'))
  }
  for (const [key] of sortedEntries(annotations)) {
    if (ownValue(old, key) !== undefined) continue
    if (key.startsWith(appArmorPrefix)) errors.push(forbidden(`${field}[${key}]`, 'may not add AppArmor annotations'))
    if (key === mirrorKey) errors.push(forbidden(`${field}[${key}]`, 'may not add mirror pod annotation'))
  }
  return [...errors, ...validatePodAnnotations(field, annotations, pod.spec, options)]
}
