// What a pod asks for in total. Source: k8s.io/component-helpers resource/helpers.go.
import { parseQuantity } from '../../apimachinery/quantity/quantity.ts'
import type { Container, Pod, ResourceRequirements } from './v1.ts'

/** Resource name -> amount: milli-cores for cpu, whole units (bytes, devices) for everything else, rounded up. */
export type Amounts = ReadonlyMap<string, number>

type ResourceList = { readonly [name: string]: string }

export function amounts(list: ResourceList | undefined): Map<string, number> {
  return new Map(Object.entries(list ?? {}).map(([name, text]) => [name, amount(name, text)]))
}

export function amount(resource: string, text: string): number {
  const quantity = parseQuantity(text)
  return Number(resource === 'cpu' ? quantity.milliValue() : quantity.value())
}

function add(into: Map<string, number>, from: Amounts): void {
  for (const [name, value] of from) into.set(name, (into.get(name) ?? 0) + value)
}

function atLeast(into: Map<string, number>, from: Amounts): void {
  for (const [name, value] of from) into.set(name, Math.max(into.get(name) ?? 0, value))
}

export const isSidecar = (container: Container) => container.restartPolicy === 'Always'

/**
 * Sum over containers, or the peak while init containers run (a sidecar started earlier keeps running beside them),
 * overridden by pod-level values, plus the runtime's overhead.
 * @param of which side of a container's resources to total
 * @param podLevel pod-level values that replace the total, by resource name
 */
function total(pod: Pod, of: (c: Container) => Amounts, podLevel: Amounts): Map<string, number> {
  const { containers, initContainers = [], overhead } = pod.spec
  const running = new Map<string, number>()
  for (const container of containers) add(running, of(container))
  const sidecars = new Map<string, number>()
  const peak = new Map<string, number>()
  for (const container of initContainers) {
    const own = of(container)
    if (isSidecar(container)) {
      add(running, own)
      add(sidecars, own)
      atLeast(peak, sidecars)
    } else {
      const beside = new Map(sidecars)
      add(beside, own)
      atLeast(peak, beside)
    }
  }
  atLeast(running, peak)
  for (const [name, value] of podLevel) running.set(name, value)
  add(running, amounts(overhead))
  return running
}

const requestsOf = (r: ResourceRequirements | undefined) => amounts(r?.requests)

export const podRequests = (pod: Pod): Amounts => total(pod, (c) => requestsOf(c.resources), requestsOf(pod.spec.resources))

/** What scoring assumes for a container that asks for nothing: 100 milli-cores and 200 MB, as upstream. */
const unrequested = new Map([
  ['cpu', 100],
  ['memory', 200 * 1024 * 1024],
])

/** {@link podRequests} with a minimum per container, so that pods without requests still spread. */
export function podRequestsForScoring(pod: Pod): Amounts {
  const of = (c: Container) => {
    const requests = requestsOf(c.resources)
    for (const [name, value] of unrequested) if (!requests.has(name)) requests.set(name, value)
    return requests
  }
  return total(pod, of, requestsOf(pod.spec.resources))
}
