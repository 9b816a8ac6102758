import type { StorageEvent } from '../storage.ts'

/** What one event weighs besides the value it keeps alive: the event, its entry and array slots. */
const eventBytes = 300

/** The newest events, in revision order, bounded in count and in the bytes that only they keep alive. */
export class EventWindow {
  /** Dropped events at the front are cut off in bulk, so that dropping one is not a shift of all. */
  #events: StorageEvent[] = []
  #start = 0
  #bytes = 0
  #floor: number
  readonly #bytesMax: number
  readonly #countMax: number

  constructor({ floor, bytesMax, countMax }: { readonly floor: number; readonly bytesMax: number; readonly countMax: number }) {
    this.#floor = floor
    this.#bytesMax = bytesMax
    this.#countMax = countMax
  }

  /** Every event after this revision is held. */
  get floor(): number {
    return this.#floor
  }

  push(event: StorageEvent): void {
    this.#events.push(event)
    this.#bytes += weight(event)
    while (this.#events.length - this.#start > this.#countMax || this.#bytes > this.#bytesMax) this.#shift()
  }

  /** Forgets events up to and including `revision`. */
  dropThrough(revision: number): void {
    while (this.#start < this.#events.length && this.#events[this.#start]!.revision <= revision) this.#shift()
    this.#floor = Math.max(this.#floor, revision)
  }

  /** Events after `revision`, oldest first. `revision` must not be before {@link floor}. */
  *after(revision: number): Generator<StorageEvent> {
    let low = this.#start
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#events[middle]!.revision <= revision) low = middle + 1
      else high = middle
    }
    for (; low < this.#events.length; low++) yield this.#events[low]!
  }

  #shift(): void {
    const event = this.#events[this.#start++]!
    this.#bytes -= weight(event)
    this.#floor = event.revision
    if (this.#start > 1024 && this.#start > this.#events.length >> 1) {
      this.#events = this.#events.slice(this.#start)
      this.#start = 0
    }
  }
}

/** `current` is alive anyway: as the newest state, or as the next event's `previous`. */
function weight(event: StorageEvent): number {
  return eventBytes + (event.previous?.value.byteLength ?? 0)
}
