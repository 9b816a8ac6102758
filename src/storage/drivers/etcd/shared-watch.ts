// All watches of a store are one watch in etcd, which follows every key of the store:
//
//   etcd ── one stream, from the revision after the last one seen ──▶ window (the recent past) ──▶ watchers by prefix
//
// - An event of one key tells all watchers that there is nothing more up to its revision: quiet resources cost nothing.
// - A watcher that begins in the past is served from the window. Beyond it, the stream goes back to where the watcher begins, and the
//   others overlook what they have had.
// - When the stream breaks, the next one goes on after the last revision seen: nothing is lost, nothing comes twice.
// - An etcd whose answers to progress requests cannot be believed is asked for all keys, also those of others: then every revision has
//   its event, and how far the watch has come is known without asking.
import type { Clock } from '../../../util/clock.ts'
import { EventWindow } from '../../engine/event-window.ts'
import { WatchHub, type Watcher } from '../../engine/watch-hub.ts'
import { ownBytes } from '../../own-bytes.ts'
import type { KeyValue, StorageEvent, WatchBatch } from '../../storage.ts'
import type { CallError } from './call-error.ts'
import type { Connection } from './connection.ts'
import { everything, type KeySpace } from './key-space.ts'
import type { StoredEvent, StoredKeyValue } from './messages.ts'
import { answersProgress, openWatchStream, type WatchStream } from './watch-stream.ts'

export interface SharedWatchOptions {
  readonly connection: Connection
  readonly keys: KeySpace
  readonly clock: Clock
  /** Whether history from `revision` on is there. @returns the newest revision. @throws {CompactedError} */
  readonly checkHistory: (revision: number) => Promise<number>
  /** The stream has broken and will be opened again. */
  readonly onBroken: (error: Error, revision: number) => void
}

/** Seconds of a busy cluster: a cache is filled in less, and then watches on from there. */
const windowBounds = { bytesMax: 16 * 2 ** 20, countMax: 10_000 }
/** Between two attempts to open the stream: the first, and the longest after doubling. */
const reopenMs = { first: 100, longest: 1_000 }
/** Upstream's interval of progress requests while somebody waits for them. */
const progressMs = 100
/** Longer than this no writer waits for its own event: etcd owes no order between the answer and the event. */
const ownEventMs = 1_000

interface Waiter {
  readonly revision: number
  readonly resolve: () => void
}

export class SharedWatch {
  readonly #options: SharedWatchOptions
  readonly #hub = new WatchHub()
  /** undefined until somebody watches. */
  #window: EventWindow | undefined
  /** Everything up to here has been delivered. */
  #revision = 0
  #stream: WatchStream | undefined
  /** Counts the streams: an older one that still runs has nothing to say. */
  #generation = 0
  #state: 'opening' | 'live' | 'broken' | 'closed' = 'opening'
  #progressCounts = false
  #askingForProgress = false
  #waiters: Waiter[] = []

  constructor(options: SharedWatchOptions) {
    this.#options = options
  }

  /** As {@link Storage.watch}. @throws {CompactedError | StorageUnavailableError} */
  async watch(prefix: string, fromRevision: number, onBatch: (batch: WatchBatch) => void, onLost?: () => void): Promise<() => void> {
    const window = await this.#windowFrom(fromRevision)
    const watcher: Watcher = { prefix, onBatch, onLost, after: fromRevision, stopped: false }
    this.#hub.join(watcher, window, this.#revision)
    return () => this.#hub.remove(watcher)
  }

  /** Resolves when the watchers have had `revision`; soon in any case. */
  async reached(revision: number): Promise<void> {
    if (!this.#window || this.#revision >= revision || this.#state === 'broken' || this.#state === 'closed') return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = this.#options.clock.after(ownEventMs, resolve)
    this.#waiters.push({ revision, resolve })
    await promise
    timer.cancel()
  }

  /** As {@link Storage.requestProgress}: at once as far as the watch has come, and again when it has come to the newest revision known. */
  requestProgress(): void {
    if (!this.#window) return
    this.#hub.progress(this.#revision)
    if (this.#progressCounts) this.#stream?.requestProgress()
    if (this.#revision < this.#options.connection.newestRevision) void this.#askForProgress()
  }

  close(): void {
    this.#state = 'closed'
    this.#generation++
    this.#stream?.close()
    this.#release(Infinity)
  }

  /** A window that reaches back to `revision`. */
  async #windowFrom(revision: number): Promise<EventWindow> {
    if (this.#window && revision >= this.#window.floor) return this.#window
    const start = Math.min(revision, await this.#options.checkHistory(revision))
    // Somebody else may have begun there meanwhile.
    if (this.#window && start >= this.#window.floor) return this.#window
    this.#window = new EventWindow({ floor: start, ...windowBounds })
    this.#revision = start
    this.#stream?.close()
    void this.#follow(++this.#generation)
    return this.#window
  }

  /** Keeps a stream open until another one takes its place. */
  async #follow(generation: number): Promise<void> {
    const { clock, onBroken } = this.#options
    const isCurrent = () => generation === this.#generation
    if (this.#state === 'closed') return
    this.#state = 'opening'
    for (let delayMs = reopenMs.first; isCurrent(); delayMs = Math.min(2 * delayMs, reopenMs.longest)) {
      const before = this.#revision
      const { error, compactRevision } = await this.#openOnce(isCurrent)
      if (!isCurrent()) return
      this.#state = 'broken'
      this.#release(Infinity)
      onBroken(error, this.#revision)
      if (compactRevision > 0) return this.#lose()
      if (this.#revision > before) delayMs = reopenMs.first
      await clock.sleep(delayMs)
    }
  }

  /** One stream from its beginning to its end. */
  async #openOnce(isCurrent: () => boolean): Promise<{ readonly error: CallError; readonly compactRevision: number }> {
    const { connection, keys } = this.#options
    try {
      const { version } = await connection.call('Maintenance/Status', {}, { repeatable: true })
      this.#progressCounts = answersProgress(version)
    } catch (error) {
      return { error: error as CallError, compactRevision: 0 }
    }
    const { promise, resolve } = Promise.withResolvers<{ error: CallError; compactRevision: number }>()
    if (!isCurrent()) return promise
    this.#stream = openWatchStream({
      connection,
      range: this.#progressCounts ? keys.all : everything,
      startRevision: this.#revision + 1,
      progressCounts: this.#progressCounts,
      listener: {
        onCreated: () => void (isCurrent() && (this.#state = 'live')),
        onEvents: (events) => void (isCurrent() && this.#deliver(events)),
        onProgress: (revision) => void (isCurrent() && this.#progress(revision)),
        onEnd: (error, compactRevision) => resolve({ error, compactRevision }),
      },
    })
    return promise
  }

  #deliver(stored: readonly StoredEvent[]): void {
    const events: StorageEvent[] = []
    for (const each of stored) {
      const event = this.#eventOf(each)
      if (!event) continue
      events.push(event)
      this.#window!.push(event)
    }
    this.#revision = Math.max(this.#revision, stored.at(-1)!.kv.modRevision)
    if (events.length > 0) this.#hub.dispatch(events, this.#revision)
    this.#release(this.#revision)
  }

  /** Others have compacted what came after the last revision seen. Whoever watches begins anew, and the stream with them. */
  #lose(): void {
    this.#generation++
    this.#window = undefined
    this.#hub.lose()
  }

  #progress(revision: number): void {
    if (revision <= this.#revision) return
    this.#revision = revision
    this.#hub.progress(revision)
    this.#release(revision)
  }

  /** undefined for a key of somebody else's */
  #eventOf({ type, kv, prevKv }: StoredEvent): StorageEvent | undefined {
    const key = this.#options.keys.decode(kv.key)
    if (key === undefined) return undefined
    const previous = prevKv ? keyValue(key, prevKv) : undefined
    const revision = kv.modRevision
    if (type === 'PUT') return { type: 'put', revision, key, current: keyValue(key, kv), previous }
    // What was before may have been compacted since; that it is gone is what counts.
    return { type: 'delete', revision, key, previous: previous ?? { key, value: new Uint8Array(), modRevision: 0, createRevision: 0 } }
  }

  async #askForProgress(): Promise<void> {
    if (this.#askingForProgress) return
    this.#askingForProgress = true
    const { connection, clock } = this.#options
    const wanted = connection.newestRevision
    while (this.#revision < wanted && this.#state !== 'closed') {
      if (this.#progressCounts) this.#stream?.requestProgress()
      await Promise.race([this.#until(wanted), clock.sleep(progressMs)])
    }
    this.#askingForProgress = false
    if (this.#state !== 'closed') this.#hub.progress(this.#revision)
  }

  #until(revision: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiters.push({ revision, resolve })
    return promise
  }

  #release(revision: number): void {
    if (this.#waiters.length === 0) return
    const waiting: Waiter[] = []
    for (const waiter of this.#waiters) {
      if (waiter.revision <= revision) waiter.resolve()
      else waiting.push(waiter)
    }
    this.#waiters = waiting
  }
}

export function keyValue(key: string, { value, modRevision, createRevision }: StoredKeyValue): KeyValue {
  return { key, value: ownBytes(value), modRevision, createRevision }
}
