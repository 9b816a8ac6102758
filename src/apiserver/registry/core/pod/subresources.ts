// Ways to write a part of a pod: everything else stays as it was. Source: pkg/registry/core/pod/strategy.go.
import type { Container, EphemeralContainer, Pod, PodCondition } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { emptyPath, type FieldError, forbidden } from '../../../../apimachinery/field-errors.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { dropDisabledFields, dropDisabledStatusFields } from '../../shared/pod-spec/drop-disabled.ts'
import { difference, sameMeaning } from '../../shared/pod-spec/internal-form.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'
import { restoreMetadata } from '../../shared/status.ts'
import { mirrorKey, validatePodAnnotationsUpdate } from '../../shared/pod-spec/validate-pod-annotations.ts'
import { warningsForIp } from '../../../../apimachinery/validation/ip.ts'
import { flatMapSteps, type Steps } from '../../../../util/steps.ts'
import { optionsOf, validateAgain } from './validate-create.ts'
import { validateResize } from './validate-resize.ts'
import { validateStatusUpdate } from './validate-status.ts'
import { ownCopy } from '../../shared/own-copy.ts'

type Key<T> = keyof T & string

/** `object[key] = a copy of old[key]`, or absent as there. */
export function restore<T extends object>(object: Mutable<T>, old: T, ...keys: readonly Key<T>[]): void {
  const target = object as { [key: string]: unknown }
  for (const key of keys) {
    if (old[key] === undefined) delete target[key]
    else target[key] = ownCopy(old[key])
  }
}

/** A writer that does not know observedGeneration must not take it away. A type may occur more than once. */
function keepObservedGeneration(pod: Mutable<Pod>, old: Pod): void {
  const status = pod.status
  if (!status) return
  if (!status.observedGeneration && old.status?.observedGeneration) status.observedGeneration = old.status.observedGeneration
  const before = new Map<string, PodCondition[]>()
  for (const condition of old.status?.conditions ?? []) before.set(condition.type, [...(before.get(condition.type) ?? []), condition])
  for (const condition of status.conditions ?? []) {
    const generation = before.get(condition.type)?.shift()?.observedGeneration
    if (!condition.observedGeneration && generation) condition.observedGeneration = generation
  }
}

const status: Partial<Strategy<Pod>> = {
  resetFields: [['spec'], ['metadata', 'deletionTimestamp'], ['metadata', 'ownerReferences']],
  prepareForUpdate(_, pod, old) {
    restore(pod, old, 'spec')
    restore(pod.metadata, old.metadata, 'deletionTimestamp', 'ownerReferences')
    if (pod.status && !pod.status.qosClass && old.status?.qosClass) pod.status.qosClass = old.status.qosClass
    keepObservedGeneration(pod, old)
    if (pod.status) dropDisabledStatusFields(pod.status, old.status)
  },
  validateUpdate: (_, pod, old) => validateStatusUpdate(pod, old),
  warningsOnUpdate: (_, pod) => [
    ...(pod.status?.podIPs ?? []).flatMap(({ ip = '' }, index) => warningsForIp(`status.podIPs[${index}].ip`, ip)),
    ...(pod.status?.hostIPs ?? []).flatMap(({ ip = '' }, index) => warningsForIp(`status.hostIPs[${index}].ip`, ip)),
  ],
}

function validateKept(containers: readonly EphemeralContainer[], old: readonly EphemeralContainer[]): Steps<readonly FieldError[]> {
  return flatMapSteps(old, function* (before) {
    const now = containers.find(({ name }) => name === before.name)
    const what = `existing ephemeral containers "${before.name}"`
    if (!now) return [forbidden('spec.ephemeralContainers', `${what} may not be removed\n`)]
    if (sameMeaning('EphemeralContainer', now, before)) return []
    yield
    return [forbidden('spec.ephemeralContainers', `${what} may not be changed\n${difference('EphemeralContainer', before, now)}`)]
  })
}

const ephemeralcontainers: Partial<Strategy<Pod>> = {
  writtenFields: [['spec', 'ephemeralContainers']],
  prepareForUpdate(_, pod, old) {
    const containers = pod.spec.ephemeralContainers
    restore(pod, old, 'spec', 'status')
    restoreMetadata(pod, old)
    if (containers) pod.spec.ephemeralContainers = containers
    else delete pod.spec.ephemeralContainers
    dropDisabledFields(pod.spec, old.spec)
  },
  *validateInSteps(_, pod, old) {
    if (!old) return []
    if (ownValue(old.metadata.annotations, mirrorKey) !== undefined) return [forbidden(emptyPath, 'static pods do not support ephemeral containers')]
    return [
      ...validateAgain(pod, old),
      ...validatePodAnnotationsUpdate(pod, old, optionsOf(pod, old)),
      ...(yield* validateKept(pod.spec.ephemeralContainers ?? [], old.spec.ephemeralContainers ?? [])),
    ]
  },
  warningsOnUpdate: () => [],
}

/** Old containers with the new resources; the new list itself when it is not of the same containers: validation says so. */
function resized(containers: Mutable<Container>[] | undefined, old: readonly Container[] | undefined): Mutable<Container>[] | undefined {
  if (!containers?.length || containers.some(({ name }, index) => old?.[index]?.name !== name)) return containers
  return containers.map((container, index) => {
    const merged = ownCopy(old![index]) as Mutable<Container>
    restore<Container>(merged, container, 'resources', 'resizePolicy')
    return merged
  })
}

const resize: Partial<Strategy<Pod>> = {
  writtenFields: [
    ['spec', 'containers', '*', 'resources'],
    ['spec', 'containers', '*', 'resizePolicy'],
    ['spec', 'initContainers', '*', 'resources'],
    ['spec', 'initContainers', '*', 'resizePolicy'],
    ['spec', 'resources'],
  ],
  prepareForUpdate(_, pod, old) {
    const { containers, initContainers, resources } = pod.spec
    if (containers.length !== old.spec.containers.length || (initContainers?.length ?? 0) !== (old.spec.initContainers?.length ?? 0)) return
    restore(pod, old, 'spec', 'status')
    restoreMetadata(pod, old)
    pod.spec.containers = resized(containers, old.spec.containers)!
    const init = resized(initContainers, old.spec.initContainers)
    if (init) pod.spec.initContainers = init
    if (resources) pod.spec.resources = resources
    else delete pod.spec.resources
    dropDisabledFields(pod.spec, old.spec)
  },
  *validateInSteps(_, pod, old) {
    return old ? yield* validateResize(pod, old) : []
  },
  warningsOnUpdate: () => [],
}

export const podSubresources = { status, ephemeralcontainers, resize }
