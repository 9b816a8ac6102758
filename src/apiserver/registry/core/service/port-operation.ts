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
  allocate(port: number): string | undefined {
    const refusal = this.#dryRun ? (this.#allocator.has(port) || this.#taken.includes(port) ? isAllocated : undefined) : this.#allocator.allocate(port)
    if (refusal === undefined) this.#taken.push(port)
    return refusal
  }

  /** Undefined: the range is full. */
  allocateNext(): number | undefined {
    const port = this.#dryRun ? (this.#taken.length > 0 ? Math.max(...this.#taken) + 1 : dummyFirst) : this.#allocator.allocateNext()
    if (port !== undefined) this.#taken.push(port)
    return port
  }

  rollback(): void {
    if (!this.#dryRun) for (const port of this.#taken) this.#allocator.release(port)
  }
}
