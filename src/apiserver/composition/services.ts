// Addresses and ports of Services, as the whole server gives them away.
import type { Codec } from '../../apimachinery/codec/codec.ts'
import { ipAddresses, serviceCIDRs, services } from '../../api/resources.ts'
import type { Service } from '../../api/core/v1.ts'
import { newEventRecorder } from '../../client/events/recorder.ts'
import type { Loopback } from '../loopback.ts'
import { untilAborted } from '../../util/until-aborted.ts'
import { RepairController } from '../service-addresses/repair-controller.ts'
import { formatIp, network, parseCidr } from '../../util/ip.ts'
import { systemRand } from '../../util/rand.ts'
import { newAddressBook } from '../registry/core/service/address-book.ts'
import { ServiceAllocation } from '../registry/core/service/allocation.ts'
import { ClusterIps } from '../registry/core/service/cluster-ips.ts'
import { type Family, familyOf } from '../registry/core/service/needs.ts'
import { PortAllocator } from '../registry/core/service/port-allocator.ts'
import { newPortRegistry } from '../registry/core/service/port-registry.ts'
import { readyRanges } from '../registry/core/service/service-ranges.ts'
import type { StoreListers } from '../registry/generic/store-lister.ts'
import type { ApiServerOptions } from '../server-options.ts'

export const serviceCidrsOf = ({ serviceClusterIpRange }: Pick<ApiServerOptions, 'serviceClusterIpRange'>) =>
  serviceClusterIpRange.split(',').map((text) => text.trim())

export interface ServiceAddresses {
  readonly allocation: ServiceAllocation
  /** Takes note of what stored Services hold: nothing is given away before. */
  restore(signal: AbortSignal): Promise<void>
  /** Keeps IPAddresses in agreement with Services. */
  run(signal: AbortSignal): Promise<void>
}

/** @throws {Error} for a range that is none */
export function newServiceAddresses(options: ApiServerOptions, codec: Codec, { client, informers }: Loopback, listers: StoreListers): ServiceAddresses {
  const { serviceNodePortRange: portRange, storage, sharedStore, clock, logger } = options
  const own = serviceCidrsOf(options)
  const ports = new PortAllocator(portRange, newPortRegistry(storage, codec, portRange), systemRand)
  const allocation = new ServiceAllocation(own.map(familyOfRange), ports)
  const cidrs = listers.for(serviceCIDRs)
  const addresses = newAddressBook(client, listers.for(ipAddresses))
  const clusterIps = new ClusterIps({ ranges: () => readyRanges(cidrs.all(), own), addresses, rand: systemRand })
  const recorder = newEventRecorder({ client, component: 'ipallocator-repair-controller', clock, logger })
  const repair = new RepairController({ informers, services: listers.for(services), addresses, recorder, clock, logger })
  const restored = Promise.withResolvers<void>()
  return {
    allocation,
    async restore(signal) {
      await listers.start()
      const { items } = await client.list<Service>(services, { signal })
      await allocation.restore(items, clusterIps, sharedStore !== undefined)
      restored.resolve()
    },
    async run(signal) {
      const recording = recorder.run(signal)
      await untilAborted(restored.promise, signal).catch(() => {})
      await Promise.all([recording, repair.run(signal)])
    },
  }
}

function familyOfRange(text: string): Family {
  if (!parseCidr(text)) throw new Error(`service cluster IP range ${JSON.stringify(text)} is no CIDR`)
  return familyOf(text)
}

/** The first address of a CIDR: that of the Service `kubernetes`. */
export function firstServiceIp(cidr: string): string {
  const range = parseCidr(cidr)!
  return formatIp({ ...range.ip, value: network(range).ip.value + 1n })
}
