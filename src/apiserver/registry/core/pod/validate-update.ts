// What may change in a pod: little. Source: pkg/apis/core/validation/validation.go (ValidatePodUpdate).
import type { Affinity, Container, NodeAffinity, Pod, PodSchedulingGate, PodSpec, Toleration } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { jsonEqual } from '../../../../apimachinery/json-equal.ts'
import { inclusiveRangeError } from '../../../../apimachinery/validation/names.ts'
import type { Steps } from '../../../../util/steps.ts'
import { formDifference, internalForm, sameForm, sameMeaning } from '../../shared/pod-spec/internal-form.ts'
import { validateImageOfPod } from '../../shared/pod-spec/validate-containers.ts'
import { validatePodAnnotationsUpdate } from '../../shared/pod-spec/validate-pod-annotations.ts'
import { validateTolerations } from '../../shared/pod-spec/validate-scheduling.ts'
import { validateNodeAffinityChange, validateNodeSelectorChange } from './validate-gated.ts'
import { optionsOf, validateAgain } from './validate-create.ts'

const mayChange = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',')

const deadlineMax = 2 ** 31 - 1

/** @returns what is wrong, and whether the lists cannot be compared further */
function validateImages(
  field: string,
  containers: readonly Container[] = [],
  old: readonly Container[] = [],
): { errors: readonly FieldError[]; stop: boolean } {
  if (containers.length !== old.length) return { errors: [forbidden(field, 'pod updates may not add or remove containers')], stop: true }
  const errors = containers.flatMap((container, index) => [
    ...(container.image ? [] : [required(`${field}[${index}].image`)]),
    ...validateImageOfPod(`${field}[${index}]`, container),
  ])
  return { errors, stop: false }
}

/** A deadline may be set once, and brought forward. */
function validateDeadline(deadline: number | undefined, old: number | undefined): { errors: readonly FieldError[]; stop: boolean } {
  const field = 'spec.activeDeadlineSeconds'
  if (deadline === undefined) {
    const errors = old === undefined ? [] : [invalid(field, null, 'must not update from a positive integer to nil value')]
    return { errors, stop: false }
  }
  if (deadline < 0 || deadline > deadlineMax) return { errors: [invalid(field, deadline, inclusiveRangeError(0, deadlineMax))], stop: true }
  if (old !== undefined && old < deadline) return { errors: [invalid(field, deadline, 'must be less than or equal to previous value')], stop: true }
  return { errors: [], stop: false }
}

function validateAddedTolerations(tolerations: readonly Toleration[] = [], old: readonly Toleration[] = []): readonly FieldError[] {
  const fixed = ({ tolerationSeconds: _seconds, ...rest }: Toleration) => rest
  const kept = old.every((before) => tolerations.some((now) => sameMeaning('Toleration', fixed(before), fixed(now))))
  if (!kept) return [forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')]
  return validateTolerations('spec.tolerations', tolerations)
}

function validateDeletedGates(gates: readonly PodSchedulingGate[] = [], old: readonly PodSchedulingGate[] = []): readonly FieldError[] {
  return gates.flatMap(({ name }, index) =>
    old.some((before) => before.name === name)
      ? []
      : [forbidden(`spec.schedulingGates[${index}].name`, `only deletion is allowed, but found new scheduling gate '${name}'`)],
  )
}

/** `spec` with a field of `old`, or without it. */
function withField<K extends keyof PodSpec>(spec: PodSpec, key: K, value: PodSpec[K] | undefined): PodSpec {
  const { [key]: _, ...rest } = spec
  return (value === undefined ? rest : { ...rest, [key]: value }) as PodSpec
}

const withImages = (containers: readonly Container[] | undefined, old: readonly Container[] | undefined) =>
  containers?.map((container, index): Container => ({ ...container, image: old![index]!.image! }))

function withNodeAffinity(affinity: Affinity | undefined, old: Affinity | undefined): Affinity | undefined {
  const before: NodeAffinity | undefined = old?.nodeAffinity
  if (!affinity) return before ? { nodeAffinity: before } : undefined
  if (!old && !affinity.podAffinity && !affinity.podAntiAffinity) return undefined
  const { nodeAffinity: _, ...rest } = affinity
  return before ? { ...rest, nodeAffinity: before } : rest
}

/** The new spec with everything that may change put back: what still differs must not. */
function unchangeable(spec: PodSpec, old: PodSpec): { munged: PodSpec; errors: readonly FieldError[] } {
  let munged = withField(spec, 'containers', withImages(spec.containers, old.containers))
  munged = withField(munged, 'initContainers', withImages(spec.initContainers, old.initContainers))
  munged = withField(munged, 'activeDeadlineSeconds', old.activeDeadlineSeconds)
  munged = withField(munged, 'schedulingGates', old.schedulingGates)
  munged = withField(munged, 'tolerations', old.tolerations)
  if ((old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1) {
    munged = withField(munged, 'terminationGracePeriodSeconds', old.terminationGracePeriodSeconds)
  }
  if (!old.schedulingGates?.length) return { munged, errors: [] }
  // Nobody has looked at a gated pod yet: where it may go can still be narrowed.
  const errors: FieldError[] = [...validateNodeSelectorChange('spec.nodeSelector', spec.nodeSelector, old.nodeSelector)]
  munged = withField(munged, 'nodeSelector', old.nodeSelector)
  const [now, before] = [spec.affinity?.nodeAffinity, old.affinity?.nodeAffinity]
  if (!sameMeaning('NodeAffinity', now, before)) {
    errors.push(...validateNodeAffinityChange('spec.affinity.nodeAffinity', now, before))
    munged = withField(munged, 'affinity', withNodeAffinity(spec.affinity, old.affinity))
  }
  return { munged, errors }
}

/** In steps: a pod of a thousand containers has forty thousand lines, all of which are compared. */
export function* validateUpdate(pod: Pod, old: Pod): Steps<readonly FieldError[]> {
  const { spec } = pod
  const errors: FieldError[] = [...validateAgain(pod, old), ...validatePodAnnotationsUpdate(pod, old, optionsOf(pod, old))]
  yield
  const steps = [
    () => validateImages('spec.containers', spec.containers, old.spec.containers),
    () => validateImages('spec.initContainers', spec.initContainers, old.spec.initContainers),
    () => validateDeadline(spec.activeDeadlineSeconds, old.spec.activeDeadlineSeconds),
  ]
  for (const step of steps) {
    const result = step()
    errors.push(...result.errors)
    if (result.stop) return errors
  }
  errors.push(...validateAddedTolerations(spec.tolerations, old.spec.tolerations))
  errors.push(...validateDeletedGates(spec.schedulingGates, old.spec.schedulingGates))
  if (jsonEqual(spec, old.spec)) return errors
  yield
  const before = internalForm('PodSpec', old.spec)
  yield
  const wanted = internalForm('PodSpec', spec)
  yield
  if (sameForm(wanted, before)) return errors
  yield
  const { munged, errors: gated } = unchangeable(spec, old.spec)
  errors.push(...gated)
  const now = jsonEqual(munged, spec) ? wanted : internalForm('PodSpec', munged)
  yield
  if (sameForm(now, before)) return errors
  yield
  const shown = `pod updates may not change fields other than ${mayChange}\n${formDifference(before, now)}`
  return [...errors, forbidden('spec', shown)]
}
