// Gives cluster IPs away. Source: pkg/registry/core/service/ipallocator/{cidrallocator,ipallocator}.go.
import type { Service } from '../../../../api/core/v1.ts'
import { formatIp, parseIp } from '../../../../util/ip.ts'
import type { Rand } from '../../../../util/rand.ts'
import type { AddressBook } from './address-book.ts'
import type { IpRange } from './ip-range.ts'

export interface ClusterIpsDeps {
  /** Asked for each address. */
  readonly ranges: () => readonly IpRange[]
  readonly addresses: AddressBook
  readonly rand: Rand
}

export class ClusterIps {
  readonly #deps: ClusterIpsDeps

  constructor(deps: ClusterIpsDeps) {
    this.#deps = deps
  }

  /**
   * Takes a particular address.
   * @param dryRun only whether it is in a range is looked at
   * @returns why it cannot be had, in upstream's words
   */
  async take(text: string, service: Service, dryRun: boolean): Promise<string | undefined> {
    const ip = parseIp(text)
    const ranges = this.#deps.ranges().filter(({ family }) => family === ip?.family)
    const isInRange = ip && ranges.some((range) => range.has(ip))
    if (!isInRange && dryRun && ranges[0]) return `the provided IP (${text}) is not in the valid range. The range of valid IPs is ${String(ranges[0])}`
    if (!isInRange) return 'the provided network does not match the current range'
    if (dryRun || (await this.#deps.addresses.take(formatIp(ip), service))) return undefined
    return 'provided IP is already allocated'
  }

  /** Takes a free address. Free ones are plentiful, so the first look almost always succeeds. @returns undefined: there is none */
  async takeNext(family: 4 | 6, service: Service, dryRun: boolean): Promise<string | undefined> {
    const { addresses, rand } = this.#deps
    for (const range of this.#deps.ranges()) {
      if (range.family !== family) continue
      if (dryRun) return range.base
      for (const ip of range.candidates(rand)) if (!addresses.has(ip) && (await addresses.take(ip, service))) return ip
    }
    return undefined
  }

  /** What a stored Service says that it has. */
  async note(ip: string, service: Service): Promise<void> {
    if (!this.#deps.addresses.has(ip)) await this.#deps.addresses.take(ip, service)
  }

  async release(text: string): Promise<void> {
    const ip = parseIp(text)
    if (ip) await this.#deps.addresses.drop(formatIp(ip))
  }
}
