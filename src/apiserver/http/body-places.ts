// Bounds the memory that bodies of requests take together. A body that is more than small has a place while it is read, inflated and worked on;
// without one it is not read further, so that its sender is held back by the connection. Upstream bounds each body alone (3 MiB).
import { ApiError } from '../../apimachinery/api-error.ts'
import type { Clock, Timer } from '../../util/clock.ts'
import { type Linked, LinkedList } from '../../util/linked-list.ts'

/** Bodies up to here need no place: requests of an HTTP/2 connection and their number bound them. */
export const smallBodyBytesMax = 64 * 1024

/** Each place takes 3 MiB as sent, as much inflated, and what is made of it. */
const placesDefault = 16
/** While others wait, a body must be there after this. */
const readMsMax = 10_000
const waitMsMax = 15_000

/** A body's, or the right to the next one. */
export interface BodyPlace {
  /** Settles when there is a place. @throws {ApiError} 429 */
  readonly ready: Promise<void>
  /** Rejects when the body has been read for too long and others wait. @throws {ApiError} 429 */
  readonly overdue: Promise<never>
  /** The body is there: its sender holds nobody up any more. */
  whole(): void
  /** Its request has been answered. Idempotent. */
  leave(): void
}

/** Somebody with a body. */
interface Sender extends Linked<Sender> {
  /** `reading` and `working` have a place: until the body is whole, or has been refused, and after that. */
  state: 'waiting' | 'reading' | 'working' | 'gone'
  /** When it began to be read. */
  sinceMs: number
  readonly begin: () => void
  readonly refuse: () => void
}

const refusal = () =>
  new ApiError('TooManyRequests', 'too many large request bodies are being read, please try again later', { details: { retryAfterSeconds: 1 } })

export class BodyPlaces {
  readonly #clock: Clock
  #free: number
  /** In the order of arrival. */
  readonly #waiting = new LinkedList<Sender>()
  /** Places whose bodies are not whole, the oldest first. */
  readonly #reading = new LinkedList<Sender>()
  #timer: Timer | undefined

  constructor(clock: Clock, places = placesDefault) {
    this.#clock = clock
    this.#free = places
  }

  take(): BodyPlace {
    const ready = Promise.withResolvers<void>()
    const overdue = Promise.withResolvers<never>()
    ready.promise.catch(() => {})
    overdue.promise.catch(() => {})
    const patience = this.#clock.after(waitMsMax, () => {
      if (sender.state === 'waiting') this.#leave(sender)
      ready.reject(refusal())
    })
    const sender: Sender = {
      state: 'waiting',
      sinceMs: 0,
      begin() {
        patience.cancel()
        ready.resolve()
      },
      refuse: () => overdue.reject(refusal()),
      previous: undefined,
      next: undefined,
    }
    this.#waiting.push(sender)
    this.#admit()
    return {
      ready: ready.promise,
      overdue: overdue.promise,
      whole: () => this.#stopReading(sender),
      leave: () => {
        patience.cancel()
        this.#leave(sender)
      },
    }
  }

  #leave(sender: Sender): void {
    const { state } = sender
    if (state === 'gone') return
    if (state === 'waiting') this.#waiting.remove(sender)
    this.#stopReading(sender)
    sender.state = 'gone'
    if (state === 'waiting') return
    this.#free++
    this.#admit()
  }

  #stopReading(sender: Sender): void {
    if (sender.state !== 'reading') return
    this.#reading.remove(sender)
    sender.state = 'working'
  }

  #admit(): void {
    for (let first = this.#waiting.first; first && this.#free > 0; first = this.#waiting.first) {
      this.#free--
      this.#waiting.remove(first)
      this.#reading.push(first)
      first.state = 'reading'
      first.sinceMs = this.#clock.monotonic()
      first.begin()
    }
    this.#timer?.cancel()
    const oldest = this.#reading.first
    if (!this.#waiting.first || !oldest) return
    this.#timer = this.#clock.after(oldest.sinceMs + readMsMax - this.#clock.monotonic(), () => this.#refuseOverdue())
  }

  /** One for each that waits. */
  #refuseOverdue(): void {
    const nowMs = this.#clock.monotonic()
    let waiting = this.#waiting.first
    for (const reading of this.#reading) {
      if (!waiting || reading.sinceMs + readMsMax > nowMs) break
      waiting = waiting.next
      this.#stopReading(reading)
      reading.refuse()
    }
    this.#admit()
  }
}
