import type { Clock, Timer } from '../../../util/clock.ts'
import { type Linked, LinkedList } from '../../../util/linked-list.ts'

interface Waiting extends Linked<Waiting> {
  readonly untilMs: number
  readonly expire: () => void
  isOver: boolean
}

/** Times that are all equally long, of which nearly none passes: they end in the order in which they began, so one timer does for all. */
export class Deadlines {
  readonly #clock: Pick<Clock, 'monotonic' | 'after'>
  readonly #ms: number
  readonly #waiting = new LinkedList<Waiting>()
  /** A timer runs for the oldest. */
  #isTimed = false

  /** @param ms that each lasts */
  constructor(clock: Pick<Clock, 'monotonic' | 'after'>, ms: number) {
    this.#clock = clock
    this.#ms = ms
  }

  /** @param expire called once when the time is over, and never after `cancel` */
  begin(expire: () => void): Timer {
    const waiting: Waiting = { untilMs: this.#clock.monotonic() + this.#ms, expire, isOver: false, previous: undefined, next: undefined }
    this.#waiting.push(waiting)
    if (!this.#isTimed) this.#time(this.#ms)
    return { cancel: () => this.#end(waiting) }
  }

  #time(ms: number): void {
    this.#isTimed = true
    this.#clock.after(ms, () => this.#expire())
  }

  #expire(): void {
    this.#isTimed = false
    const nowMs = this.#clock.monotonic()
    for (const waiting of this.#waiting) {
      if (waiting.untilMs > nowMs) return this.#time(waiting.untilMs - nowMs)
      this.#end(waiting)
      waiting.expire()
    }
  }

  #end(waiting: Waiting): void {
    if (waiting.isOver) return
    waiting.isOver = true
    this.#waiting.remove(waiting)
  }
}
