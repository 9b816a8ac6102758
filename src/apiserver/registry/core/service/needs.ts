// What a Service of a type has use for. Source: pkg/registry/core/service/{strategy.go,storage/alloc.go}, pkg/api/service/util.go.
import type { Service } from '../../../../api/core/v1.ts'

type Spec = Service['spec']

export const needsClusterIp = ({ type }: Spec) => type !== 'ExternalName'
export const isHeadless = ({ clusterIPs, clusterIP }: Spec) => (clusterIPs?.length === 1 ? clusterIPs[0] === 'None' : clusterIP === 'None')
/** Whether node ports may be there. */
export const takesNodePorts = ({ type }: Spec) => type === 'NodePort' || type === 'LoadBalancer'
/** Whether they are also given out to ports that ask for none. */
export const givesNodePorts = (spec: Spec) => spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false)
export const needsHealthCheckPort = ({ type, externalTrafficPolicy }: Spec) => type === 'LoadBalancer' && externalTrafficPolicy === 'Local'
export const isExternallyAccessible = (spec: Spec) => takesNodePorts(spec) || (spec.type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0)

export const sameList = (a: unknown, b: unknown) => JSON.stringify(a ?? []) === JSON.stringify(b ?? [])

export type Family = 'IPv4' | 'IPv6'
export const familyOf = (ip: string): Family => (ip.includes(':') ? 'IPv6' : 'IPv4')
