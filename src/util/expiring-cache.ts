// Answers that may be given again for a while. Bounded: when full, the least recently used goes.
import type { Clock } from './clock.ts'

interface Entry<V> {
  readonly value: V
  readonly untilMs: number
}

export class ExpiringCache<V> {
  readonly #entries = new Map<string, Entry<V>>()
  readonly #entriesMax: number
  readonly #clock: Pick<Clock, 'now'>

  constructor(options: { readonly entriesMax: number; readonly clock: Pick<Clock, 'now'> }) {
    this.#entriesMax = options.entriesMax
    this.#clock = options.clock
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    // Out and, if still good, in again: the order of the map is that of use.
    this.#entries.delete(key)
    if (this.#clock.now() >= entry.untilMs) return undefined
    this.#entries.set(key, entry)
    return entry.value
  }

  /** @param ttlMs not above 0: nothing is kept */
  set(key: string, value: V, ttlMs: number): void {
    this.#entries.delete(key)
    if (ttlMs <= 0) return
    if (this.#entries.size >= this.#entriesMax) this.#entries.delete(this.#entries.keys().next().value!)
    this.#entries.set(key, { value, untilMs: this.#clock.now() + ttlMs })
  }

  clear(): void {
    this.#entries.clear()
  }
}
