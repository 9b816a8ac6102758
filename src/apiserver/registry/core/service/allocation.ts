// What a Service takes and gives back when it is written: cluster IPs and node ports. A write that fails afterwards undoes it.
// Source: pkg/registry/core/service/storage/alloc.go.
import type { Service } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { internalError } from '../../../../apimachinery/api-error.ts'
import { type FieldError, invalid, newInvalid } from '../../../../apimachinery/field-errors.ts'
import type { Effect } from '../../generic/strategy.ts'
import { setFamilies } from './families.ts'
import type { AddressBook } from './ip-addresses.ts'
import type { IpAllocator } from './ip-allocator.ts'
import { isHeadless, needsClusterIp, needsHealthCheckPort, needsNodePorts } from './needs.ts'
import type { PortAllocator } from './port-allocator.ts'
import { validateClusterIps } from './validate-cluster-ips.ts'

type Draft = Mutable<Service>

/** Addresses and ports a stored Service holds. */
function holdings(service: Service): { readonly ips: readonly string[]; readonly ports: readonly number[] } {
  const { clusterIPs = [], clusterIP, ports = [], healthCheckNodePort } = service.spec
  const ips = needsClusterIp(service.spec) && !isHeadless(service.spec) ? (clusterIPs.length ? clusterIPs : clusterIP ? [clusterIP] : []) : []
  const nodePorts = ports.flatMap((p) => (p.nodePort ? [p.nodePort] : []))
  return { ips, ports: [...new Set([...nodePorts, ...(healthCheckNodePort ? [healthCheckNodePort] : [])])] }
}

export class ServiceAllocation {
  readonly #ips: readonly IpAllocator[]
  readonly #ports: PortAllocator
  /** Undefined until the server can write objects. */
  #addresses: AddressBook | undefined

  /** @param ips one allocator per family, the cluster's default family first */
  constructor(ips: readonly IpAllocator[], ports: PortAllocator) {
    this.#ips = ips
    this.#ports = ports
  }

  /** At start: everything that stored Services hold. @param addresses where it is noted from now on */
  async restore(services: Iterable<Service>, addresses: AddressBook): Promise<void> {
    for (const service of services) {
      const { ips, ports } = holdings(service)
      for (const ip of ips) this.#allocatorOf(ip)?.allocate(ip)
      for (const port of ports) this.#ports.allocate(port)
    }
    this.#addresses = addresses
    for (const service of services) for (const ip of holdings(service).ips) await addresses.note(ip, service)
  }

  async release(service: Service): Promise<void> {
    const { ips, ports } = holdings(service)
    for (const port of ports) this.#ports.release(port)
    await this.#releaseIps(ips)
  }

  /**
   * Fills in what `service` needs, and notes the addresses as IPAddress objects.
   * @param old the stored Service; what it holds and keeps is not taken again
   * @throws {ApiError} 422, 500
   */
  async allocate(service: Draft, old: Service | undefined): Promise<Effect> {
    const held = old ? holdings(old) : { ips: [], ports: [] }
    const taken: { ips: string[]; ports: number[] } = { ips: [], ports: [] }
    const rollback = () => {
      for (const ip of taken.ips) this.#allocatorOf(ip)?.release(ip)
      for (const port of taken.ports) this.#ports.release(port)
    }
    try {
      this.#take(service, old, held.ports, taken)
    } catch (error) {
      rollback()
      throw error
    }
    return {
      rollback,
      commit: async () => {
        const kept = holdings(service)
        for (const port of held.ports) if (!kept.ports.includes(port)) this.#ports.release(port)
        await this.#releaseIps(held.ips.filter((ip) => !kept.ips.includes(ip)))
        for (const ip of taken.ips) await this.#addresses?.note(ip, service)
      },
    }
  }

  #take(service: Draft, old: Service | undefined, heldPorts: readonly number[], taken: { ips: string[]; ports: number[] }): void {
    const { spec } = service
    const available = this.#ips.map((a) => (a.family === 4 ? ('IPv4' as const) : ('IPv6' as const)))
    const loose = validateClusterIps(spec, old?.spec)
    const errors = loose.length > 0 ? loose : setFamilies(spec, old?.spec, available)
    if (errors.length > 0) throw this.#refuse(service, errors)
    if (needsClusterIp(spec)) this.#takeClusterIps(service, old, taken.ips)
    if (needsNodePorts(spec)) this.#takeNodePorts(service, heldPorts, taken.ports)
    if (needsHealthCheckPort(spec)) this.#takeHealthCheckPort(service, heldPorts, taken.ports)
  }

  async #releaseIps(ips: readonly string[]): Promise<void> {
    for (const ip of ips) {
      this.#allocatorOf(ip)?.release(ip)
      await this.#addresses?.drop(ip)
    }
  }

  #allocatorOf(ip: string): IpAllocator | undefined {
    return this.#ips.find((a) => a.family === (ip.includes(':') ? 6 : 4))
  }

  /** An address that the client changed is not taken: validation refuses the change. */
  #takeClusterIps(service: Draft, old: Service | undefined, taken: string[]): void {
    const { spec } = service
    if (isHeadless(spec)) {
      spec.clusterIP = 'None'
      spec.clusterIPs = ['None']
      return
    }
    const held = old ? holdings(old).ips : []
    const wanted = spec.clusterIPs ?? []
    const families = spec.ipFamilies ?? []
    if (held.length > 0 && wanted.length >= families.length) return
    const ips = families.map((family, i) => {
      const ip = wanted[i]
      if (ip !== undefined && held.length > 0) return ip
      const allocator = this.#ips.find((a) => a.family === (family === 'IPv4' ? 4 : 6))!
      const given = ip ?? allocator.allocateNext()
      if (given === undefined) throw internalError(new Error('failed to allocate a serviceIP: range is full'))
      const refusal = ip === undefined ? undefined : allocator.allocate(ip)
      if (refusal) throw this.#refuse(service, [invalid('spec.clusterIPs', wanted, `failed to allocate IP ${ip}: ${refusal}`)])
      taken.push(given)
      return given
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
    if (detail) throw this.#refuse(service, [invalid(field, port, detail)])
    taken.push(port)
  }

  #nextPort(taken: number[]): number {
    const port = this.#ports.allocateNext()
    if (port === undefined) throw internalError(new Error('failed to allocate a nodePort: range is full'))
    taken.push(port)
    return port
  }

  #refuse(service: Draft, errors: readonly FieldError[]) {
    return newInvalid({ group: '', kind: 'Service' }, service.metadata.name, errors)
  }
}
