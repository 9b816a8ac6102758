// Keys that wait for a worker. Source: client-go util/workqueue.
//
// Stingy: a key added many times before it is taken is taken once. Fair: first in, first out. A key is never with two workers
// at once: added while being worked on, it waits until done() and is then queued again.
import { type Clock, type Timer, systemClock } from '../../util/clock.ts'
import type { QueueMetrics } from './queue-metrics.ts'

export interface WorkQueueOptions {
  readonly clock?: Clock
  /** Wait after the first failure, doubling with each. client-go's 5 ms. */
  readonly backoffMsInitial?: number
  /** client-go's 1000 s. */
  readonly backoffMsMax?: number
  /** Without it nothing is counted. */
  readonly metrics?: QueueMetrics
}

export class WorkQueue<K> {
  readonly #clock: Clock
  readonly #backoffMsInitial: number
  readonly #backoffMsMax: number
  /** Taken in order of insertion. Invariant: queued ⊆ dirty, and disjoint from processing. */
  readonly #queued = new Set<K>()
  /** Needs work: queued, or to be queued when its worker is done. */
  readonly #dirty = new Set<K>()
  /** With a worker now, and since when. */
  readonly #processing = new Map<K, number>()
  /** Since when keys are queued; kept only for metrics. */
  readonly #queuedAtMs = new Map<K, number>()
  readonly #metrics: QueueMetrics | undefined
  /** Added later by a timer; the earliest time wins. */
  readonly #waiting = new Map<K, { readonly atMs: number; readonly timer: Timer }>()
  readonly #failures = new Map<K, number>()
  /** Workers asking for a key. Non-empty only while nothing is queued. */
  readonly #takers = new Set<(key: K | undefined) => void>()
  #shutDown = false

  constructor({ clock = systemClock, backoffMsInitial = 5, backoffMsMax = 1_000_000, metrics }: WorkQueueOptions = {}) {
    this.#clock = clock
    this.#backoffMsInitial = backoffMsInitial
    this.#backoffMsMax = backoffMsMax
    this.#metrics = metrics
    metrics?.watch(this)
  }

  /** Keys ready for a worker. */
  get length(): number {
    return this.#queued.size
  }

  add(key: K): void {
    if (this.#shutDown || this.#dirty.has(key)) return
    this.#dirty.add(key)
    this.#metrics?.adds.inc()
    if (!this.#processing.has(key)) this.#enqueue(key)
  }

  /** Adds the key after `ms`; when it waits already, the earlier time counts. */
  addAfter(key: K, ms: number): void {
    if (this.#shutDown) return
    if (ms <= 0) return this.add(key)
    const atMs = this.#clock.monotonic() + ms
    const waiting = this.#waiting.get(key)
    if (waiting && waiting.atMs <= atMs) return
    waiting?.timer.cancel()
    const timer = this.#clock.after(ms, () => {
      this.#waiting.delete(key)
      this.add(key)
    })
    this.#waiting.set(key, { atMs, timer })
  }

  /** Adds the key after its backoff: 5 ms after the first failure, twice as long after each further one. */
  addRateLimited(key: K): void {
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    this.#metrics?.retries.inc()
    this.addAfter(key, Math.min(this.#backoffMsInitial * 2 ** failures, this.#backoffMsMax))
  }

  /** How often the key was added by {@link addRateLimited} since {@link forget}. */
  retries(key: K): number {
    return this.#failures.get(key) ?? 0
  }

  /** The key succeeded (or is given up): its backoff starts anew. Does not take it out of the queue. */
  forget(key: K): void {
    this.#failures.delete(key)
  }

  /**
   * Waits for the next key; undefined once the queue is shut down and empty. The caller must call {@link done} with the key, also
   * after a failure; until then the key is not handed out again.
   */
  get(): Promise<K | undefined> {
    const [key] = this.#queued
    if (this.#queued.size > 0) {
      this.#take(key as K)
      return Promise.resolve(key)
    }
    if (this.#shutDown) return Promise.resolve(undefined)
    const { promise, resolve } = Promise.withResolvers<K | undefined>()
    this.#takers.add(resolve)
    return promise
  }

  done(key: K): void {
    const sinceMs = this.#processing.get(key)
    if (sinceMs !== undefined) this.#metrics?.workSeconds.observe((this.#clock.monotonic() - sinceMs) / 1000)
    this.#processing.delete(key)
    if (this.#dirty.has(key)) this.#enqueue(key)
  }

  /** Takes no more keys and cancels waiting ones. Queued keys are still handed out; workers asking in vain get undefined. */
  shutDown(): void {
    this.#shutDown = true
    for (const { timer } of this.#waiting.values()) timer.cancel()
    this.#waiting.clear()
    for (const taker of this.#takers) taker(undefined)
    this.#takers.clear()
  }

  /** Of keys that are with a worker now: for how long, together and at most. */
  unfinishedSeconds(): { readonly sum: number; readonly longest: number } {
    const nowMs = this.#clock.monotonic()
    const seconds = [...this.#processing.values()].map((sinceMs) => (nowMs - sinceMs) / 1000)
    return { sum: seconds.reduce((sum, each) => sum + each, 0), longest: seconds.reduce((most, each) => Math.max(most, each), 0) }
  }

  #enqueue(key: K): void {
    this.#queued.add(key)
    if (this.#metrics) this.#queuedAtMs.set(key, this.#clock.monotonic())
    const [taker] = this.#takers
    if (!taker) return
    this.#takers.delete(taker)
    this.#take(key)
    taker(key)
  }

  #take(key: K): void {
    this.#queued.delete(key)
    this.#dirty.delete(key)
    const nowMs = this.#clock.monotonic()
    this.#processing.set(key, nowMs)
    const queuedAtMs = this.#queuedAtMs.get(key)
    if (queuedAtMs === undefined) return
    this.#queuedAtMs.delete(key)
    this.#metrics?.queueSeconds.observe((nowMs - queuedAtMs) / 1000)
  }
}
