// A range of cluster IPs, and the order in which its addresses are given away. Automatic ones come from above the reserved band at the start
// of the range, so that people can choose addresses there without collisions. Pure. Source: pkg/registry/core/service/ipallocator, KEP-3070.
import { type Cidr, cidrSize, formatCidr, formatIp, hasHost, type IpAddress, lastAddress, network } from '../../../../util/ip.ts'
import type { Rand } from '../../../../util/rand.ts'

/** min(max(16, size / 16), 256): the reserved band. */
export function reservedBand(size: bigint): bigint {
  const share = size / 16n
  const band = share < 16n ? 16n : share
  return band > 256n ? 256n : band
}

/** Beyond this many addresses (a large IPv6 range) offsets are drawn from the first so many only. */
const offsetsMax = 2n ** 32n

export class IpRange {
  readonly #cidr: Cidr
  readonly #first: bigint
  readonly #last: bigint

  constructor(cidr: Cidr) {
    this.#cidr = network(cidr)
    // Neither the network's own address nor, in IPv4, the broadcast address.
    this.#first = this.#cidr.ip.value + 1n
    this.#last = lastAddress(this.#cidr).value - (this.#cidr.ip.family === 4 ? 1n : 0n)
  }

  get family(): 4 | 6 {
    return this.#cidr.ip.family
  }

  /** The network's own address: stands for any in a dry run. */
  get base(): string {
    return formatIp(this.#cidr.ip)
  }

  toString(): string {
    return formatCidr(this.#cidr)
  }

  /** Whether the address is one that Services may have. */
  has(ip: IpAddress): boolean {
    return hasHost(this.#cidr, ip)
  }

  /** Each address once: those above the reserved band first, then those within it, both from a random start. */
  *candidates(rand: Rand): Generator<string> {
    const band = this.#first + reservedBand(cidrSize(this.#cidr))
    if (band <= this.#last) yield* this.#around(band, this.#last, rand)
    yield* this.#around(this.#first, band <= this.#last ? band - 1n : this.#last, rand)
  }

  *#around(low: bigint, high: bigint, rand: Rand): Generator<string> {
    const count = high - low + 1n > offsetsMax ? offsetsMax : high - low + 1n
    const start = BigInt(Math.floor(rand() * Number(count)))
    for (let i = 0n; i < count; i++) yield formatIp({ family: this.family, value: low + ((start + i) % count) })
  }
}
