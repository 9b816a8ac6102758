// Addresses and ports of Services, as the whole server gives them away.
import { ipAddresses, serviceCIDRs } from '../../api/resources.ts'
import type { Client } from '../../client/client.ts'
import { formatIp, network, parseCidr } from '../../util/ip.ts'
import { systemRand } from '../../util/rand.ts'
import { newAddressBook } from '../registry/core/service/address-book.ts'
import { ServiceAllocation } from '../registry/core/service/allocation.ts'
import { ClusterIps } from '../registry/core/service/cluster-ips.ts'
import { PortAllocator } from '../registry/core/service/port-allocator.ts'
import { readyRanges } from '../registry/core/service/service-ranges.ts'
import type { StoreListers } from '../registry/generic/store-lister.ts'
import type { ApiServerOptions } from '../server-options.ts'

export const serviceCidrsOf = ({ serviceClusterIpRange }: Pick<ApiServerOptions, 'serviceClusterIpRange'>) =>
  serviceClusterIpRange.split(',').map((text) => text.trim())

/** @throws {Error} for a range that is none */
export function newServiceAllocation(options: Pick<ApiServerOptions, 'serviceClusterIpRange' | 'serviceNodePortRange'>): ServiceAllocation {
  const families = serviceCidrsOf(options).map((text) => {
    const cidr = parseCidr(text)
    if (!cidr) throw new Error(`service cluster IP range ${JSON.stringify(text)} is no CIDR`)
    return cidr.ip.family === 4 ? 'IPv4' : 'IPv6'
  })
  return new ServiceAllocation(families, new PortAllocator(options.serviceNodePortRange, systemRand))
}

/** @param client for the server's own requests */
export function newClusterIps(options: Pick<ApiServerOptions, 'serviceClusterIpRange'>, client: Client, listers: StoreListers): ClusterIps {
  const own = serviceCidrsOf(options)
  const cidrs = listers.for(serviceCIDRs)
  return new ClusterIps({ ranges: () => readyRanges(cidrs.all(), own), addresses: newAddressBook(client, listers.for(ipAddresses)), rand: systemRand })
}

/** The first address of a CIDR: that of the Service `kubernetes`. */
export function firstServiceIp(cidr: string): string {
  const range = parseCidr(cidr)!
  return formatIp({ ...range.ip, value: network(range).ip.value + 1n })
}
