// One watch request: a position in its cacher's ring of events. It is pulled: the connection asks for the next batch when it
// has sent the last one, so a slow client costs nothing but its position; when that falls off the ring the watch is closed
// and the client begins again.
import type { Clock, Timer } from '../../util/clock.ts'
import type { Entry } from './entry.ts'
import type { CacheEvent, EventRing } from './event-ring.ts'
import { type Selection, selects } from './selection.ts'

interface ObjectItem {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly entry: Entry
  /** Undefined for the synthetic events of the initial state. */
  readonly event: CacheEvent | undefined
}

export type WatchItem = ObjectItem | { readonly type: 'BOOKMARK'; readonly revision: number; readonly initialEventsEnd: boolean }

export interface WatcherOptions {
  /** State to send first, as ADDED. */
  readonly initial: readonly Entry[]
  /** Revision of that state, for the bookmark behind it; undefined: no such bookmark. */
  readonly initialEventsEndAt: number | undefined
  /** Sequence number in the ring of the first event to look at. */
  readonly position: number
  /** Events up to this revision are not sent (a start in the future). */
  readonly after: number
  readonly bookmarks: boolean
  readonly timeoutMs: number
}

/** Items handed out at once: keeps a long backlog from holding the event loop. */
const batchMax = 200
/** Of the state that a watch begins with: those who do not read hold a batch each. One object may be larger. */
const batchBytesMax = 256 * 1024
/** Upstream sends a bookmark about once a minute, */
const bookmarkEveryMs = 60_000
/** and one this long before a watch times out. */
const bookmarkBeforeEndMs = 2000

const none: readonly Entry[] = []

/** What a watcher needs of its cache. */
interface WatchedCache {
  readonly ring: EventRing
  readonly revision: number
  readonly clock: Clock
  requestProgress(): Promise<void>
}

export class Watcher {
  /** Resolves when the whole initial state has been handed out, or the watch is over; undefined: it is small. */
  readonly initialized: Promise<void> | undefined
  readonly #cacher: WatchedCache
  readonly #selection: Selection
  readonly #options: Omit<WatcherOptions, 'initial'>
  /** Let go once it has been handed out: a watch lasts longer than the objects it began with. */
  #initial: readonly Entry[]
  #onInitialized: (() => void) | undefined
  readonly #onClose: () => void
  readonly #timers: Timer[] = []
  #initialAt = 0
  #initialEndSent: boolean
  #position: number
  #bookmarkDue = false
  #closed = false
  #waiting: (() => void) | undefined

  constructor(cacher: WatchedCache, selection: Selection, { initial, ...options }: WatcherOptions, onClose: () => void) {
    this.#cacher = cacher
    this.#selection = selection
    this.#options = options
    this.#initial = initial
    if (initial.length > batchMax) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.initialized = promise
      this.#onInitialized = resolve
    }
    this.#onClose = onClose
    this.#position = options.position
    this.#initialEndSent = options.initialEventsEndAt === undefined
    this.#timers.push(cacher.clock.after(options.timeoutMs, () => this.close()))
    if (options.bookmarks) this.#scheduleBookmarks()
  }

  /** Something happened: goes on if it concerns this watch. */
  wake(): void {
    if (!this.#waiting) return
    if (!this.#skip()) this.#resume()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const timer of this.#timers) timer.cancel()
    this.#initial = none
    this.#onInitialized?.()
    this.#onClose()
    this.#resume()
  }

  /** The next items, at least one; undefined once the watch is over. */
  async next(): Promise<WatchItem[] | undefined> {
    for (;;) {
      if (this.#closed) return undefined
      const items = this.#take()
      if (items === undefined) {
        this.close()
        return undefined
      }
      if (items.length > 0) return items
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting = resolve
      await promise
    }
  }

  #resume(): void {
    const resolve = this.#waiting
    this.#waiting = undefined
    resolve?.()
  }

  /** @returns undefined when the watch has fallen too far behind */
  #take(): WatchItem[] | undefined {
    const items: WatchItem[] = []
    let bytes = 0
    const hasRoom = () => items.length < batchMax && bytes < batchBytesMax
    const initial = this.#initial
    while (this.#initialAt < initial.length && hasRoom()) {
      const entry = initial[this.#initialAt++]!
      items.push({ type: 'ADDED', entry, event: undefined })
      bytes += entry.byteLength
    }
    if (!hasRoom()) return items
    if (initial !== none) {
      this.#initial = none
      this.#onInitialized?.()
    }
    if (!this.#initialEndSent) {
      this.#initialEndSent = true
      items.push({ type: 'BOOKMARK', revision: this.#options.initialEventsEndAt!, initialEventsEnd: true })
    }
    const { ring } = this.#cacher
    if (this.#position < ring.start) return items.length > 0 ? items : undefined
    while (this.#position < ring.end && items.length < batchMax) {
      const item = this.#itemOf(ring.at(this.#position++)!)
      if (item) items.push(item)
    }
    if (this.#bookmarkDue && this.#position === ring.end) {
      this.#bookmarkDue = false
      items.push({ type: 'BOOKMARK', revision: this.#cacher.revision, initialEventsEnd: false })
    }
    return items
  }

  /** Passes over events that do not concern this watch. @returns whether nothing is left to send */
  #skip(): boolean {
    const { ring } = this.#cacher
    if (this.#position < ring.start) return false
    for (; this.#position < ring.end; this.#position++) {
      if (this.#itemOf(ring.at(this.#position)!)) return false
    }
    return true
  }

  #itemOf(event: CacheEvent): ObjectItem | undefined {
    if (event.revision <= this.#options.after) return undefined
    const before = event.previous !== undefined && selects(this.#selection, event.previous)
    const now = event.current !== undefined && selects(this.#selection, event.current)
    if (now) return { type: before ? 'MODIFIED' : 'ADDED', entry: event.current, event }
    if (before) return { type: 'DELETED', entry: event.left(), event }
    return undefined
  }

  #scheduleBookmarks(): void {
    const { clock } = this.#cacher
    const { timeoutMs } = this.#options
    const later = (ms: number, then: () => void) => {
      const timer = clock.after(ms, () => {
        this.#timers.splice(this.#timers.indexOf(timer), 1)
        // The store's answer moves the cacher on, so that the bookmark is worth its bytes.
        void this.#cacher.requestProgress().then(
          () => this.#bookmark(),
          () => this.#bookmark(),
        )
        then()
      })
      this.#timers.push(timer)
    }
    const everyMinute = () => later(bookmarkEveryMs, everyMinute)
    everyMinute()
    if (timeoutMs > bookmarkBeforeEndMs) later(timeoutMs - bookmarkBeforeEndMs, () => {})
  }

  #bookmark(): void {
    this.#bookmarkDue = true
    this.#resume()
  }
}
