// Resources of a running pod: cpu and memory may change. Source: pkg/apis/core/validation/validation.go (ValidatePodResize).
import type { Container, Pod, PodSpec, ResourceRequirements } from '../../../../api/core/v1.ts'
import { podQos } from '../../../../api/core/pod-qos.ts'
import { type FieldError, forbidden, invalid } from '../../../../apimachinery/field-errors.ts'
import { sameMeaning } from '../../shared/pod-spec/internal-form.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'
import { mirrorKey } from '../../shared/pod-spec/validate-pod-annotations.ts'
import { validateAgain } from './validate-create.ts'

type List = { readonly [name: string]: string } | undefined

const onlyCpuAndMemory = 'only cpu and memory resources are mutable'
const isSidecar = ({ restartPolicy }: Container) => restartPolicy === 'Always'

const isRemoved = (list: List, old: List) => Object.keys(old ?? {}).some((name) => ownValue(list, name) === undefined)

const validateKept = (field: string, now: ResourceRequirements | undefined, old: ResourceRequirements | undefined): readonly FieldError[] => [
  ...(isRemoved(now?.requests, old?.requests) ? [forbidden(`${field}.requests`, 'resource requests cannot be removed')] : []),
  ...(isRemoved(now?.limits, old?.limits) ? [forbidden(`${field}.limits`, 'resource limits cannot be removed')] : []),
]

/** `list` with the old cpu and memory. */
function withOldAmounts(list: List, old: List): List {
  if (!old) return undefined
  const { cpu: _cpu, memory: _memory, ...rest } = list ?? {}
  const kept = Object.entries(old).filter(([name]) => name === 'cpu' || name === 'memory')
  return { ...rest, ...Object.fromEntries(kept) }
}

function withOldResources(now: ResourceRequirements | undefined, old: ResourceRequirements | undefined): ResourceRequirements {
  const [limits, requests] = [withOldAmounts(now?.limits, old?.limits), withOldAmounts(now?.requests, old?.requests)]
  return { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) }
}

const withOldCpuAndMemory = (container: Container, old: Container | undefined): Container => ({
  ...container,
  resources: withOldResources(container.resources, old?.resources),
})

/** A node that does not report resources of what runs cannot change them. */
const isSupported = ({ status }: Pod) => {
  const running = (status?.containerStatuses ?? []).find(({ state }) => state?.running)
  return !running || running.resources !== undefined
}

function validateInitContainers(spec: PodSpec, old: PodSpec): { munged: readonly Container[]; errors: readonly FieldError[] } {
  const errors: FieldError[] = []
  const munged = (spec.initContainers ?? []).map((container, index) => {
    const before = old.initContainers?.[index]
    const restored = isSidecar(container) ? withOldCpuAndMemory(container, before) : container
    if (!sameMeaning('Container', restored, before)) {
      const detail = isSidecar(container)
        ? 'only cpu and memory resources for sidecar containers are mutable'
        : 'resources for non-sidecar init containers are immutable'
      errors.push(forbidden('spec', detail))
    }
    return restored
  })
  return { munged, errors }
}

/** @returns why such pods cannot be resized at all */
function refusal({ metadata, spec }: Pod): string | undefined {
  if (ownValue(metadata.annotations, mirrorKey) !== undefined) return 'static pods cannot be resized'
  return spec.os?.name === 'windows' ? 'windows pods cannot be resized' : undefined
}

export function validateResize(pod: Pod, old: Pod): readonly FieldError[] {
  const errors: FieldError[] = [...validateAgain(pod, old)]
  const refused = refusal(old)
  if (refused) return [forbidden('', refused)]
  const { spec } = pod
  if ((old.status?.qosClass ?? podQos(old)) !== podQos(pod)) {
    errors.push(invalid('spec', pod.status?.qosClass ?? '', 'Pod QOS Class may not change as a result of resizing'))
  }
  if (!isSupported(old)) errors.push(forbidden('spec', 'Pod running on node without support for resize'))
  errors.push(...validateKept('spec.resources', spec.resources, old.spec.resources))
  for (const [index, before] of (old.spec.initContainers ?? []).entries()) {
    if (isSidecar(before)) errors.push(...validateKept(`spec.initContainers[${index}].resources`, spec.initContainers?.[index]?.resources, before.resources))
  }
  for (const [index, before] of old.spec.containers.entries()) {
    errors.push(...validateKept(`spec.containers[${index}].resources`, spec.containers[index]?.resources, before.resources))
  }
  const containers = spec.containers.map((container, index) => {
    const restored = withOldCpuAndMemory(container, old.spec.containers[index])
    if (!sameMeaning('Container', restored, old.spec.containers[index])) errors.push(forbidden('spec', onlyCpuAndMemory))
    return restored
  })
  const init = validateInitContainers(spec, old.spec)
  errors.push(...init.errors)
  if (errors.length > 0) return errors
  const restored: PodSpec = {
    ...spec,
    containers,
    initContainers: init.munged,
    ...(spec.resources ? { resources: withOldResources(spec.resources, old.spec.resources) } : {}),
  }
  const before: PodSpec = { ...old.spec, ...(spec.resources && !old.spec.resources ? { resources: {} } : {}) }
  return sameMeaning('PodSpec', restored, before) ? [] : [forbidden('spec', onlyCpuAndMemory)]
}
