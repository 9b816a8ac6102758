// Bounds the memory that bodies of requests take together. A body that is more than small has a place while it is read, inflated and worked on;
// without one it is not read further, so that its sender is held back by the connection. Upstream bounds each body alone (3 MiB).
import { ApiError } from '../../apimachinery/api-error.ts'
import type { Clock, Timer } from '../../util/clock.ts'

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

interface Waiting {
  readonly begin: () => void
}

interface Reading {
  readonly sinceMs: number
  readonly refuse: () => void
}

const refusal = () =>
  new ApiError('TooManyRequests', 'too many large request bodies are being read, please try again later', { details: { retryAfterSeconds: 1 } })

export class BodyPlaces {
  readonly #clock: Clock
  #free: number
  /** In the order of arrival. */
  readonly #waiting = new Set<Waiting>()
  /** Places whose bodies are not whole, the oldest first. */
  readonly #reading = new Set<Reading>()
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
    let reading: Reading | undefined
    let left = false
    const waiting: Waiting = {
      begin: () => {
        this.#waiting.delete(waiting)
        patience.cancel()
        this.#free--
        reading = { sinceMs: this.#clock.monotonic(), refuse: () => overdue.reject(refusal()) }
        this.#reading.add(reading)
        ready.resolve()
      },
    }
    this.#waiting.add(waiting)
    const patience = this.#clock.after(waitMsMax, () => {
      if (this.#waiting.delete(waiting)) ready.reject(refusal())
    })
    this.#admit()
    return {
      ready: ready.promise,
      overdue: overdue.promise,
      whole: () => void (reading && this.#reading.delete(reading)),
      leave: () => {
        if (left) return
        left = true
        patience.cancel()
        this.#waiting.delete(waiting)
        if (!reading) return
        this.#reading.delete(reading)
        this.#free++
        this.#admit()
      },
    }
  }

  #admit(): void {
    for (const { begin } of this.#waiting) {
      if (this.#free === 0) break
      begin()
    }
    this.#timer?.cancel()
    const [oldest] = this.#reading
    if (this.#waiting.size === 0 || !oldest) return
    this.#timer = this.#clock.after(oldest.sinceMs + readMsMax - this.#clock.monotonic(), () => this.#refuseOverdue())
  }

  #refuseOverdue(): void {
    const nowMs = this.#clock.monotonic()
    let needed = this.#waiting.size
    for (const reading of this.#reading) {
      if (needed-- === 0 || reading.sinceMs + readMsMax > nowMs) break
      this.#reading.delete(reading)
      reading.refuse()
    }
    this.#admit()
  }
}
