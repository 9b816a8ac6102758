// Services. Source: pkg/registry/core/service/strategy.go, storage/storage.go.
import type { Service } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { isDns1035Label } from '../../../../apimachinery/validation/names.ts'
import type { Strategy } from '../../generic/strategy.ts'
import type { ServiceAllocation } from './allocation.ts'
import { serviceDefaults } from './defaults.ts'

type Spec = Mutable<Service>['spec']

/** clusterIP and the first of clusterIPs say the same; whichever the client set fills the other. */
function normalizeClusterIps(spec: Spec, old: Service['spec'] | undefined): void {
  if (!old) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP]
    return
  }
  const changedFirst = spec.clusterIP !== old.clusterIP && JSON.stringify(spec.clusterIPs) === JSON.stringify(old.clusterIPs)
  if (!changedFirst) return
  if (!spec.clusterIP) delete spec.clusterIPs
  else spec.clusterIPs = [spec.clusterIP]
}

const takesClusterIp = ({ type }: Service['spec']) => type !== 'ExternalName'
const takesNodePorts = ({ type }: Service['spec']) => type === 'NodePort' || type === 'LoadBalancer'

/** A client that leaves allocated values out (kubectl apply, replace) keeps them. Source: patchAllocatedValues. */
function keepAllocated(spec: Spec, old: Service['spec']): void {
  if (takesClusterIp(spec) && takesClusterIp(old)) {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP
    if (!spec.clusterIPs?.length && old.clusterIPs && spec.clusterIP === old.clusterIP) spec.clusterIPs = [...old.clusterIPs]
    if (!spec.ipFamilies?.length && old.ipFamilies) spec.ipFamilies = [...old.ipFamilies]
    spec.ipFamilyPolicy ??= old.ipFamilyPolicy!
    if (spec.ipFamilyPolicy === undefined) delete spec.ipFamilyPolicy
  }
  if (takesNodePorts(spec) && takesNodePorts(old)) {
    const used = new Set((spec.ports ?? []).map((p) => p.nodePort))
    for (const port of spec.ports ?? []) {
      const before = (old.ports ?? []).find((p) => p.port === port.port && (p.protocol ?? 'TCP') === (port.protocol ?? 'TCP'))
      if (!port.nodePort && before?.nodePort && !used.has(before.nodePort)) port.nodePort = before.nodePort
    }
  }
  if (spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local' && !spec.healthCheckNodePort && old.healthCheckNodePort) {
    spec.healthCheckNodePort = old.healthCheckNodePort
  }
}

/** What the new type has no use for, unless the client changed it in the same request. Source: dropTypeDependentFields. */
function dropUnused(spec: Spec, old: Service['spec']): void {
  const sameList = (a: unknown, b: unknown) => JSON.stringify(a ?? []) === JSON.stringify(b ?? [])
  if (!takesClusterIp(spec) && takesClusterIp(old) && sameList(spec.clusterIPs, old.clusterIPs)) {
    delete spec.clusterIP
    delete spec.clusterIPs
    delete spec.ipFamilies
    delete spec.ipFamilyPolicy
  }
  if (!takesNodePorts(spec) && takesNodePorts(old)) for (const port of spec.ports ?? []) delete port.nodePort
  if (spec.type !== 'LoadBalancer' || spec.externalTrafficPolicy !== 'Local') delete spec.healthCheckNodePort
  if (spec.type !== 'LoadBalancer' && old.type === 'LoadBalancer') delete spec.allocateLoadBalancerNodePorts
  if (spec.type === 'ExternalName' && old.type !== 'ExternalName') delete spec.internalTrafficPolicy
  if (!takesNodePorts(spec) && takesNodePorts(old) && !spec.externalIPs?.length) delete spec.externalTrafficPolicy
}

export function newServiceStrategy(allocation: ServiceAllocation): Strategy<Service> {
  return {
    allowUnconditionalUpdate: true,
    validateName: (name, prefix) => isDns1035Label(prefix ? name.replace(/-$/, '') : name),
    defaults: serviceDefaults,
    prepareForCreate(_, service) {
      service.status = { loadBalancer: {} }
      normalizeClusterIps(service.spec, undefined)
    },
    prepareForUpdate(_, service, old) {
      service.status = structuredClone(old.status) as NonNullable<Mutable<Service>['status']>
      normalizeClusterIps(service.spec, old.spec)
      keepAllocated(service.spec, old.spec)
      dropUnused(service.spec, old.spec)
    },
    beginCreate: async (_, service) => allocation.allocate(service, undefined),
    beginUpdate: async (_, service, old) => allocation.allocate(service, old),
    afterDelete: (service) => allocation.release(service),
  }
}
