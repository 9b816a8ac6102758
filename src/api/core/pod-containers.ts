// Every container of a pod. Whoever looks at containers looks here, so that no list is forgotten (CVE-2023-2727, CVE-2023-2728).
import type { Container, PodSpec } from './v1.ts'

/** In the order in which upstream visits them. */
export const containerLists = ['initContainers', 'containers', 'ephemeralContainers'] as const
export type ContainerList = (typeof containerLists)[number]

type Lists = Pick<PodSpec, 'initContainers' | 'ephemeralContainers'> & Partial<Pick<PodSpec, 'containers'>>

/** Ephemeral containers have the fields of containers that matter to policies. */
export const containersIn = (spec: Lists, list: ContainerList): readonly Container[] => (spec[list] ?? []) as readonly Container[]

export function allContainers(spec: Lists): readonly Container[] {
  if (!spec.initContainers?.length && !spec.ephemeralContainers?.length) return spec.containers ?? []
  return containerLists.flatMap((list) => containersIn(spec, list))
}
