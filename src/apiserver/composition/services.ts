// Addresses and ports of Services, as the whole server gives them away.
import { formatIp, network, parseCidr } from '../../util/ip.ts'
import { systemRand } from '../../util/rand.ts'
import { ServiceAllocation } from '../registry/core/service/allocation.ts'
import { IpAllocator } from '../registry/core/service/ip-allocator.ts'
import { PortAllocator } from '../registry/core/service/port-allocator.ts'
import type { ApiServerOptions } from '../server-options.ts'

export const serviceCidrsOf = ({ serviceClusterIpRange }: Pick<ApiServerOptions, 'serviceClusterIpRange'>) =>
  serviceClusterIpRange.split(',').map((text) => text.trim())

/** @throws {Error} for a range that is none */
export function newServiceAllocation(options: Pick<ApiServerOptions, 'serviceClusterIpRange' | 'serviceNodePortRange'>): ServiceAllocation {
  const allocators = serviceCidrsOf(options).map((text) => {
    const cidr = parseCidr(text)
    if (!cidr) throw new Error(`service cluster IP range ${JSON.stringify(text)} is no CIDR`)
    return new IpAllocator(cidr, systemRand)
  })
  return new ServiceAllocation(allocators, new PortAllocator(options.serviceNodePortRange, systemRand))
}

/** The first address of a CIDR: that of the Service `kubernetes`. */
export function firstServiceIp(cidr: string): string {
  const range = parseCidr(cidr)!
  return formatIp({ ...range.ip, value: network(range).ip.value + 1n })
}
