// `batch` mode: requests do not wait. Events stand in a buffer until there are enough of them, or they have waited long enough;
// what finds the buffer full is dropped, counted and reported.
//
//   process() → buffer (bufferMax) → batch (batchMax, or after waitMs) → throttle → delegate
//
// Source: k8s.io/apiserver plugin/pkg/audit/buffered/buffered.go.
import type { Clock } from '../../util/clock.ts'
import type { AuditBackend } from './backend.ts'
import type { LossReport } from './counts.ts'
import type { AuditEvent } from './event.ts'
import { TokenBucket } from '../../util/token-bucket.ts'

export interface BatchOptions {
  /** Events that wait at most; those beyond are dropped. */
  readonly bufferMax: number
  readonly batchMax: number
  /** How long an incomplete batch waits for more; 0: until it is complete. */
  readonly waitMs: number
  /** Batches per second on average, and at once. */
  readonly throttle?: { readonly perSecond: number; readonly burst: number }
  /** The next batch goes out while the delegate is still at this one; otherwise one after the other. */
  readonly concurrent: boolean
}

/** Batches under way at once in concurrent mode (upstream has no bound): further events wait in the buffer. */
const underWayMax = 50

export function bufferedBackend(delegate: AuditBackend, options: BatchOptions, clock: Clock, report: LossReport): AuditBackend {
  return new BufferedBackend(delegate, options, clock, report)
}

class BufferedBackend implements AuditBackend {
  readonly #delegate: AuditBackend
  readonly #options: BatchOptions
  readonly #clock: Clock
  readonly #report: LossReport
  readonly #throttle: TokenBucket | undefined
  readonly #closing = new AbortController()
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #sending: Promise<void>
  #buffer: AuditEvent[] = []
  #wake: (() => void) | undefined

  constructor(delegate: AuditBackend, options: BatchOptions, clock: Clock, report: LossReport) {
    this.#delegate = delegate
    this.#options = options
    this.#clock = clock
    this.#report = report
    this.#throttle = options.throttle && new TokenBucket({ ...options.throttle, clock })
    this.#sending = this.#send()
  }

  process(events: readonly AuditEvent[]): boolean {
    if (this.#closing.signal.aborted) {
      this.#report('buffered', new Error('audit backend shut down'), events)
      return true
    }
    const room = this.#options.bufferMax - this.#buffer.length
    this.#buffer.push(...events.slice(0, room))
    if (events.length > room) this.#report('buffered', new Error('audit buffer queue blocked'), events.slice(room))
    this.#wake?.()
    return true
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#wake?.()
    await this.#sending
    await this.#delegate.close()
    await Promise.all(this.#underWay)
  }

  async #send(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      await this.#collect(signal)
      if (this.#buffer.length > 0) await this.#sendBatch(signal)
    }
    while (this.#buffer.length > 0) await this.#sendBatch(signal)
    if (!this.#options.concurrent) await Promise.all(this.#underWay)
  }

  /** Waits until a batch is complete or has waited long enough. */
  async #collect(signal: AbortSignal): Promise<void> {
    const { batchMax, waitMs } = this.#options
    await this.#until(() => signal.aborted || this.#buffer.length > 0)
    let isLate = false
    const late = () => {
      isLate = true
      this.#wake?.()
    }
    const timer = waitMs > 0 ? this.#clock.after(waitMs, late) : undefined
    await this.#until(() => signal.aborted || isLate || this.#buffer.length >= batchMax)
    timer?.cancel()
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      await promise
    }
    this.#wake = undefined
  }

  /** Hands on what the buffer holds, up to one batch; while stopping, without the throttle. */
  async #sendBatch(signal: AbortSignal): Promise<void> {
    const { batchMax, concurrent } = this.#options
    if (concurrent) while (this.#underWay.size >= underWayMax) await Promise.race(this.#underWay)
    const waitMs = this.#throttle?.take() ?? 0
    if (waitMs > 0 && !signal.aborted) await this.#clock.sleep(waitMs, signal).catch(() => {}) // the abort only ends the wait
    const batch = this.#buffer.slice(0, batchMax)
    this.#buffer = this.#buffer.slice(batchMax)
    const sent = Promise.resolve(this.#delegate.process(batch)).finally(() => this.#underWay.delete(sent))
    this.#underWay.add(sent)
    if (!concurrent) await sent
  }
}
