// A pod's quality of service: who is killed first when a node runs out. Source: pkg/apis/core/v1/helper/qos/qos.go.
import { parseQuantity } from '../../apimachinery/quantity/quantity.ts'
import type { Pod, ResourceRequirements } from './v1.ts'

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

const counted = ['cpu', 'memory'] as const
type List = { readonly [name: string]: string } | undefined

const nonZero = (list: List, name: string) => {
  const text = list && Object.hasOwn(list, name) ? list[name] : undefined
  const quantity = text === undefined ? undefined : parseQuantity(text)
  return quantity && !quantity.isZero() ? quantity : undefined
}

const isGuaranteed = ({ requests, limits }: ResourceRequirements) =>
  counted.every((name) => {
    const limit = nonZero(limits, name)
    if (!limit) return false
    const request = nonZero(requests, name)
    return !request || request.scaledValue(-9) === limit.scaledValue(-9)
  })

const asksForAnything = ({ requests, limits }: ResourceRequirements) => counted.some((name) => nonZero(requests, name) || nonZero(limits, name))

/** Pod-level resources decide when they are set; else all containers, init containers included. */
export function podQos({ spec }: { readonly spec: Pod['spec'] }): QosClass {
  const podLevel = spec.resources && (spec.resources.requests || spec.resources.limits) ? [spec.resources] : undefined
  const all = podLevel ?? [...spec.containers, ...(spec.initContainers ?? [])].map((c) => c.resources ?? {})
  if (!all.some(asksForAnything)) return 'BestEffort'
  return all.every(isGuaranteed) ? 'Guaranteed' : 'Burstable'
}
