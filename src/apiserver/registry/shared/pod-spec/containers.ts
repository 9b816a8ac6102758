import type { Container, EphemeralContainer, PodSpec } from '../../../../api/core/v1.ts'

/** All containers of all kinds with their paths, in upstream's order: init, regular, ephemeral. */
export function containersWithPath(field: string, spec: PodSpec): readonly (readonly [string, Container])[] {
  const under = (list: readonly (Container | EphemeralContainer)[] | undefined, name: string) =>
    (list ?? []).map((container, index) => [`${field}.${name}[${index}]`, container as Container] as const)
  return [...under(spec.initContainers, 'initContainers'), ...under(spec.containers, 'containers'), ...under(spec.ephemeralContainers, 'ephemeralContainers')]
}
