// Cluster IPs out of one range. Automatic ones come from above the reserved band at the start of the range, so that people can
// choose addresses there without collisions. Source: pkg/registry/core/service/ipallocator, KEP-3070.
import { type Cidr, cidrContains, cidrSize, formatIp, type IpAddress, lastAddress, network, parseIp } from '../../../../util/ip.ts'
import type { Rand } from '../../../../util/rand.ts'

/** Why an address cannot be had; the texts are upstream's. */
export type Refusal = 'the provided network does not match the current range' | 'provided IP is already allocated' | 'range is full'

/** min(max(16, size / 16), 256): the reserved band. */
export function reservedBand(size: bigint): bigint {
  const share = size / 16n
  const band = share < 16n ? 16n : share
  return band > 256n ? 256n : band
}

/** Beyond this many addresses (a large IPv6 range) offsets are drawn from the first so many only. */
const offsetsMax = 2n ** 32n

export class IpAllocator {
  readonly #cidr: Cidr
  readonly #rand: Rand
  readonly #taken = new Set<string>()
  readonly #first: bigint
  readonly #last: bigint

  constructor(cidr: Cidr, rand: Rand) {
    this.#cidr = network(cidr)
    this.#rand = rand
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

  /** Takes a particular address. @param dryRun only whether it is in the range is looked at */
  allocate(text: string, dryRun = false): Refusal | undefined {
    const ip = parseIp(text)
    if (!ip || !cidrContains(this.#cidr, ip) || ip.value < this.#first || ip.value > this.#last) return 'the provided network does not match the current range'
    if (dryRun) return undefined
    const key = formatIp(ip)
    if (this.#taken.has(key)) return 'provided IP is already allocated'
    this.#taken.add(key)
    return undefined
  }

  /** Takes a free address: above the reserved band first, within it when the rest is full. */
  allocateNext(): string | undefined {
    const size = cidrSize(this.#cidr)
    const band = this.#first + reservedBand(size)
    return (band <= this.#last ? this.#search(band, this.#last) : undefined) ?? this.#search(this.#first, band <= this.#last ? band - 1n : this.#last)
  }

  release(text: string): void {
    const ip = parseIp(text)
    if (ip) this.#taken.delete(formatIp(ip))
  }

  /** From a random start, once around. Free addresses are plentiful, so the first look almost always succeeds. */
  #search(low: bigint, high: bigint): string | undefined {
    const count = high - low + 1n > offsetsMax ? offsetsMax : high - low + 1n
    const start = BigInt(Math.floor(this.#rand() * Number(count)))
    const looks = count < BigInt(this.#taken.size) + 1n ? count : BigInt(this.#taken.size) + 1n
    for (let i = 0n; i < looks; i++) {
      const ip: IpAddress = { family: this.family, value: low + ((start + i) % count) }
      const text = formatIp(ip)
      if (this.#taken.has(text)) continue
      this.#taken.add(text)
      return text
    }
    return undefined
  }
}
