// Node ports out of one range. TCP and UDP of one Service may share a number. Source: pkg/registry/core/service/portallocator.
import type { Rand } from '../../../../util/rand.ts'
import { formatRange, type PortRange } from './port-range.ts'
import type { PortRegistry } from './port-registry.ts'

export const isAllocated = 'provided port is already allocated'

export class PortAllocator {
  readonly #range: PortRange
  readonly #registry: PortRegistry
  readonly #rand: Rand

  constructor(range: PortRange, registry: PortRegistry, rand: Rand) {
    this.#range = range
    this.#registry = registry
    this.#rand = rand
  }

  async has(port: number): Promise<boolean> {
    return (await this.#registry.used()).has(port)
  }

  /** @returns why not, in upstream's words */
  async allocate(port: number): Promise<string | undefined> {
    const { from, to } = this.#range
    if (port < from || port > to) return `provided port is not in the valid range. The range of valid ports is ${formatRange(this.#range)}`
    let refusal: string | undefined
    await this.#registry.edit((used) => {
      refusal = used.has(port) ? isAllocated : undefined
      if (refusal === undefined) used.add(port)
      return refusal === undefined
    })
    return refusal
  }

  /** @returns undefined: the range is full */
  async allocateNext(): Promise<number | undefined> {
    const { from, to } = this.#range
    const count = to - from + 1
    let found: number | undefined
    await this.#registry.edit((used) => {
      const start = Math.floor(this.#rand() * count)
      found = undefined
      for (let i = 0; i < count && found === undefined; i++) {
        const port = from + ((start + i) % count)
        if (!used.has(port)) found = port
      }
      if (found !== undefined) used.add(found)
      return found !== undefined
    })
    return found
  }

  async release(ports: readonly number[]): Promise<void> {
    if (ports.length > 0) await this.#registry.edit((used) => ports.filter((port) => used.delete(port)).length > 0)
  }

  /**
   * What Services hold is in use.
   * @param others whether other servers may be giving ports away at this moment: then what no Service holds stays in use, too
   */
  async restore(held: ReadonlySet<number>, others: boolean): Promise<void> {
    const { from, to } = this.#range
    await this.#registry.edit((used) => {
      const surplus = others ? [] : [...used].filter((port) => !held.has(port))
      const missing = [...held].filter((port) => port >= from && port <= to && !used.has(port))
      for (const port of surplus) used.delete(port)
      for (const port of missing) used.add(port)
      return surplus.length + missing.length > 0
    })
  }
}
