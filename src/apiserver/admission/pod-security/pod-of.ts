// Where objects keep a pod's specification, and which changes of a pod matter.
import type { Container, Pod, PodTemplateSpec } from '../../../api/core/v1.ts'
import type { KubeObject } from '../../../api/object.ts'
import type { CheckedPod } from './control.ts'

interface Workload {
  readonly template?: PodTemplateSpec
  readonly spec?: { readonly template?: PodTemplateSpec; readonly jobTemplate?: { readonly spec?: { readonly template?: PodTemplateSpec } } }
}

/** Resources whose objects become pods. */
export const workloads: ReadonlySet<string> = new Set([
  'replicationcontrollers',
  'podtemplates',
  'apps/replicasets',
  'apps/deployments',
  'apps/statefulsets',
  'apps/daemonsets',
  'batch/jobs',
  'batch/cronjobs',
])

export const checked = ({ metadata, spec }: Pod | PodTemplateSpec): CheckedPod => ({ annotations: metadata?.annotations ?? {}, spec: spec! })

/** @returns undefined when the object has no template */
export function templateOf(object: KubeObject): CheckedPod | undefined {
  const { template, spec } = object as KubeObject & Workload
  const found = template ?? spec?.template ?? spec?.jobTemplate?.spec?.template
  return found?.spec ? checked(found) : undefined
}

const annotationsThatMatter = (container: string) => [
  `container.seccomp.security.alpha.kubernetes.io/${container}`,
  `container.apparmor.security.beta.kubernetes.io/${container}`,
]

/** Of a pod's few mutable fields only images, profiles in annotations and new ephemeral containers matter. */
export function isSignificantUpdate(pod: Pod, old: Pod): boolean {
  const annotationChanged = (key: string) => pod.metadata.annotations?.[key] !== old.metadata.annotations?.[key]
  if (annotationChanged('seccomp.security.alpha.kubernetes.io/pod')) return true
  const lists = ({ spec }: Pod): readonly (readonly Pick<Container, 'name' | 'image'>[])[] => [
    spec.containers,
    spec.initContainers ?? [],
    spec.ephemeralContainers ?? [],
  ]
  const before = lists(old)
  return lists(pod).some(
    (containers, i) =>
      containers.length !== before[i]!.length ||
      containers.some(({ name, image }, at) => image !== before[i]![at]!.image || annotationsThatMatter(name).some(annotationChanged)),
  )
}
