// What a refused client is told to wait: longer the more a level refuses, like TCP's window but upside down. Once a second the
// refusals of the last `retryAfter` seconds are looked at: three times as many double it, fewer than one a second lessen it by one.
// Source: k8s.io/apiserver pkg/util/flowcontrol/dropped_requests_tracker.go.

const secondsMax = 32

export class RetryAfter {
  #seconds = 1
  #raisedAt = 0
  #second = 0
  #count = 0
  /** Refusals by second, older ones first. */
  #history: { readonly second: number; readonly count: number }[] = []

  /** Seconds. */
  get seconds(): number {
    return this.#seconds
  }

  /** A request is refused. */
  record(nowMs: number): void {
    const second = Math.floor(nowMs / 1000)
    if (second === this.#second) {
      this.#count++
      return
    }
    this.#history.push({ second: this.#second, count: this.#count })
    this.#history = this.#history.filter((each) => this.#second - each.second <= secondsMax)
    this.#second = second
    this.#count = 1
    this.#adjust(second)
  }

  #adjust(now: number): void {
    const recent = this.#history.filter(({ second }) => now - second <= this.#seconds && second < now)
    const refused = recent.reduce((sum, { count }) => sum + count, 0)
    if (now - this.#raisedAt >= this.#seconds && refused >= 3 * this.#seconds) {
      this.#seconds = Math.min(2 * this.#seconds, secondsMax)
      this.#raisedAt = now
    } else if (refused < this.#seconds && this.#seconds > 1) this.#seconds--
  }
}
