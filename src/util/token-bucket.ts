// A bucket that fills at a steady rate: each event takes one token. Source: golang.org/x/time/rate, client-go util/flowcontrol.
import type { Clock } from './clock.ts'

export interface TokenBucketOptions {
  readonly perSecond: number
  /** Tokens that the bucket holds at most, and at first. */
  readonly burst: number
  readonly clock: Pick<Clock, 'monotonic'>
}

export class TokenBucket {
  readonly #options: TokenBucketOptions
  /** Invariant: tokens <= burst. Less than none: those of the future that {@link take} has given away. */
  #tokens: number
  #filledAtMs: number

  constructor(options: TokenBucketOptions) {
    this.#options = options
    this.#tokens = options.burst
    this.#filledAtMs = options.clock.monotonic()
  }

  /** Takes a token if there is one. Never waits. */
  tryTake(): boolean {
    this.#fill()
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }

  /** Takes one token, perhaps of the future. @returns how long to wait until it is there, in milliseconds */
  take(): number {
    this.#fill()
    this.#tokens -= 1
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#options.perSecond) * 1000
  }

  #fill(): void {
    const { perSecond, burst, clock } = this.#options
    const nowMs = clock.monotonic()
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#filledAtMs) * perSecond) / 1000)
    this.#filledAtMs = nowMs
  }
}
