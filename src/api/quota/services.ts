// Services against quotas. Source: k8s.io/kubernetes pkg/quota/v1/evaluator/core/services.go.
import { newQuantity, zeroQuantity } from '../../apimachinery/quantity/quantity.ts'
import type { Service } from '../core/v1.ts'
import { countName, type QuotaEvaluator } from './evaluator.ts'
import { one } from './resource-list.ts'

const count = countName({ group: '', plural: 'services' })
const counted: ReadonlySet<string> = new Set([count, 'services', 'services.nodeports', 'services.loadbalancers'])

function nodePorts({ spec }: Service): number {
  const ports = spec?.ports ?? []
  if (spec?.type === 'NodePort') return ports.length
  if (spec?.type !== 'LoadBalancer') return 0
  // Without allocation only the ports that were asked for count.
  return spec.allocateLoadBalancerNodePorts === false ? ports.filter((port) => port.nodePort).length : ports.length
}

export const serviceEvaluator: QuotaEvaluator = {
  handles: ({ operation, subresource }) => !subresource && (operation === 'CREATE' || operation === 'UPDATE'),
  matchingResources: (names) => names.filter((name) => counted.has(name)),
  matchesScope: () => false,
  complaint: () => '',
  usage(object) {
    const service = object as Service
    return new Map([
      [count, one],
      ['services', one],
      ['services.loadbalancers', service.spec?.type === 'LoadBalancer' ? one : zeroQuantity],
      ['services.nodeports', newQuantity(nodePorts(service))],
    ])
  },
}
