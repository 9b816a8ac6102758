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
