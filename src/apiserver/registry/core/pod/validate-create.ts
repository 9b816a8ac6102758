// The rules of pods beyond those of their specs. Source: pkg/apis/core/validation/validation.go (ValidatePodCreate).
import type { Pod } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden } from '../../../../apimachinery/field-errors.ts'
import { isDns1123Subdomain, maskTrailingDash } from '../../../../apimachinery/validation/names.ts'
import { validateObjectMeta } from '../../../../apimachinery/validation/object-meta.ts'
import { type PodValidationOptions, podValidationOptions } from '../../shared/pod-spec/options.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'
import { validateImageOfPod } from '../../shared/pod-spec/validate-containers.ts'
import { mirrorKey, validatePodAnnotations } from '../../shared/pod-spec/validate-pod-annotations.ts'
import { validatePodSpec } from '../../shared/pod-spec/validate-pod-spec.ts'
import { validateAppArmorAgrees, validateSeccompAgrees } from '../../shared/pod-spec/validate-profiles.ts'

export function optionsOf({ metadata }: Pod, old?: Pod): PodValidationOptions {
  const isMirror = ownValue(metadata.annotations, mirrorKey) !== undefined
  return podValidationOptions(old, { isPod: true, podName: metadata.name, isMirror })
}

function validateTokens({ serviceAccountName, volumes = [] }: Pod['spec']): readonly FieldError[] {
  if (serviceAccountName) return []
  return volumes.flatMap(({ projected }, volume) =>
    (projected?.sources ?? []).flatMap(({ serviceAccountToken }, source) =>
      serviceAccountToken
        ? [forbidden(`spec.volumes[${volume}].projected.sources[${source}].serviceAccountToken`, 'must not be specified when serviceAccountName is not set')]
        : [],
    ),
  )
}

const metaRules = {
  namespaced: true,
  validateName: (name: string, prefix: boolean) => isDns1123Subdomain(prefix ? maskTrailingDash(name) : name),
  knownFinalizersOnly: true,
}

/** What an update checks again: upstream looks at metadata once more with each pod, and reports it each time. */
export const validateAgain = (pod: Pod, old: Pod): readonly FieldError[] => [
  ...validateObjectMeta(pod.metadata, metaRules),
  ...validateAlways(pod, optionsOf(pod, old)),
]

/** What holds of a pod at all times. Metadata is the store's matter. */
function validateAlways({ metadata, spec }: Pod, options: PodValidationOptions): readonly FieldError[] {
  return [
    ...validatePodAnnotations('metadata.annotations', metadata.annotations, spec, options),
    ...validatePodSpec(spec, 'spec', options),
    ...validateTokens(spec),
    ...(spec.containers ?? []).flatMap((container, index) => validateImageOfPod(`spec.containers[${index}]`, container)),
    ...(spec.initContainers ?? []).flatMap((container, index) => validateImageOfPod(`spec.initContainers[${index}]`, container)),
  ]
}

export function validateCreate(pod: Pod): readonly FieldError[] {
  const { metadata, spec } = pod
  return [
    ...validateAlways(pod, optionsOf(pod)),
    ...(spec.ephemeralContainers?.length ? [forbidden('spec.ephemeralContainers', 'cannot be set on create')] : []),
    ...(spec.nodeName && spec.schedulingGates?.length ? [forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared')] : []),
    ...validateSeccompAgrees('spec', metadata.annotations, spec),
    ...validateAppArmorAgrees('spec', metadata.annotations, spec),
  ]
}
