import type { Clock, Timer } from '../clock.ts'

interface Pending {
  atMs: number
  order: number
  fn: () => void
}

/** A clock that moves only when told to: {@link advance} runs every timer that falls due, in order. */
export class FakeClock implements Clock {
  #nowMs: number
  #order = 0
  readonly #pending = new Set<Pending>()

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs
  }

  now(): number {
    return this.#nowMs
  }

  monotonic(): number {
    return this.#nowMs
  }

  after(ms: number, fn: () => void): Timer {
    const pending = { atMs: this.#nowMs + Math.max(0, ms), order: this.#order++, fn }
    this.#pending.add(pending)
    return { cancel: () => void this.#pending.delete(pending) }
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    if (signal?.aborted) return Promise.reject(signal.reason as Error)
    const timer = this.after(ms, resolve)
    signal?.addEventListener('abort', () => (timer.cancel(), reject(signal.reason as Error)), { once: true })
    return promise
  }

  /** How many are waiting for a time to come. */
  get timers(): number {
    return this.#pending.size
  }

  /** Moves time forward by `ms`, running due timers; promises they settle are given a turn in between. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms
    for (;;) {
      const due = [...this.#pending].filter((p) => p.atMs <= endMs).toSorted((a, b) => a.atMs - b.atMs || a.order - b.order)[0]
      if (!due) break
      this.#pending.delete(due)
      this.#nowMs = due.atMs
      due.fn()
      await new Promise(setImmediate)
    }
    this.#nowMs = endMs
    await new Promise(setImmediate)
  }
}
