// What an update says of values that the server gave out: left out means kept, no longer needed means dropped.
// Source: pkg/registry/core/service/storage/storage.go (normalizeClusterIPs, patchAllocatedValues), strategy.go (dropTypeDependentFields).
import type { Service } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { givesNodePorts, isExternallyAccessible, needsClusterIp, needsHealthCheckPort, sameList, takesNodePorts } from './needs.ts'

type Spec = Mutable<Service>['spec']

/** clusterIP and the first of clusterIPs say the same; whichever the client set fills the other. */
export function normalizeClusterIps(spec: Spec, old: Service['spec'] | undefined): void {
  if (!old) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP]
    return
  }
  const { clusterIP = '' } = spec
  const { clusterIP: before = '' } = old
  if (old.clusterIPs?.length && !spec.clusterIPs?.length && clusterIP === before) spec.clusterIPs = [...old.clusterIPs]
  if (clusterIP === before || !sameList(spec.clusterIPs, old.clusterIPs)) return
  if (clusterIP === '') delete spec.clusterIPs
  else spec.clusterIPs = [clusterIP]
}

/** A client that leaves allocated values out (kubectl apply, replace) keeps them. */
export function keepAllocated(spec: Spec, old: Service['spec']): void {
  if (needsClusterIp(spec) && needsClusterIp(old)) {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP
    if (!spec.clusterIPs?.length && old.clusterIPs && spec.clusterIP === old.clusterIP) spec.clusterIPs = [...old.clusterIPs]
  }
  if (givesNodePorts(spec) && givesNodePorts(old)) {
    const used = new Set((spec.ports ?? []).map((p) => p.nodePort))
    const before = new Map((old.ports ?? []).map((port) => [port.name ?? '', port.nodePort]))
    for (const port of spec.ports ?? []) {
      const kept = before.get(port.name ?? '')
      if (!port.nodePort && kept && !used.has(kept)) port.nodePort = kept
    }
  }
  if (needsHealthCheckPort(spec) && needsHealthCheckPort(old) && !spec.healthCheckNodePort && old.healthCheckNodePort) {
    spec.healthCheckNodePort = old.healthCheckNodePort
  }
}

/** Ports may go in the same request, as long as no other node port is asked for. */
function asksForNewNodePort({ ports = [] }: Service['spec'], old: Service['spec']): boolean {
  const held = new Set((old.ports ?? []).map(({ nodePort }) => nodePort))
  return ports.some(({ nodePort }) => nodePort && !held.has(nodePort))
}

/** What the new type has no use for, unless the client changed it in the same request. */
export function dropUnused(spec: Spec, old: Service['spec']): void {
  if (needsClusterIp(old) && !needsClusterIp(spec)) {
    if (sameList(spec.clusterIPs, old.clusterIPs)) {
      delete spec.clusterIP
      delete spec.clusterIPs
    }
    if (sameList(spec.ipFamilies, old.ipFamilies)) delete spec.ipFamilies
    if (spec.ipFamilyPolicy === old.ipFamilyPolicy) delete spec.ipFamilyPolicy
    if (spec.internalTrafficPolicy === old.internalTrafficPolicy) delete spec.internalTrafficPolicy
  }
  if (takesNodePorts(old) && !takesNodePorts(spec) && !asksForNewNodePort(spec, old)) for (const port of spec.ports ?? []) delete port.nodePort
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(spec) && spec.healthCheckNodePort === old.healthCheckNodePort) delete spec.healthCheckNodePort
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (spec.allocateLoadBalancerNodePorts === old.allocateLoadBalancerNodePorts) delete spec.allocateLoadBalancerNodePorts
    if (spec.loadBalancerClass === old.loadBalancerClass) delete spec.loadBalancerClass
  }
  if (isExternallyAccessible(old) && !isExternallyAccessible(spec) && spec.externalTrafficPolicy === old.externalTrafficPolicy)
    delete spec.externalTrafficPolicy
}
