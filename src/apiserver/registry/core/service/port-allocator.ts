// Node ports out of one range. TCP and UDP of one Service may share a number. Source: pkg/registry/core/service/portallocator.
import type { Rand } from '../../../../util/rand.ts'

export interface PortRange {
  readonly from: number
  readonly to: number
}

export const isAllocated = 'provided port is already allocated'

export class PortAllocator {
  readonly #range: PortRange
  readonly #rand: Rand
  readonly #taken = new Set<number>()

  constructor(range: PortRange, rand: Rand) {
    this.#range = range
    this.#rand = rand
  }

  has(port: number): boolean {
    return this.#taken.has(port)
  }

  /** @returns why not, in upstream's words */
  allocate(port: number): string | undefined {
    const { from, to } = this.#range
    if (port < from || port > to) return `provided port is not in the valid range. The range of valid ports is ${from}-${to}`
    if (this.#taken.has(port)) return isAllocated
    this.#taken.add(port)
    return undefined
  }

  /** Undefined: the range is full. */
  allocateNext(): number | undefined {
    const count = this.#range.to - this.#range.from + 1
    const start = Math.floor(this.#rand() * count)
    for (let i = 0; i < count; i++) {
      const port = this.#range.from + ((start + i) % count)
      if (this.allocate(port) === undefined) return port
    }
    return undefined
  }

  release(port: number): void {
    this.#taken.delete(port)
  }
}
