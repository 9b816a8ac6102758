// A bucket that fills at a steady rate: each event takes one token. Source: golang.org/x/time/rate, client-go util/flowcontrol.
import type { Clock } from './clock.ts'

export interface TokenBucketOptions {
  readonly perSecond: number
  /** Tokens that the bucket holds at most, and at first. */
  readonly burst: number
  readonly clock: Pick<Clock, 'now'>
}

export class TokenBucket {
  readonly #options: TokenBucketOptions
  /** Invariant: 0 <= tokens <= burst. */
  #tokens: number
  #filledAtMs: number

  constructor(options: TokenBucketOptions) {
    this.#options = options
    this.#tokens = options.burst
    this.#filledAtMs = options.clock.now()
  }

  /** Takes a token if there is one. Never waits. */
  tryTake(): boolean {
    const { perSecond, burst, clock } = this.#options
    const nowMs = clock.now()
    // A clock that was set back fills nothing.
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs)
    this.#filledAtMs = nowMs
    this.#tokens = Math.min(burst, this.#tokens + (elapsedMs * perSecond) / 1000)
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
