// What a Service takes and gives back when it is written: cluster IPs and node ports. A write that fails afterwards undoes it.
// Source: pkg/registry/core/service/storage/alloc.go.
import type { Service } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { ApiError, internalError } from '../../../../apimachinery/api-error.ts'
import { type FieldError, invalid, newInvalid } from '../../../../apimachinery/field-errors.ts'
import type { Effect } from '../../generic/strategy.ts'
import { isUnchangedPreference, setFamilies } from './families.ts'
import type { AddressBook } from './ip-addresses.ts'
import type { IpAllocator } from './ip-allocator.ts'
import { familyOf, givesNodePorts, isHeadless, needsClusterIp, needsHealthCheckPort, takesNodePorts } from './needs.ts'
import type { PortAllocator } from './port-allocator.ts'
import { PortOperation } from './port-operation.ts'

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
   * Fills in what `service` needs, and notes the addresses as IPAddress objects. A dry run takes nothing: it fills in dummies.
   * @param old the stored Service; what it holds and keeps is not taken again
   * @throws {ApiError} 422, 500
   */
  async allocate(service: Draft, old: Service | undefined, dryRun: boolean): Promise<Effect> {
    const held = old ? holdings(old) : { ips: [], ports: [] }
    const ips: string[] = []
    const ports = new PortOperation(this.#ports, dryRun)
    const rollback = () => {
      if (!dryRun) for (const ip of ips) this.#allocatorOf(ip)?.release(ip)
      ports.rollback()
    }
    try {
      this.#setFamilies(service, old)
      this.#takeClusterIps(service, old, ips, dryRun)
      if (takesNodePorts(service.spec)) takeNodePorts(service, old, ports)
      if (needsHealthCheckPort(service.spec) && !(old && needsHealthCheckPort(old.spec))) takeHealthCheckPort(service, ports)
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
        for (const ip of ips) await this.#addresses?.note(ip, service)
      },
    }
  }

  #setFamilies(service: Draft, old: Service | undefined): void {
    const available = this.#ips.map((a) => (a.family === 4 ? ('IPv4' as const) : ('IPv6' as const)))
    const errors = setFamilies(service.spec, old?.spec, available)
    if (errors.length > 0) throw refuse(service, errors)
  }

  async #releaseIps(ips: readonly string[]): Promise<void> {
    for (const ip of ips) {
      this.#allocatorOf(ip)?.release(ip)
      await this.#addresses?.drop(ip)
    }
  }

  #allocatorOf(ip: string): IpAllocator | undefined {
    return this.#ips.find((a) => a.family === (familyOf(ip) === 'IPv6' ? 6 : 4))
  }

  /** All of them for what had none, the second for what gets a second family. Validation refuses other changes. */
  #takeClusterIps(service: Draft, old: Service | undefined, taken: string[], dryRun: boolean): void {
    const { spec } = service
    if (!needsClusterIp(spec)) return
    const families = spec.ipFamilies ?? []
    if (old && needsClusterIp(old.spec)) {
      const isUpgraded = old.spec.ipFamilies?.length === 1 && families.length === 2
      if (isHeadless(old.spec) || !isUpgraded || isUnchangedPreference(spec, old.spec)) return
      spec.clusterIPs = [...(spec.clusterIPs ?? []).slice(0, 1), this.#takeIp(service, families[1]!, spec.clusterIPs?.[1], taken, dryRun)]
    } else if (isHeadless(spec)) {
      spec.clusterIP = 'None'
      spec.clusterIPs = ['None']
    } else {
      const wanted = spec.clusterIPs ?? []
      const ips = families.map((family, i) => this.#takeIp(service, family, wanted[i], taken, dryRun))
      spec.clusterIPs = ips
      spec.clusterIP = ips[0]!
    }
  }

  #takeIp(service: Draft, family: string, wanted: string | undefined, taken: string[], dryRun: boolean): string {
    const allocator = this.#ips.find((a) => a.family === (family === 'IPv4' ? 4 : 6))!
    const refusal = wanted && allocator.allocate(wanted, dryRun)
    if (refusal) throw refuse(service, [invalid('spec.clusterIPs', service.spec.clusterIPs, `failed to allocate IP ${wanted}: ${refusal}`)])
    const ip = wanted || (dryRun ? allocator.base : allocator.allocateNext())
    if (ip === undefined) throw internalError(new Error('failed to allocate a serviceIP: range is full'))
    taken.push(ip)
    return ip
  }
}

const refuse = (service: Draft, errors: readonly FieldError[]) => newInvalid({ group: '', kind: 'Service' }, service.metadata.name, errors)

function takeNodePort(service: Draft, index: number, wanted: number, operation: PortOperation): number {
  const refusal = operation.allocate(wanted)
  if (refusal) throw refuse(service, [invalid(`spec.ports[${index}].nodePort`, wanted, refusal)])
  return wanted
}

function nextPort(operation: PortOperation, what: string): number {
  const port = operation.allocateNext()
  if (port === undefined) throw internalError(new Error(`failed to allocate a ${what}: range is full`))
  return port
}
const nextNodePort = (operation: PortOperation) => nextPort(operation, 'nodePort')

function takeNodePorts(service: Draft, old: Service | undefined, operation: PortOperation): void {
  if (old) updateNodePorts(service, new Set((old.spec.ports ?? []).map(({ nodePort }) => nodePort)), operation)
  else takeFirstNodePorts(service, operation)
}

/** Of a new Service: one port under several protocols gets one node port, that of the first that asks for one. */
function takeFirstNodePorts(service: Draft, operation: PortOperation): void {
  const ports = service.spec.ports ?? []
  const given = new Map<number, number>()
  for (const [i, port] of ports.entries()) {
    if (!port.nodePort && !givesNodePorts(service.spec)) continue
    const shared = given.get(port.port)
    if (shared === undefined) {
      const wanted = ports.find((other) => other.port === port.port && other.nodePort)?.nodePort
      port.nodePort = wanted ? takeNodePort(service, i, wanted, operation) : nextNodePort(operation)
      given.set(port.port, port.nodePort)
    } else if (!port.nodePort) port.nodePort = shared
    else if (port.nodePort !== shared) takeNodePort(service, i, port.nodePort, operation)
  }
}

function updateNodePorts(service: Draft, held: ReadonlySet<number | undefined>, operation: PortOperation): void {
  const seen = new Set<string>()
  const taken = new Set<number>()
  for (const [i, port] of (service.spec.ports ?? []).entries()) {
    if (!port.nodePort && !givesNodePorts(service.spec)) continue
    if (!port.nodePort) port.nodePort = nextNodePort(operation)
    else if (!held.has(port.nodePort) && !taken.has(port.nodePort)) taken.add(takeNodePort(service, i, port.nodePort, operation))
    const shown = `{${port.protocol} ${port.nodePort}}`
    if (seen.has(shown)) throw new ApiError('', `duplicate nodePort: ${shown}`, { code: 500 })
    seen.add(shown)
  }
}

function takeHealthCheckPort({ spec }: Draft, operation: PortOperation): void {
  const wanted = spec.healthCheckNodePort
  if (!wanted) {
    spec.healthCheckNodePort = nextPort(operation, 'HealthCheck NodePort 0')
    return
  }
  const refusal = operation.allocate(wanted)
  if (refusal) throw internalError(new Error(`failed to allocate requested HealthCheck NodePort ${wanted}: ${refusal}`))
}
