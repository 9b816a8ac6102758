// What a Service takes and gives back when it is written: cluster IPs and node ports. A write that fails afterwards undoes it.
// Source: pkg/registry/core/service/storage/alloc.go.
import type { Service } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { internalError } from '../../../../apimachinery/api-error.ts'
import { type FieldError, invalid, newInvalid } from '../../../../apimachinery/field-errors.ts'
import type { Effect } from '../../generic/strategy.ts'
import type { IpAllocator } from './ip-allocator.ts'
import type { PortAllocator } from './port-allocator.ts'

type Draft = Mutable<Service>

const needsClusterIp = ({ spec }: Service) => spec.type !== 'ExternalName'
const isHeadless = ({ spec }: Service) => spec.clusterIP === 'None'
const needsNodePorts = ({ spec }: Service) => spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false)
const needsHealthCheckPort = ({ spec }: Service) => spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'

/** Addresses and ports a stored Service holds. */
function holdings(service: Service): { readonly ips: readonly string[]; readonly ports: readonly number[] } {
  const { clusterIPs = [], clusterIP, ports = [], healthCheckNodePort } = service.spec
  const ips = needsClusterIp(service) && !isHeadless(service) ? (clusterIPs.length ? clusterIPs : clusterIP ? [clusterIP] : []) : []
  const nodePorts = ports.flatMap((p) => (p.nodePort ? [p.nodePort] : []))
  return { ips, ports: [...new Set([...nodePorts, ...(healthCheckNodePort ? [healthCheckNodePort] : [])])] }
}

export class ServiceAllocation {
  readonly #ips: readonly IpAllocator[]
  readonly #ports: PortAllocator

  /** @param ips one allocator per family, the cluster's default family first */
  constructor(ips: readonly IpAllocator[], ports: PortAllocator) {
    this.#ips = ips
    this.#ports = ports
  }

  /** At start: everything that stored Services hold. */
  restore(services: Iterable<Service>): void {
    for (const service of services) {
      const { ips, ports } = holdings(service)
      for (const ip of ips) this.#allocatorOf(ip)?.allocate(ip)
      for (const port of ports) this.#ports.allocate(port)
    }
  }

  release(service: Service): void {
    const { ips, ports } = holdings(service)
    for (const ip of ips) this.#allocatorOf(ip)?.release(ip)
    for (const port of ports) this.#ports.release(port)
  }

  /** Fills in what `service` needs. @param old the stored Service; what it holds and keeps is not taken again */
  allocate(service: Draft, old: Service | undefined): Effect {
    const held = old ? holdings(old) : { ips: [], ports: [] }
    const taken: { ips: string[]; ports: number[] } = { ips: [], ports: [] }
    const rollback = () => {
      for (const ip of taken.ips) this.#allocatorOf(ip)?.release(ip)
      for (const port of taken.ports) this.#ports.release(port)
    }
    try {
      this.#setFamilies(service)
      if (needsClusterIp(service)) this.#takeClusterIps(service, held.ips, taken.ips)
      if (needsNodePorts(service)) this.#takeNodePorts(service, held.ports, taken.ports)
      if (needsHealthCheckPort(service)) this.#takeHealthCheckPort(service, held.ports, taken.ports)
    } catch (error) {
      rollback()
      throw error
    }
    return {
      rollback,
      commit: () => {
        const kept = holdings(service)
        for (const ip of held.ips) if (!kept.ips.includes(ip)) this.#allocatorOf(ip)?.release(ip)
        for (const port of held.ports) if (!kept.ports.includes(port)) this.#ports.release(port)
      },
    }
  }

  #allocatorOf(ip: string): IpAllocator | undefined {
    return this.#ips.find((a) => a.family === (ip.includes(':') ? 6 : 4))
  }

  /** ipFamilies and ipFamilyPolicy, as far as the cluster's ranges decide them. */
  #setFamilies({ spec }: Draft): void {
    if (spec.type === 'ExternalName') return
    const available = this.#ips.map((a) => (a.family === 4 ? ('IPv4' as const) : ('IPv6' as const)))
    const isSelectorless = Object.keys(spec.selector ?? {}).length === 0
    if (spec.clusterIP === 'None' && isSelectorless && !spec.ipFamilyPolicy && !spec.ipFamilies?.length) {
      // Nobody knows what its endpoints will be: both, so that every slice is shown.
      spec.ipFamilies = [available[0]!, available[0] === 'IPv4' ? 'IPv6' : 'IPv4']
      spec.ipFamilyPolicy = 'RequireDualStack'
      return
    }
    const given = (spec.clusterIPs ?? []).filter((ip) => ip !== 'None').map((ip) => (ip.includes(':') ? ('IPv6' as const) : ('IPv4' as const)))
    spec.ipFamilyPolicy ??= (spec.ipFamilies?.length ?? 0) > 1 || given.length > 1 ? 'RequireDualStack' : 'SingleStack'
    if (!spec.ipFamilies?.length) spec.ipFamilies = given.length ? given : [available[0]!]
    if (spec.ipFamilyPolicy !== 'SingleStack' && spec.ipFamilies.length === 1 && available.length > 1) {
      spec.ipFamilies.push(spec.ipFamilies[0] === 'IPv4' ? 'IPv6' : 'IPv4')
    }
  }

  #takeClusterIps(service: Draft, held: readonly string[], taken: string[]): void {
    const { spec } = service
    if (isHeadless(service)) {
      spec.clusterIPs = ['None']
      return
    }
    const wanted = spec.clusterIPs?.length ? spec.clusterIPs : spec.clusterIP ? [spec.clusterIP] : []
    const families = spec.ipFamilies ?? []
    const ips = families.map((family, i) => {
      const allocator = this.#ips.find((a) => a.family === (family === 'IPv4' ? 4 : 6))
      if (!allocator) throw this.#refuse(service, invalid('spec.ipFamilies[0]', family, `not configured on this cluster`))
      const ip = wanted[i]
      if (ip === undefined) {
        const next = allocator.allocateNext()
        if (next === undefined) throw internalError(new Error('failed to allocate a serviceIP: range is full'))
        taken.push(next)
        return next
      }
      if (held.includes(ip)) return ip
      const refusal = allocator.allocate(ip)
      if (refusal) throw this.#refuse(service, invalid('spec.clusterIPs', wanted, `failed to allocate IP ${ip}: ${refusal}`))
      taken.push(ip)
      return ip
    })
    spec.clusterIPs = ips
    spec.clusterIP = ips[0]!
  }

  #takeNodePorts(service: Draft, held: readonly number[], taken: number[]): void {
    const mine = new Map<number, Set<string>>()
    const ports = service.spec.ports ?? []
    for (const [i, port] of ports.entries()) {
      const protocol = port.protocol ?? 'TCP'
      if (port.nodePort) {
        // The same number for another protocol of the same Service is taken already, by us.
        if (!mine.has(port.nodePort) && !held.includes(port.nodePort)) this.#takePort(service, `spec.ports[${i}].nodePort`, port.nodePort, taken)
      } else {
        port.nodePort =
          [...mine].find(([number, protocols]) => !protocols.has(protocol) && ports.some((p) => p.nodePort === number && p.port === port.port))?.[0] ??
          this.#nextPort(taken)
      }
      mine.set(port.nodePort, (mine.get(port.nodePort) ?? new Set()).add(protocol))
    }
  }

  #takeHealthCheckPort(service: Draft, held: readonly number[], taken: number[]): void {
    const port = service.spec.healthCheckNodePort
    if (!port) service.spec.healthCheckNodePort = this.#nextPort(taken)
    else if (!held.includes(port)) this.#takePort(service, 'spec.healthCheckNodePort', port, taken)
  }

  #takePort(service: Draft, field: string, port: number, taken: number[]): void {
    const refusal = this.#ports.allocate(port)
    const { from, to } = this.#ports.range
    const detail = refusal === 'provided port is not in the valid range' ? `${refusal}. The range of valid ports is ${from}-${to}` : refusal
    if (detail) throw this.#refuse(service, invalid(field, port, detail))
    taken.push(port)
  }

  #nextPort(taken: number[]): number {
    const port = this.#ports.allocateNext()
    if (port === undefined) throw internalError(new Error('failed to allocate a nodePort: range is full'))
    taken.push(port)
    return port
  }

  #refuse(service: Draft, error: FieldError) {
    return newInvalid({ group: '', kind: 'Service' }, service.metadata.name, [error])
  }
}
