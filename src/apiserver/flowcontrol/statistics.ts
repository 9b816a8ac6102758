// Numbers that are kept on the request path and turned into metrics only when somebody asks.

/** Counts of values up to each bound, as a Prometheus histogram has them (but not cumulated). */
export class Distribution {
  readonly bounds: readonly number[]
  readonly counts: Float64Array
  sum = 0

  /** @param bounds upper bounds, ascending; larger values are counted behind the last one */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  /** @param weight how often the value was seen */
  observe(value: number, weight = 1): void {
    const { bounds } = this
    let i = 0
    while (i < bounds.length && value > bounds[i]!) i++
    this.counts[i]! += weight
    this.sum += value * weight
  }
}

/** Moments of a value over time, since the last reading. */
export class Integrator {
  #elapsedMs = 0
  #sum = 0
  #squares = 0
  #max = 0

  /** `value` has been in effect for `ms`. */
  elapse(value: number, ms: number): void {
    this.#elapsedMs += ms
    this.#sum += value * ms
    this.#squares += value * value * ms
  }

  /** The value has become so much; also counts if it lasts for no time at all. */
  reached(value: number): void {
    if (value > this.#max) this.#max = value
  }

  /** Reads and starts anew. @param value the value now */
  reset(value: number): { readonly elapsedMs: number; readonly average: number; readonly deviation: number; readonly max: number } {
    const elapsedMs = this.#elapsedMs
    const average = elapsedMs > 0 ? this.#sum / elapsedMs : 0
    const variance = elapsedMs > 0 ? Math.max(0, this.#squares / elapsedMs - average * average) : 0
    const max = this.#max
    this.#elapsedMs = this.#sum = this.#squares = 0
    this.#max = value
    return { elapsedMs, average, deviation: Math.sqrt(variance), max }
  }
}
