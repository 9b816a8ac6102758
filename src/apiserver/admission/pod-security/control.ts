// What a control of the Pod Security Standards is, and the words that many of them share.
// Source: k8s.io/pod-security-admission policy/{checks,helpers,visitor}.go.
import { allContainers } from '../../../api/core/pod-containers.ts'
import type { Container, PodSpec, SecurityContext } from '../../../api/core/v1.ts'

export interface CheckedPod {
  readonly annotations: { readonly [key: string]: string }
  readonly spec: PodSpec
}

export interface Violation {
  readonly reason: string
  readonly detail: string
}

export type Check = (pod: CheckedPod) => Violation | undefined

export interface Control {
  readonly id: string
  /** Minor version from which a check holds, ascending; the last one that applies is used. */
  readonly versions: readonly { readonly since: number; readonly check: Check; readonly overrides?: readonly string[] }[]
}

export const containersOf = ({ spec }: CheckedPod): readonly Container[] => allContainers(spec)

const nothingSet: SecurityContext = {}
const nobody: readonly string[] = []

/** Names of the containers that `isBad` finds bad. Most often there are none. */
export function violating(pod: CheckedPod, isBad: (context: SecurityContext, container: Container) => boolean): readonly string[] {
  let bad: string[] | undefined
  for (const container of containersOf(pod)) if (isBad(container.securityContext ?? nothingSet, container)) (bad ??= []).push(container.name)
  return bad ?? nobody
}

export const plural = (one: string, many: string, list: readonly unknown[]) => (list.length === 1 ? one : many)
/** Quoted without escaping, as upstream prints it. */
export const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ')
export const containersNamed = (names: readonly string[]) => `${plural('container', 'containers', names)} ${quoted(names)}`
export const distinct = (values: Iterable<string>) => [...new Set(values)].toSorted()

/** `pod and container "c"`: who set something bad. '' when nobody did. */
export function setters(podIsBad: boolean, containers: readonly string[], ...others: readonly string[]): string {
  return [...(podIsBad ? ['pod'] : []), ...(containers.length ? [containersNamed(containers)] : []), ...others].join(' and ')
}

/** Linux settings say nothing of pods that are known to be for Windows. */
export const exceptWindows =
  (check: Check): Check =>
  (pod) =>
    pod.spec.os?.name === 'windows' ? undefined : check(pod)

/** Root inside a user namespace is nobody outside. */
export const exceptUserNamespaces =
  (check: Check): Check =>
  (pod) =>
    pod.spec.hostUsers === false ? undefined : check(pod)
