import type { Clock } from '../../util/clock.ts'

/** Calls back after a time, with one timer for all that fall due in the same millisecond. */
export class Lingering {
  readonly #clock: Clock
  readonly #due = new Map<number, (() => void)[]>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  after(ms: number, fn: () => void): void {
    const now = this.#clock.monotonic()
    const atMs = Math.ceil(now + ms)
    const waiting = this.#due.get(atMs)
    if (waiting) return void waiting.push(fn)
    this.#due.set(atMs, [fn])
    this.#clock.after(atMs - now, () => {
      const due = this.#due.get(atMs)!
      this.#due.delete(atMs)
      for (const each of due) each()
    })
  }
}
