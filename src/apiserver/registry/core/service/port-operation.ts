// What one write takes out of the range of node ports. Source: pkg/registry/core/service/portallocator/operation.go.
import { isAllocated, type PortAllocator } from './port-allocator.ts'

/** A dry run's first port: beyond the range, as nobody will listen there. */
const dummyFirst = 32_769

export class PortOperation {
  readonly #allocator: PortAllocator
  readonly #dryRun: boolean
  readonly #taken: number[] = []

  constructor(allocator: PortAllocator, dryRun: boolean) {
    this.#allocator = allocator
    this.#dryRun = dryRun
  }

  /** @returns why not, in upstream's words. A dry run does not look at the range. */
  async allocate(port: number): Promise<string | undefined> {
    const refusal = await (this.#dryRun ? this.#wouldRefuse(port) : this.#allocator.allocate(port))
    if (refusal === undefined) this.#taken.push(port)
    return refusal
  }

  /** Undefined: the range is full. */
  async allocateNext(): Promise<number | undefined> {
    const port = this.#dryRun ? (this.#taken.length > 0 ? Math.max(...this.#taken) + 1 : dummyFirst) : await this.#allocator.allocateNext()
    if (port !== undefined) this.#taken.push(port)
    return port
  }

  async rollback(): Promise<void> {
    if (!this.#dryRun) await this.#allocator.release(this.#taken)
  }

  async #wouldRefuse(port: number): Promise<string | undefined> {
    return this.#taken.includes(port) || (await this.#allocator.has(port)) ? isAllocated : undefined
  }
}
