// Resources of a running pod: cpu and memory may change. Source: pkg/apis/core/validation/validation.go (ValidatePodResize).
import type { Container, Pod, PodSpec, ResourceRequirements } from '../../../../api/core/v1.ts'
import { podQos } from '../../../../api/core/pod-qos.ts'
import { emptyPath, type FieldError, forbidden, invalid } from '../../../../apimachinery/field-errors.ts'
import type { Steps } from '../../../../util/steps.ts'
import { sameMeaning } from '../../shared/pod-spec/internal-form.ts'
import { restartsOnResize } from '../../shared/pod-spec/options.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'
import { mirrorKey } from '../../shared/pod-spec/validate-pod-annotations.ts'
import { validateAgain } from './validate-create.ts'

type List = { readonly [name: string]: string } | undefined

const onlyCpuAndMemory = 'only cpu and memory resources are mutable'

const isRemoved = (list: List, old: List) => Object.keys(old ?? {}).some((name) => ownValue(list, name) === undefined)

/** @param whose `` or `pod-level ` */
const validateKept = (field: string, whose: string, now: ResourceRequirements | undefined, old: ResourceRequirements | undefined): readonly FieldError[] => [
  ...(isRemoved(now?.requests, old?.requests) ? [forbidden(`${field}.requests`, `${whose}resource requests cannot be removed`)] : []),
  ...(isRemoved(now?.limits, old?.limits) ? [forbidden(`${field}.limits`, `${whose}resource limits cannot be removed`)] : []),
]

/** `list` with the old cpu and memory. */
function withOldAmounts(list: List, old: List): List {
  const { cpu: _cpu, memory: _memory, ...rest } = list ?? {}
  const kept = Object.entries(old ?? {}).filter(([name]) => name === 'cpu' || name === 'memory')
  const merged = { ...rest, ...Object.fromEntries(kept) }
  return Object.keys(merged).length > 0 ? merged : undefined
}

function withOldLists(now: ResourceRequirements | undefined, old: ResourceRequirements | undefined): ResourceRequirements {
  const [limits, requests] = [withOldAmounts(now?.limits, old?.limits), withOldAmounts(now?.requests, old?.requests)]
  return { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) }
}

/** Claims are not carried over: a container with claims cannot be resized. */
const withOldCpuAndMemory = (container: Container, old: Container | undefined): Container => ({
  ...container,
  resources: withOldLists(container.resources, old?.resources),
})

/** A node that does not report resources of what runs cannot change them. */
const isSupported = ({ status }: Pod) => {
  const running = (status?.containerStatuses ?? []).find(({ state }) => state?.running)
  return !running || running.resources !== undefined
}

interface Restored<T> {
  /** What was sent, with the old cpu and memory. */
  readonly value: T
  readonly errors: readonly FieldError[]
}

function restoreContainers(spec: PodSpec, old: PodSpec): Restored<readonly Container[]> {
  const value = spec.containers.map((container, index) => withOldCpuAndMemory(container, old.containers[index]))
  const changed = value.filter((container, index) => !sameMeaning('Container', container, old.containers[index]))
  return { value, errors: changed.map(() => forbidden('spec', onlyCpuAndMemory)) }
}

function restoreInitContainers(spec: PodSpec, old: PodSpec): Restored<readonly Container[]> {
  const errors: FieldError[] = []
  const value = (spec.initContainers ?? []).map((container, index) => {
    const before = old.initContainers?.[index]
    const field = `spec.initContainers[${index}]`
    const restored = withOldCpuAndMemory(container, before)
    if (!sameMeaning('Container', restored, before)) {
      errors.push(forbidden(field, 'only cpu and memory resources for init or sidecar containers are mutable'))
    }
    if (restartsOnResize(container) && !sameMeaning('Container', container, before)) {
      const restarts = (container.resizePolicy ?? []).filter(({ restartPolicy }) => restartPolicy === 'RestartContainer')
      const why = 'non-sidecar init containers with a resize policy of RestartContainer cannot be resized'
      errors.push(...restarts.map(() => forbidden(field, why)))
    }
    return restored
  })
  return { value, errors }
}

const isLimited = ({ resources }: PodSpec) => Object.keys({ ...resources?.requests, ...resources?.limits }).length > 0

/** Resources of the pod as a whole. */
function restorePodResources(spec: PodSpec, old: PodSpec): Restored<ResourceRequirements | undefined> {
  if (!isLimited(spec) && !isLimited(old)) return { value: spec.resources, errors: [] }
  if (!spec.resources) return { value: undefined, errors: [forbidden('spec.resources', 'pod-level resources cannot be removed')] }
  const { claims } = spec.resources
  const lists = { ...withOldLists(spec.resources, old.resources), ...(claims ? { claims } : {}) }
  const value = !old.resources && Object.keys(lists).length === 0 ? undefined : lists
  const errors = [
    ...validateKept('spec.resources', 'pod-level ', spec.resources, old.resources),
    ...(sameMeaning('ResourceRequirements', value, old.resources) ? [] : [forbidden('spec', 'only cpu and memory resources are mutable at pod-level')]),
  ]
  return { value, errors }
}

/** The rules compare containers by their place: they stay where they are. */
function validateOrder(list: 'containers' | 'initContainers', spec: PodSpec, old: PodSpec): readonly FieldError[] {
  const [now, before] = [spec[list] ?? [], old[list] ?? []]
  if (now.length !== before.length) return [forbidden(`spec.${list}`, `${list} may not be added or removed on resize`)]
  return before.flatMap(({ name }, index) =>
    now[index]!.name === name ? [] : [forbidden(`spec.${list}[${index}].name`, `${list} may not be renamed or reordered on resize`)],
  )
}

/** @returns why such pods cannot be resized at all */
function refusal({ metadata, spec }: Pod): string | undefined {
  if (ownValue(metadata.annotations, mirrorKey) !== undefined) return 'static pods cannot be resized'
  return spec.os?.name === 'windows' ? 'windows pods cannot be resized' : undefined
}

function validateAmountsKept(spec: PodSpec, old: PodSpec): readonly FieldError[] {
  const kept = (list: 'containers' | 'initContainers') =>
    (old[list] ?? []).flatMap((before, index) => validateKept(`spec.${list}[${index}].resources`, '', spec[list]?.[index]?.resources, before.resources))
  return [...kept('initContainers'), ...kept('containers')]
}

/** In steps: a pod may have a thousand containers, all of which are compared twice. */
export function* validateResize(pod: Pod, old: Pod): Steps<readonly FieldError[]> {
  const refused = refusal(old)
  if (refused) return [forbidden(emptyPath, refused)]
  const { spec } = pod
  const errors: FieldError[] = [...validateAgain(pod, old)]
  yield
  if ((old.status?.qosClass ?? podQos(old)) !== podQos(pod)) {
    errors.push(invalid('spec', pod.status?.qosClass ?? '', 'Pod QOS Class may not change as a result of resizing'))
  }
  if (!isSupported(old)) errors.push(forbidden('spec', 'Pod running on node without support for resize'))
  const resources = restorePodResources(spec, old.spec)
  errors.push(...resources.errors)
  const disorder = [...validateOrder('containers', spec, old.spec), ...validateOrder('initContainers', spec, old.spec)]
  if (disorder.length > 0) return [...errors, ...disorder]
  const containers = restoreContainers(spec, old.spec)
  yield
  const initContainers = restoreInitContainers(spec, old.spec)
  errors.push(...validateAmountsKept(spec, old.spec), ...containers.errors, ...initContainers.errors)
  if (errors.length > 0) return errors
  yield
  const { resources: _resources, ...rest } = spec
  const restored: PodSpec = {
    ...rest,
    containers: containers.value,
    initContainers: initContainers.value,
    ...(resources.value ? { resources: resources.value } : {}),
  }
  return sameMeaning('PodSpec', restored, old.spec) ? [] : [forbidden('spec', onlyCpuAndMemory)]
}
