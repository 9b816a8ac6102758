// What a Service takes and gives back when it is written: cluster IPs and node ports. A write that fails afterwards undoes it.
// Source: pkg/registry/core/service/storage/alloc.go.
import type { Service } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { ApiError, internalError } from '../../../../apimachinery/api-error.ts'
import { type FieldError, invalid, newInvalid } from '../../../../apimachinery/field-errors.ts'
import type { Effect } from '../../generic/strategy.ts'
import type { ClusterIps } from './cluster-ips.ts'
import { holdings } from './holdings.ts'
import { isUnchangedPreference, setFamilies } from './families.ts'
import { type Family, givesNodePorts, isHeadless, needsClusterIp, needsHealthCheckPort, takesNodePorts } from './needs.ts'
import type { PortAllocator } from './port-allocator.ts'
import { PortOperation } from './port-operation.ts'

type Draft = Mutable<Service>

export class ServiceAllocation {
  readonly #families: readonly Family[]
  readonly #ports: PortAllocator
  /** Settled once what stored Services hold is known: whoever wants something waits for that. */
  readonly #ips = Promise.withResolvers<ClusterIps>()

  /** @param families that Services may have, the cluster's default family first */
  constructor(families: readonly Family[], ports: PortAllocator) {
    this.#families = families
    this.#ports = ports
  }

  /** At start: everything that stored Services hold. @param others as for {@link PortAllocator.restore} */
  async restore(services: readonly Service[], clusterIps: ClusterIps, others: boolean): Promise<void> {
    await this.#ports.restore(new Set(services.flatMap((service) => holdings(service).ports)), others)
    for (const service of services) for (const ip of holdings(service).ips) await clusterIps.note(ip, service)
    this.#ips.resolve(clusterIps)
  }

  async release(service: Service): Promise<void> {
    const { ips, ports } = holdings(service)
    await this.#ports.release(ports)
    await releaseAll(await this.#ips.promise, ips)
  }

  /**
   * Fills in what `service` needs, and takes the addresses by making their IPAddress objects. A dry run takes nothing: it fills in dummies.
   * @param old the stored Service; what it holds and keeps is not taken again
   * @throws {ApiError} 422, 500
   */
  async allocate(service: Draft, old: Service | undefined, dryRun: boolean): Promise<Effect> {
    const clusterIps = await this.#ips.promise
    const held = old ? holdings(old) : { ips: [], ports: [] }
    const taken: string[] = []
    const ports = new PortOperation(this.#ports, dryRun)
    const rollback = async () => {
      await ports.rollback()
      if (!dryRun) await releaseAll(clusterIps, taken)
    }
    try {
      this.#setFamilies(service, old)
      await takeClusterIps(service, old, { clusterIps, taken, dryRun })
      if (takesNodePorts(service.spec)) await takeNodePorts(service, old, ports)
      if (needsHealthCheckPort(service.spec) && !(old && needsHealthCheckPort(old.spec))) await takeHealthCheckPort(service, ports)
    } catch (error) {
      await rollback()
      throw error
    }
    return {
      rollback,
      commit: async () => {
        const kept = holdings(service)
        await this.#ports.release(held.ports.filter((port) => !kept.ports.includes(port)))
        await releaseAll(
          clusterIps,
          held.ips.filter((ip) => !kept.ips.includes(ip)),
        )
      },
    }
  }

  #setFamilies(service: Draft, old: Service | undefined): void {
    const errors = setFamilies(service.spec, old?.spec, this.#families)
    if (errors.length > 0) throw refuse(service, errors)
  }
}

async function releaseAll(clusterIps: ClusterIps, ips: readonly string[]): Promise<void> {
  for (const ip of ips) await clusterIps.release(ip)
}

interface Taking {
  readonly clusterIps: ClusterIps
  readonly taken: string[]
  readonly dryRun: boolean
}

/** All of them for what had none, the second for what gets a second family. Validation refuses other changes. */
async function takeClusterIps(service: Draft, old: Service | undefined, taking: Taking): Promise<void> {
  const { spec } = service
  if (!needsClusterIp(spec)) return
  const families = spec.ipFamilies ?? []
  if (old && needsClusterIp(old.spec)) {
    const isUpgraded = old.spec.ipFamilies?.length === 1 && families.length === 2
    if (isHeadless(old.spec) || !isUpgraded || isUnchangedPreference(spec, old.spec)) return
    spec.clusterIPs = [...(spec.clusterIPs ?? []).slice(0, 1), await takeIp(service, families[1]!, spec.clusterIPs?.[1], taking)]
  } else if (isHeadless(spec)) {
    spec.clusterIP = 'None'
    spec.clusterIPs = ['None']
  } else {
    const wanted = spec.clusterIPs ?? []
    const ips: string[] = []
    for (const [i, family] of families.entries()) ips.push(await takeIp(service, family, wanted[i], taking))
    spec.clusterIPs = ips
    spec.clusterIP = ips[0]!
  }
}

async function takeIp(service: Draft, family: string, wanted: string | undefined, { clusterIps, taken, dryRun }: Taking): Promise<string> {
  const refusal = wanted && (await clusterIps.take(wanted, service as Service, dryRun))
  if (refusal) throw refuse(service, [invalid('spec.clusterIPs', service.spec.clusterIPs, `failed to allocate IP ${wanted}: ${refusal}`)])
  const ip = wanted || (await clusterIps.takeNext(family === 'IPv4' ? 4 : 6, service as Service, dryRun))
  if (ip === undefined) throw internalError(new Error('failed to allocate a serviceIP: range is full'))
  taken.push(ip)
  return ip
}

const refuse = (service: Draft, errors: readonly FieldError[]) => newInvalid({ group: '', kind: 'Service' }, service.metadata.name, errors)

async function takeNodePort(service: Draft, index: number, wanted: number, operation: PortOperation): Promise<number> {
  const refusal = await operation.allocate(wanted)
  if (refusal) throw refuse(service, [invalid(`spec.ports[${index}].nodePort`, wanted, refusal)])
  return wanted
}

async function nextPort(operation: PortOperation, what: string): Promise<number> {
  const port = await operation.allocateNext()
  if (port === undefined) throw internalError(new Error(`failed to allocate a ${what}: range is full`))
  return port
}
const nextNodePort = (operation: PortOperation) => nextPort(operation, 'nodePort')

async function takeNodePorts(service: Draft, old: Service | undefined, operation: PortOperation): Promise<void> {
  if (old) await updateNodePorts(service, new Set((old.spec.ports ?? []).map(({ nodePort }) => nodePort)), operation)
  else await takeFirstNodePorts(service, operation)
}

/** Of a new Service: one port under several protocols gets one node port, that of the first that asks for one. */
async function takeFirstNodePorts(service: Draft, operation: PortOperation): Promise<void> {
  const ports = service.spec.ports ?? []
  const given = new Map<number, number>()
  for (const [i, port] of ports.entries()) {
    if (!port.nodePort && !givesNodePorts(service.spec)) continue
    const shared = given.get(port.port)
    if (shared === undefined) {
      const wanted = ports.find((other) => other.port === port.port && other.nodePort)?.nodePort
      port.nodePort = await (wanted ? takeNodePort(service, i, wanted, operation) : nextNodePort(operation))
      given.set(port.port, port.nodePort)
    } else if (!port.nodePort) port.nodePort = shared
    else if (port.nodePort !== shared) await takeNodePort(service, i, port.nodePort, operation)
  }
}

async function updateNodePorts(service: Draft, held: ReadonlySet<number | undefined>, operation: PortOperation): Promise<void> {
  const seen = new Set<string>()
  const taken = new Set<number>()
  for (const [i, port] of (service.spec.ports ?? []).entries()) {
    if (!port.nodePort && !givesNodePorts(service.spec)) continue
    if (!port.nodePort) port.nodePort = await nextNodePort(operation)
    else if (!held.has(port.nodePort) && !taken.has(port.nodePort)) taken.add(await takeNodePort(service, i, port.nodePort, operation))
    const shown = `{${port.protocol} ${port.nodePort}}`
    if (seen.has(shown)) throw new ApiError('', `duplicate nodePort: ${shown}`, { code: 500 })
    seen.add(shown)
  }
}

async function takeHealthCheckPort({ spec }: Draft, operation: PortOperation): Promise<void> {
  const wanted = spec.healthCheckNodePort
  if (!wanted) {
    spec.healthCheckNodePort = await nextPort(operation, 'HealthCheck NodePort 0')
    return
  }
  const refusal = await operation.allocate(wanted)
  if (refusal) throw internalError(new Error(`failed to allocate requested HealthCheck NodePort ${wanted}: ${refusal}`))
}
