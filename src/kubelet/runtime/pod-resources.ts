import type { Container, Pod } from '../../api/core/v1.ts'
import { isSidecar } from '../sync/restart-policy.ts'
import { milliValue, value } from './quantities.ts'

export interface PodLimits {
  readonly milliCpuRequest: number
  /** Undefined when a container has no limit: then the pod has none. */
  readonly milliCpuLimit: number | undefined
  readonly memoryLimit: number | undefined
}

/**
 * What a pod may use at most at any time: its containers and sidecars together, or an init container with the sidecars
 * started before it, whichever is more; plus the overhead of its runtime class. Pod-level resources come first.
 */
export function podLimits(pod: Pod): PodLimits {
  const { overhead = {}, resources } = pod.spec
  const plus = (amount: number | undefined, extra: string | undefined, of: (q: string) => number) =>
    amount === undefined ? undefined : amount + (extra === undefined ? 0 : of(extra))
  const own = (kind: 'requests' | 'limits', name: string, of: (q: string) => number) => {
    const quantity = resources?.[kind]?.[name]
    return quantity === undefined ? undefined : of(quantity)
  }
  const cpuLimit = own('limits', 'cpu', milliValue) ?? total(pod, (c) => amount(c.resources?.limits?.['cpu'], milliValue))
  const memoryLimit = own('limits', 'memory', value) ?? total(pod, (c) => amount(c.resources?.limits?.['memory'], value))
  const cpuRequest =
    own('requests', 'cpu', milliValue) ?? total(pod, (c) => amount(c.resources?.requests?.['cpu'] ?? c.resources?.limits?.['cpu'], milliValue) ?? 0) ?? 0
  return {
    milliCpuRequest: plus(cpuRequest, overhead['cpu'], milliValue) ?? 0,
    milliCpuLimit: plus(cpuLimit, overhead['cpu'], milliValue),
    memoryLimit: plus(memoryLimit, overhead['memory'], value),
  }
}

const amount = (quantity: string | undefined, of: (q: string) => number) => (quantity === undefined ? undefined : of(quantity))

/** Undefined as soon as one container has no such amount. */
export function total({ spec }: Pod, of: (container: Container) => number | undefined): number | undefined {
  let sidecars = 0
  let peak = 0
  for (const container of spec.initContainers ?? []) {
    const own = of(container)
    if (own === undefined) return undefined
    if (isSidecar(container)) sidecars += own
    peak = Math.max(peak, sidecars + (isSidecar(container) ? 0 : own))
  }
  let sum = sidecars
  for (const container of spec.containers) {
    const own = of(container)
    if (own === undefined) return undefined
    sum += own
  }
  return Math.max(sum, peak)
}
