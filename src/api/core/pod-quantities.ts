// What a pod asks for in total, as exact quantities: for limits and quotas, where nothing may be rounded.
// Source: k8s.io/component-helpers resource/helpers.go (PodRequests, PodLimits).
import { parseQuantity, type Quantity } from '../../apimachinery/quantity/quantity.ts'
import type { Container, ContainerStatus, Pod, PodSpec, ResourceRequirements } from './v1.ts'

export type Quantities = Map<string, Quantity>
export type ReadonlyQuantities = ReadonlyMap<string, Quantity>
type List = { readonly [name: string]: string } | undefined

export interface TotalOptions {
  /** Counts what the runtime class costs. */
  readonly overhead: boolean
  /** Counts what is in force while a resize is under way, if that is more. */
  readonly status: boolean
}

export const quantities = (list: List): Quantities => new Map(Object.entries(list ?? {}).map(([name, text]) => [name, parseQuantity(text)]))

export function addQuantities(into: Quantities, from: ReadonlyQuantities): void {
  for (const [name, quantity] of from) into.set(name, into.get(name)?.add(quantity) ?? quantity)
}

function atLeast(into: Quantities, from: ReadonlyQuantities): void {
  for (const [name, quantity] of from) if ((into.get(name)?.compare(quantity) ?? -1) < 0) into.set(name, quantity)
}

/** Pod-level values that replace the sum over containers. */
const isPodLevel = (name: string) => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-')

const isInfeasible = ({ status }: Pod) =>
  status?.conditions?.some((c) => c.type === 'PodResizePending' && c.status === 'True' && c.reason === 'Infeasible') ?? false

type Side = 'requests' | 'limits'

/** The most of what a container wants, has been given and uses. */
function inForce(pod: Pod, wanted: ResourceRequirements | undefined, status: ContainerStatus | undefined, of: Side): Quantities {
  if (!status?.resources) return quantities(wanted?.[of])
  const most: Quantities = isInfeasible(pod) ? new Map() : quantities(wanted?.[of])
  atLeast(most, quantities(status.resources[of]))
  if (of === 'requests') atLeast(most, quantities(status.allocatedResources))
  return most
}

function reader(pod: Pod, of: Side, { status }: TotalOptions): (container: Container) => Quantities {
  if (!status) return ({ resources }) => quantities(resources?.[of])
  const statuses = new Map([...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].map((s) => [s.name, s]))
  return ({ name, resources }) => inForce(pod, resources, statuses.get(name), of)
}

/** Containers and sidecars together, or the peak while init containers start. */
function containersTotal(spec: PodSpec, own: (container: Container) => Quantities): Quantities {
  const running: Quantities = new Map()
  for (const container of spec.containers ?? []) addQuantities(running, own(container))
  const sidecars: Quantities = new Map()
  const peak: Quantities = new Map()
  for (const container of spec.initContainers ?? []) {
    const now = new Map(sidecars)
    addQuantities(now, own(container))
    atLeast(peak, now)
    if (container.restartPolicy !== 'Always') continue
    addQuantities(running, own(container))
    addQuantities(sidecars, own(container))
  }
  atLeast(running, peak)
  return running
}

/** What the containers of a pod ask for together, by their specification alone. */
export const containerQuantities = (spec: PodSpec, of: Side): ReadonlyQuantities => containersTotal(spec, ({ resources }) => quantities(resources?.[of]))

export function podQuantities(pod: Pod, of: Side, options: TotalOptions): Quantities {
  const total = containersTotal(pod.spec, reader(pod, of, options))
  for (const [name, quantity] of quantities(pod.spec.resources?.[of])) if (isPodLevel(name)) total.set(name, quantity)
  if (!options.overhead || !pod.spec.overhead) return total
  // Overhead raises limits that are there; it makes none.
  for (const [name, quantity] of quantities(pod.spec.overhead)) {
    const before = total.get(name)
    if (of === 'requests' || (before && !before.isZero())) total.set(name, before?.add(quantity) ?? quantity)
  }
  return total
}
