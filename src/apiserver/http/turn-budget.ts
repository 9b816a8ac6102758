// Requests that arrive all at once are begun over several turns of the event loop. A thousand HTTP/2 streams may be readable in one
// turn; begun one after the other, even to be refused, they would keep timers, other connections and the health of the whole
// process waiting for half a second.
import type { Clock } from '../../util/clock.ts'

/** Of a turn, for beginnings; what they leave to do takes about twice as long again. */
const turnMsMax = 15

export class TurnBudget {
  readonly #clock: Pick<Clock, 'monotonic'>
  /** In the order of arrival. */
  #waiting: (() => void)[] = []
  #turnEndsMs = 0
  #scheduled = false

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  /** Runs `begin` now, or in a later turn when this one has had its share. @param begin must not throw */
  run(begin: () => void): void {
    const nowMs = this.#clock.monotonic()
    if (!this.#scheduled) this.#openTurn(nowMs)
    if (this.#waiting.length === 0 && nowMs < this.#turnEndsMs) begin()
    else this.#waiting.push(begin)
  }

  #openTurn(nowMs: number): void {
    this.#turnEndsMs = nowMs + turnMsMax
    this.#scheduled = true
    setImmediate(() => this.#nextTurn())
  }

  #nextTurn(): void {
    this.#scheduled = false
    if (this.#waiting.length === 0) return
    this.#openTurn(this.#clock.monotonic())
    let begun = 0
    while (begun < this.#waiting.length && this.#clock.monotonic() < this.#turnEndsMs) this.#waiting[begun++]!()
    this.#waiting = this.#waiting.slice(begun)
  }
}
