import type { Clock } from '../../util/clock.ts'

/** Lets `burst` through at once and `perSecond` on average. Source: client-go util/flowcontrol/throttle.go. */
export class TokenBucket {
  readonly #perMs: number
  readonly #burst: number
  readonly #clock: Clock
  #tokens: number
  #atMs: number

  constructor({ perSecond, burst }: { readonly perSecond: number; readonly burst: number }, clock: Clock) {
    this.#perMs = perSecond / 1000
    this.#burst = burst
    this.#clock = clock
    this.#tokens = burst
    this.#atMs = clock.monotonic()
  }

  /** Takes one token, perhaps of the future. @returns how long to wait until it is there, in milliseconds */
  take(): number {
    const now = this.#clock.monotonic()
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#atMs) * this.#perMs) - 1
    this.#atMs = now
    return this.#tokens >= 0 ? 0 : -this.#tokens / this.#perMs
  }
}
