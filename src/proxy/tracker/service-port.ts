// What the proxy must do for one port of one Service, independent of how the kernel is told.
import type { Service, ServicePort as ApiPort } from '../../api/core/v1.ts'

export type Protocol = 'tcp' | 'udp' | 'sctp'
export type Family = 'ipv4' | 'ipv6'

export interface ServicePort {
  /** `namespace/name:portName`; unnamed ports have an empty port name. */
  readonly key: string
  readonly namespace: string
  readonly name: string
  readonly portName: string
  readonly protocol: Protocol
  readonly clusterIP: string
  readonly port: number
  /** 0: none. */
  readonly nodePort: number
  readonly externalIPs: readonly string[]
  readonly loadBalancerIPs: readonly string[]
  /** CIDRs that may use the load balancer's addresses; empty: everyone. */
  readonly loadBalancerSources: readonly string[]
  readonly externalPolicyLocal: boolean
  readonly internalPolicyLocal: boolean
  /** Seconds that a client sticks to its endpoint; 0: no affinity. */
  readonly affinitySeconds: number
  /** 0: none. Load balancers probe it for nodes with local endpoints. */
  readonly healthCheckNodePort: number
}

/** Upstream's default of spec.sessionAffinityConfig.clientIP.timeoutSeconds: three hours. */
const affinitySecondsDefault = 10_800

export const familyOf = (ip: string): Family => (ip.includes(':') ? 'ipv6' : 'ipv4')

const proxyNameLabel = 'service.kubernetes.io/service-proxy-name'

/** Headless, ExternalName and foreign-proxy Services have nothing to program. */
function isProxied(service: Service): boolean {
  const { clusterIP, type } = service.spec
  if (type === 'ExternalName' || !clusterIP || clusterIP === 'None') return false
  return !Object.hasOwn(service.metadata.labels ?? {}, proxyNameLabel)
}

/** @returns one entry per port of `service` that has an address of `family` */
export function servicePorts(service: Service, family: Family): ServicePort[] {
  if (!isProxied(service)) return []
  const { spec, metadata, status } = service
  const ofFamily = (ips: readonly string[] | undefined) => (ips ?? []).filter((ip) => familyOf(ip) === family)
  const clusterIP = ofFamily(spec.clusterIPs ?? [spec.clusterIP!])[0]
  if (!clusterIP) return []
  const isLoadBalancer = spec.type === 'LoadBalancer'
  const ingress = (status?.loadBalancer?.ingress ?? []).filter((i) => i.ip && (i.ipMode ?? 'VIP') === 'VIP').map((i) => i.ip!)
  const shared = {
    namespace: metadata.namespace,
    name: metadata.name,
    clusterIP,
    externalIPs: ofFamily(spec.externalIPs),
    loadBalancerIPs: isLoadBalancer ? ofFamily(ingress) : [],
    loadBalancerSources: isLoadBalancer ? ofFamily(spec.loadBalancerSourceRanges) : [],
    externalPolicyLocal: spec.externalTrafficPolicy === 'Local',
    internalPolicyLocal: spec.internalTrafficPolicy === 'Local',
    affinitySeconds: spec.sessionAffinity === 'ClientIP' ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? affinitySecondsDefault) : 0,
    healthCheckNodePort: spec.externalTrafficPolicy === 'Local' ? (spec.healthCheckNodePort ?? 0) : 0,
  }
  return (spec.ports ?? []).map((p: ApiPort) => {
    const portName = p.name ?? ''
    return {
      ...shared,
      key: `${metadata.namespace}/${metadata.name}:${portName}`,
      portName,
      protocol: (p.protocol ?? 'TCP').toLowerCase() as Protocol,
      port: p.port,
      nodePort: p.nodePort ?? 0,
    }
  })
}
