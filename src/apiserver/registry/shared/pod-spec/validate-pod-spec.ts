// The rules of pod specs, for pods and for all templates. Source: pkg/apis/core/validation/validation.go (ValidatePodSpec).
// Feature gates are those of 1.36 by default: what an alpha feature would allow is refused, or has been dropped before.
import type { PodSpec, PodTemplateSpec } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { validateLabels } from '../../../../apimachinery/validation/labels.ts'
import { inclusiveRangeError, isQualifiedName } from '../../../../apimachinery/validation/names.ts'
import { validateAnnotations } from '../../../../apimachinery/validation/object-meta.ts'
import { invalidAll, requiredOneOf, subdomain } from './invalid-values.ts'
import type { PodValidationOptions } from './options.ts'
import { validateAffinity } from './validate-affinity.ts'
import {
  type ContainerSurroundings,
  validateContainers,
  validateEphemeralContainers,
  validateInitContainers,
  validateRestartPolicy,
} from './validate-containers.ts'
import { validateDnsConfig, validateHostAliases, validateHostnameOverride, validateHostnames } from './validate-network.ts'
import { validatePodAnnotations } from './validate-pod-annotations.ts'
import { validatePodLevelResources } from './validate-pod-resources.ts'
import { validateFileVolumes } from './validate-env.ts'
import { validateHostNetworkPorts } from './validate-ports.ts'
import { validateAppArmorAgrees, validateSeccompAgrees } from './validate-profiles.ts'
import { validatePodClaims } from './validate-resource-claims.ts'
import { validateContainerResources } from './validate-resources.ts'
import { validateSchedulingGates, validateSpreadConstraints, validateTolerations } from './validate-scheduling.ts'
import { validateHostUsers, validatePodSecurityContext } from './validate-security-context.ts'
import { validateVolumes } from './validate-volumes.ts'
import { validateHostProcess, validateOs } from './validate-windows.ts'

const deadlineMax = 2 ** 31 - 1

function validateScalars(field: string, spec: PodSpec, options: PodValidationOptions): readonly FieldError[] {
  const { activeDeadlineSeconds: deadline, preemptionPolicy } = spec
  const name = (key: 'serviceAccountName' | 'nodeName' | 'priorityClassName') => (spec[key] ? subdomain(`${field}.${key}`, spec[key]) : [])
  return [
    ...name('serviceAccountName'),
    ...name('nodeName'),
    ...(deadline !== undefined && (deadline < 1 || deadline > deadlineMax)
      ? [invalid(`${field}.activeDeadlineSeconds`, deadline, inclusiveRangeError(1, deadlineMax))]
      : []),
    ...validateHostnames(field, spec),
    ...validateTolerations(`${field}.tolerations`, spec.tolerations),
    ...validateHostAliases(`${field}.hostAliases`, spec.hostAliases),
    ...name('priorityClassName'),
    ...(spec.runtimeClassName === undefined ? [] : subdomain(`${field}.runtimeClassName`, spec.runtimeClassName)),
    ...(preemptionPolicy === undefined ? [] : requiredOneOf(`${field}.preemptionPolicy`, preemptionPolicy, ['PreemptLowerPriority', 'Never'])),
    // An overhead is checked as limits are, and named as such.
    ...(spec.overhead ? validateContainerResources(`${field}.overhead`, { limits: spec.overhead }, new Set(), options) : []),
    ...validateOs(field, spec),
  ]
}

const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']

function validateDnsPolicy(field: string, policy: string | undefined): readonly FieldError[] {
  if (!policy) return [required(field)]
  return dnsPolicies.includes(policy) ? [] : [notSupported(field, policy, dnsPolicies)]
}

/** A spec that was sent without containers has null there. */
const withContainers = (spec: PodSpec | undefined): PodSpec => (spec?.containers ? spec : { ...spec, containers: [] })

/** @param field `spec`, `spec.template.spec` */
export function validatePodSpec(sent: PodSpec, field: string, options: PodValidationOptions = {}): readonly FieldError[] {
  const spec = withContainers(sent)
  const volumes = validateVolumes(`${field}.volumes`, spec.volumes, options)
  const podClaims = new Set((spec.resourceClaims ?? []).map(({ name }) => name).filter(Boolean))
  const around: ContainerSurroundings = { spec, volumes: volumes.byName, podClaims, options }
  return [
    ...(spec.terminationGracePeriodSeconds === undefined ? [required(`${field}.terminationGracePeriodSeconds`)] : []),
    ...volumes.errors,
    ...validatePodClaims(`${field}.resourceClaims`, spec.resourceClaims, options),
    ...validateContainers(`${field}.containers`, around),
    ...validateInitContainers(`${field}.initContainers`, around),
    ...validateEphemeralContainers(`${field}.ephemeralContainers`, around),
    ...validatePodLevelResources(`${field}.resources`, spec, podClaims, options),
    ...validateHostNetworkPorts(field, spec, options),
    ...validateRestartPolicy(`${field}.restartPolicy`, spec.restartPolicy),
    ...validateDnsPolicy(`${field}.dnsPolicy`, spec.dnsPolicy),
    ...validateLabels(`${field}.nodeSelector`, spec.nodeSelector),
    ...validatePodSecurityContext(field, spec, options),
    ...validateAffinity(`${field}.affinity`, spec.affinity, options),
    ...validateDnsConfig(`${field}.dnsConfig`, spec),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType = '' }, index) =>
      invalidAll(`${field}.readinessGates[${index}].conditionType`, conditionType, isQualifiedName(conditionType)),
    ),
    ...validateSchedulingGates(`${field}.schedulingGates`, spec.schedulingGates),
    ...validateSpreadConstraints(`${field}.topologySpreadConstraints`, spec.topologySpreadConstraints, options),
    ...validateHostProcess(field, spec),
    ...validateHostUsers(field, spec, options),
    ...validateHostnameOverride(field, spec),
    ...validateScalars(field, spec, options),
    ...validateFileVolumes(field, spec),
  ]
}

/** @param field `spec.template`, `template` */
export function validatePodTemplateSpec({ metadata, spec }: PodTemplateSpec, field: string, options: PodValidationOptions = {}): readonly FieldError[] {
  const own = withContainers(spec)
  return [
    ...validateLabels(`${field}.labels`, metadata?.labels),
    ...validateAnnotations(`${field}.annotations`, metadata?.annotations),
    ...validatePodAnnotations(`${field}.annotations`, metadata?.annotations, own, options),
    ...validatePodSpec(own, `${field}.spec`, options),
    ...validateSeccompAgrees(`${field}.spec`, metadata?.annotations, own),
    ...validateAppArmorAgrees(`${field}.spec`, metadata?.annotations, own),
    ...(own.ephemeralContainers?.length ? [forbidden(`${field}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')] : []),
  ]
}
