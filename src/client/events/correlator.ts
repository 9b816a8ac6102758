import type { Event } from '../../api/core/v1.ts'
import type { Mutable } from '../../api/object.ts'
import { type Clock, formatTime } from '../../util/clock.ts'

export type Correlation = { readonly kind: 'create' | 'patch'; readonly event: Event } | { readonly kind: 'drop' }

/** All values are client-go's defaults (tools/record/events_cache.go). */
const entriesMax = 4096
/** Similar events with different messages before they become one. */
const similarMax = 10
const similarWindowMs = 600_000
/** Events an object may have at once, then one in five minutes. */
const burst = 25
const refillMs = 300_000
const combined = '(combined from similar events): '

interface Bucket {
  tokens: number
  refilledAtMs: number
}

interface Similar {
  messages: Set<string>
  lastAtMs: number
}

interface Logged {
  readonly name: string
  readonly firstTimestamp: string | undefined
  count: number
}

/** Decides for each event whether it is new, a repetition, or spam. */
export class EventCorrelator {
  readonly #clock: Clock
  readonly #buckets = new Recent<Bucket>(entriesMax)
  readonly #similar = new Recent<Similar>(entriesMax)
  readonly #logged = new Recent<Logged>(entriesMax)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  correlate(event: Event): Correlation {
    const { event: aggregated, key } = this.#aggregate(event)
    const result = this.#count(aggregated, key)
    return this.#isSpam(event) ? { kind: 'drop' } : result
  }

  #aggregate(event: Event): { event: Event; key: string } {
    const key = similarKey(event)
    const now = this.#clock.now()
    let similar = this.#similar.get(key)
    if (!similar || now - similar.lastAtMs > similarWindowMs) similar = { messages: new Set(), lastAtMs: now }
    similar.messages.add(event.message ?? '')
    similar.lastAtMs = now
    this.#similar.set(key, similar)
    if (similar.messages.size < similarMax) return { event, key: fullKey(event) }
    const oldest = similar.messages.values().next().value
    if (oldest !== undefined) similar.messages.delete(oldest)
    return { event: { ...event, message: combined + event.message }, key }
  }

  #count(event: Event, key: string): Correlation {
    const known = this.#logged.get(key)
    if (!known) {
      this.#logged.set(key, { name: event.metadata.name, firstTimestamp: event.firstTimestamp, count: 1 })
      return { kind: 'create', event }
    }
    known.count++
    this.#logged.set(key, known)
    const repeated: Mutable<Event> = structuredClone(event) as Mutable<Event>
    repeated.metadata.name = known.name
    repeated.count = known.count
    if (known.firstTimestamp) repeated.firstTimestamp = known.firstTimestamp
    repeated.lastTimestamp = formatTime(this.#clock.now())
    return { kind: 'patch', event: repeated as Event }
  }

  #isSpam(event: Event): boolean {
    const key = objectKey(event)
    const now = this.#clock.now()
    const bucket = this.#buckets.get(key) ?? { tokens: burst, refilledAtMs: now }
    const refill = (now - bucket.refilledAtMs) / refillMs
    const tokens = Math.min(burst, bucket.tokens + refill)
    const spam = tokens < 1
    this.#buckets.set(key, { tokens: spam ? tokens : tokens - 1, refilledAtMs: now })
    return spam
  }
}

const objectKey = ({ source, involvedObject: { kind, namespace, name, uid, apiVersion } }: Event) =>
  JSON.stringify([source?.component, source?.host, kind, namespace, name, uid, apiVersion])

const similarKey = (event: Event) => JSON.stringify([objectKey(event), event.involvedObject.fieldPath, event.type, event.reason, event.reportingComponent])

const fullKey = (event: Event) => JSON.stringify([similarKey(event), event.message])

/** A map that forgets what was not set for longest when it is full. */
class Recent<V> {
  readonly #entries = new Map<string, V>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)
  }

  set(key: string, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size > this.#max) this.#entries.delete(this.#entries.keys().next().value!)
  }
}
