// What a pod's containers ask for together, as exact quantities. Source: k8s.io/component-helpers resource/helpers.go
// (AggregateContainerRequests, AggregateContainerLimits).
import type { Container, PodSpec } from '../../../../api/core/v1.ts'
import { parseQuantity, type Quantity } from '../../../../apimachinery/quantity/quantity.ts'

type Totals = Map<string, Quantity>
type Lists = PodSpec['overhead']

function add(into: Totals, from: ReadonlyMap<string, Quantity>): void {
  for (const [name, quantity] of from) into.set(name, into.get(name)?.add(quantity) ?? quantity)
}

function atLeast(into: Totals, from: ReadonlyMap<string, Quantity>): void {
  for (const [name, quantity] of from) if ((into.get(name)?.compare(quantity) ?? -1) < 0) into.set(name, quantity)
}

const parsed = (list: Lists): Totals => new Map(Object.entries(list ?? {}).map(([name, text]) => [name, parseQuantity(text)]))

/**
 * All containers together, or the most while one starts: init containers run one by one beside the sidecars before them.
 * @param of which side of a container's resources to total
 */
export function containerTotals(spec: PodSpec, of: 'requests' | 'limits'): ReadonlyMap<string, Quantity> {
  const own = (container: Container) => parsed(container.resources?.[of])
  const running: Totals = new Map()
  for (const container of spec.containers ?? []) add(running, own(container))
  const sidecars: Totals = new Map()
  const peak: Totals = new Map()
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === 'Always') {
      add(running, own(container))
      add(sidecars, own(container))
      atLeast(peak, sidecars)
      continue
    }
    const beside = new Map(sidecars)
    add(beside, own(container))
    atLeast(peak, beside)
  }
  atLeast(running, peak)
  return running
}
