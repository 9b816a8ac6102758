// Cuts equal ranges for nodes out of the cluster's range. Source: pkg/controller/nodeipam/ipam/cidrset.
import { type Cidr, formatCidr, ipBits } from '../../util/ip.ts'

export interface ClusterRange {
  readonly cidr: Cidr
  /** Prefix length of a node's range: 24 for IPv4, 64 for IPv6 unless said otherwise. */
  readonly nodePrefixLength: number
}

/** Ranges a cluster range may be cut into; as many nodes at most. Upstream's bound: 2^16. */
const splitBitsMax = 16

/** @throws {RangeError} when nodes' ranges do not fit */
export function rangeCount({ cidr, nodePrefixLength }: ClusterRange): number {
  const bits = nodePrefixLength - cidr.prefixLength
  if (bits < 0 || bits > splitBitsMax || nodePrefixLength > ipBits(cidr.ip))
    throw new RangeError(`node CIDR mask size ${nodePrefixLength} does not fit cluster CIDR ${formatCidr(cidr)}: they may differ by 0 to ${splitBitsMax}`)
  return 2 ** bits
}

export function rangeAt({ cidr, nodePrefixLength }: ClusterRange, index: number): string {
  const size = 1n << BigInt(ipBits(cidr.ip) - nodePrefixLength)
  return formatCidr({ ip: { ...cidr.ip, value: cidr.ip.value + size * BigInt(index) }, prefixLength: nodePrefixLength })
}

/**
 * The first free range behind the one given out last, so that a range rests before it is used again.
 * @returns undefined when all are used
 */
export function nextRange(range: ClusterRange, used: ReadonlySet<string>, after: number): { readonly index: number; readonly cidr: string } | undefined {
  const count = rangeCount(range)
  for (let step = 1; step <= count; step++) {
    const index = (after + step) % count
    const cidr = rangeAt(range, index)
    if (!used.has(cidr)) return { index, cidr }
  }
  return undefined
}
