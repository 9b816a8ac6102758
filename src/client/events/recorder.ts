// Tells people what happened to an object. Events are best effort: recording never throws and never waits.
//
// Between the caller and the API server stands a correlator: the same event again only raises a count; many events that differ
// in their message alone become one; an object that floods is cut off. Source: client-go tools/record.
import type { Event, ObjectReference } from '../../api/core/v1.ts'
import { keyOf, type KubeObject } from '../../api/object.ts'
import { events } from '../../api/resources.ts'
import { ApiError, isNotFound } from '../../apimachinery/api-error.ts'
import { type Logger, silentLogger } from '../../component-base/logger.ts'
import { type Clock, formatTime, systemClock } from '../../util/clock.ts'
import { type Rand, systemRand } from '../../util/rand.ts'
import type { Writer } from '../client.ts'
import { TokenBucket } from '../../util/token-bucket.ts'
import { EventCorrelator } from './correlator.ts'

export interface EventRecorder {
  /**
   * @param type `Normal` or `Warning`
   * @param reason UpperCamelCase, short, for machines: `SuccessfulCreate`
   * @param message for people; cut at 1024 bytes as the API demands
   */
  event(about: KubeObject | ObjectReference, type: 'Normal' | 'Warning', reason: string, message: string): void
}

export interface RunnableEventRecorder extends EventRecorder {
  /** Sends what is recorded until `signal` aborts; then what is queued is given up. */
  run(signal: AbortSignal): Promise<void>
}

export interface EventRecorderOptions {
  readonly client: Pick<Writer, 'create' | 'patch'>
  /** `source.component`: `deployment-controller`. */
  readonly component: string
  readonly host?: string
  /** Writes beyond it wait. */
  readonly rate?: { readonly perSecond: number; readonly burst: number }
  readonly clock?: Clock
  readonly rand?: Rand
  readonly logger?: Logger
}

/** Events waiting to be sent; full: new ones are dropped, as they would be by a server that cannot keep up. */
const queuedMax = 1000
/** Attempts for an event while the server cannot be reached, and the wait between (client-go's maxTriesPerEvent, sleepDuration). */
const triesMax = 12
const retryMs = 10_000
const messageLengthMax = 1024

export function newEventRecorder(options: EventRecorderOptions): RunnableEventRecorder {
  return new Recorder(options)
}

class Recorder implements RunnableEventRecorder {
  readonly #options: EventRecorderOptions
  readonly #clock: Clock
  readonly #rand: Rand
  readonly #logger: Logger
  readonly #correlator: EventCorrelator
  readonly #bucket: TokenBucket | undefined
  readonly #queue: Event[] = []
  #wake: (() => void) | undefined

  constructor(options: EventRecorderOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#rand = options.rand ?? systemRand
    this.#logger = options.logger ?? silentLogger
    this.#correlator = new EventCorrelator(this.#clock)
    this.#bucket = options.rate && new TokenBucket({ ...options.rate, clock: this.#clock })
  }

  event(about: KubeObject | ObjectReference, type: 'Normal' | 'Warning', reason: string, message: string): void {
    if (this.#queue.length >= queuedMax) {
      this.#logger.warn('Too many events waiting, dropped one', { reason })
      return
    }
    this.#queue.push(this.#newEvent('metadata' in about ? referenceTo(about) : about, type, reason, message.slice(0, messageLengthMax)))
    this.#wake?.()
  }

  async run(signal: AbortSignal): Promise<void> {
    const abort = () => this.#wake?.()
    signal.addEventListener('abort', abort)
    while (!signal.aborted) {
      const event = this.#queue.shift()
      if (event) await this.#send(event, signal)
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    signal.removeEventListener('abort', abort)
  }

  #newEvent(involvedObject: ObjectReference, type: string, reason: string, message: string): Event {
    const { component, host } = this.#options
    const nowMs = this.#clock.now()
    const now = formatTime(nowMs)
    // client-go names events by the nanosecond; the low bits are drawn, so that two components do not collide within a millisecond.
    const suffix = (BigInt(nowMs) * 1_000_000n + BigInt(Math.floor(this.#rand() * 1_000_000))).toString(16)
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${involvedObject.name}.${suffix}`, namespace: involvedObject.namespace || 'default' } as Event['metadata'],
      involvedObject,
      reason,
      message,
      type,
      source: { component, ...(host ? { host } : {}) },
      reportingComponent: component,
      reportingInstance: host ?? '',
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    }
  }

  async #send(event: Event, signal: AbortSignal): Promise<void> {
    const decision = this.#correlator.correlate(event)
    if (decision.kind === 'drop') return
    await this.#turn(signal)
    for (let tries = 1; ; tries++) {
      try {
        await this.#write(decision, signal)
        return
      } catch (error) {
        if (signal.aborted) return
        const final = error instanceof ApiError || tries === triesMax
        if (final) return this.#logger.error('Could not record an event', error, { object: keyOf(event), reason: event.reason })
        await this.#clock.sleep(retryMs, signal).catch(() => {}) // aborted: the next attempt fails
      }
    }
  }

  /** Resolves when the rate allows one more write, or `signal` aborts. */
  async #turn(signal: AbortSignal): Promise<void> {
    const { rate } = this.#options
    if (!rate || !this.#bucket) return
    while (!this.#bucket.tryTake() && !signal.aborted) await this.#clock.sleep(1000 / rate.perSecond, signal).catch(() => {})
  }

  async #write(decision: { readonly kind: 'create' | 'patch'; readonly event: Event }, signal: AbortSignal): Promise<void> {
    const { client } = this.#options
    const { event } = decision
    const { message, lastTimestamp, count, metadata } = event
    if (decision.kind === 'patch') {
      try {
        await client.patch(events, metadata, { type: 'strategic', patch: { message, lastTimestamp, count } }, { signal })
        return
      } catch (error) {
        if (!isNotFound(error)) throw error // gone after its hour: made anew
      }
    }
    await client.create(events, { ...event, metadata: { name: metadata.name, namespace: metadata.namespace } }, { signal })
  }
}

function referenceTo({ apiVersion, kind, metadata }: KubeObject): ObjectReference {
  const { namespace, name, uid, resourceVersion } = metadata
  return { apiVersion, kind, ...(namespace ? { namespace } : {}), name, uid, resourceVersion }
}
