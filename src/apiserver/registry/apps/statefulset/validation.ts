// Rules of StatefulSets. Source: pkg/apis/apps/validation/validation.go.
import type { RollingUpdateStatefulSetStrategy, StatefulSet, StatefulSetSpec, StatefulSetUpdateStrategy } from '../../../../api/apps/v1.ts'
import type { PodTemplateSpec, Volume } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { isDns1123Label } from '../../../../apimachinery/validation/names.ts'
import { internalFormOf, sameForm } from '../../shared/pod-spec/internal-form.ts'
import { invalidAll, nonNegative } from '../../shared/pod-spec/invalid-values.ts'
import { type PodValidationOptions, podValidationOptions } from '../../shared/pod-spec/options.ts'
import { validateClaimTemplate } from '../../shared/pod-spec/validate-claim-template.ts'
import { validatePodTemplateSpec } from '../../shared/pod-spec/validate-pod-spec.ts'
import { validateAtMost, validateCollisionCount, validateCounters } from '../../shared/workload/counters.ts'
import { isNone, validateAtMost100Percent, validateIntOrPercent } from '../../shared/workload/int-or-percent.ts'
import { parsedSelector, validateEndless, validateRequiredSelector, validateTemplateMatches } from '../../shared/workload/validate-template.ts'

function validateManagementPolicy(policy = ''): readonly FieldError[] {
  const field = 'spec.podManagementPolicy'
  if (policy === '') return [required(field)]
  return ['OrderedReady', 'Parallel'].includes(policy) ? [] : [invalid(field, policy, "must be 'OrderedReady' or 'Parallel'")]
}

function validateRollingUpdate(field: string, { partition, maxUnavailable }: RollingUpdateStatefulSetStrategy): readonly FieldError[] {
  const at = `${field}.maxUnavailable`
  return [
    ...nonNegative(`${field}.partition`, partition),
    ...(maxUnavailable === undefined
      ? []
      : [
          ...validateIntOrPercent(at, maxUnavailable),
          ...(isNone(maxUnavailable) ? [invalid(at, maxUnavailable, 'cannot be 0')] : []),
          ...validateAtMost100Percent(at, maxUnavailable),
        ]),
  ]
}

/** The internal form has a number where v1 may have none. */
const printedRollingUpdate = ({ partition = 0, maxUnavailable = null as never }: RollingUpdateStatefulSetStrategy) => ({
  Partition: partition,
  MaxUnavailable: maxUnavailable,
})

function validateUpdateStrategy(strategy: StatefulSetUpdateStrategy = {}): readonly FieldError[] {
  const field = 'spec.updateStrategy'
  const { type = '', rollingUpdate } = strategy
  if (type === '') return [required(field)]
  if (type === 'RollingUpdate') return rollingUpdate ? validateRollingUpdate(`${field}.rollingUpdate`, rollingUpdate) : []
  if (type === 'OnDelete') {
    if (!rollingUpdate) return []
    return [invalid(`${field}.rollingUpdate`, printedRollingUpdate(rollingUpdate), "only allowed for updateStrategy 'RollingUpdate'")]
  }
  const printed = { ...(internalFormOf('io.k8s.api.apps.v1.StatefulSetUpdateStrategy', { type }) as object) }
  const value = rollingUpdate ? { ...printed, RollingUpdate: printedRollingUpdate(rollingUpdate) } : printed
  return [invalid(field, value, "must be 'RollingUpdate' or 'OnDelete'")]
}

function validateRetention({ persistentVolumeClaimRetentionPolicy: policy }: StatefulSetSpec): readonly FieldError[] {
  const field = 'spec.persistentVolumeClaimRetentionPolicy'
  const values = ['Retain', 'Delete']
  return (['whenDeleted', 'whenScaled'] as const)
    .filter((name) => policy && !values.includes(policy[name] ?? ''))
    .map((name) => notSupported(`${field}.${name}`, policy?.[name] ?? '', values))
}

/** As the controller will make the pods: with a volume for each claim, which replaces one of the same name. */
function withClaimVolumes({ template, volumeClaimTemplates = [] }: StatefulSetSpec): PodTemplateSpec {
  if (volumeClaimTemplates.length === 0) return template
  const claimed = volumeClaimTemplates.map(({ metadata }): Volume => ({
    name: metadata.name ?? '',
    persistentVolumeClaim: { claimName: metadata.name || 'claim' },
  }))
  const names = new Set(claimed.map(({ name }) => name))
  const volumes = [...claimed, ...(template.spec?.volumes ?? []).filter(({ name }) => !names.has(name))]
  return { ...template, spec: { ...template.spec, containers: template.spec?.containers ?? [], volumes } }
}

const validateTemplate = (spec: StatefulSetSpec, options: PodValidationOptions) => validatePodTemplateSpec(withClaimVolumes(spec), 'spec.template', options)

const validateClaims = ({ volumeClaimTemplates = [] }: StatefulSetSpec) =>
  volumeClaimTemplates.flatMap(({ spec }, index) => validateClaimTemplate(`spec.volumeClaimTemplates[${index}]`, { spec: spec ?? {} }))

interface SpecOptions {
  readonly pod: PodValidationOptions
  /** What is stored already was not checked so strictly once. */
  readonly skipServiceName?: boolean
  readonly skipClaims?: boolean
  readonly skipTemplate?: boolean
}

function validateSpec(spec: StatefulSetSpec, options: SpecOptions): readonly FieldError[] {
  const { serviceName, selector } = spec
  const parsed = parsedSelector(selector)
  return [
    ...validateManagementPolicy(spec.podManagementPolicy),
    ...validateUpdateStrategy(spec.updateStrategy),
    ...validateRetention(spec),
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...nonNegative('spec.ordinals.start', spec.ordinals?.start),
    ...(serviceName && !options.skipServiceName ? invalidAll('spec.serviceName', serviceName, isDns1123Label(serviceName)) : []),
    ...validateRequiredSelector('spec.selector', selector, 'statefulset'),
    ...(options.skipClaims ? [] : validateClaims(spec)),
    ...(parsed
      ? [...validateTemplateMatches('spec.template', spec.template, parsed), ...(options.skipTemplate ? [] : validateTemplate(spec, options.pod))]
      : [invalid('spec.selector', selector, '')]),
    ...validateEndless('spec.template', spec.template, 'StatefulSet'),
  ]
}

export const validateStatefulSet = ({ spec }: StatefulSet): readonly FieldError[] => validateSpec(spec, { pod: {} })

/** What may change after creation. */
const mutableFields = new Set([
  'replicas',
  'template',
  'updateStrategy',
  'minReadySeconds',
  'ordinals',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
])
const immutableMessage =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"

const immutablePart = (spec: StatefulSetSpec) =>
  internalFormOf('io.k8s.api.apps.v1.StatefulSetSpec', Object.fromEntries(Object.entries(spec).filter(([name]) => !mutableFields.has(name))))

/** The name is not looked at again: some were stored that could never have pods. */
export function validateStatefulSetUpdate({ spec }: StatefulSet, old: StatefulSet): readonly FieldError[] {
  const pod = podValidationOptions(old.spec.template)
  return [
    ...validateSpec(spec, { pod, skipServiceName: true, skipClaims: true, skipTemplate: validateTemplate(old.spec, pod).length > 0 }),
    ...(sameForm(immutablePart(spec), immutablePart(old.spec)) ? [] : [forbidden('spec', immutableMessage)]),
  ]
}

const counters = ['replicas', 'readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas', 'observedGeneration', 'collisionCount']

export const validateStatefulSetStatus = ({ status }: StatefulSet, old: StatefulSet): readonly FieldError[] => [
  ...validateCounters('status', status, counters),
  ...validateAtMost(status, 'replicas', ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas']),
  ...validateAtMost(status, 'readyReplicas', ['availableReplicas']),
  ...validateCollisionCount(status, old.status),
]
