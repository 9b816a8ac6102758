// The watch cache of one stored resource: the newest state of every object and the recent past, fed by one watch of the store.
//
//   store ──watch──▶ entries (newest state, key order)      ──▶ lists
//                └─▶ ring    (events, bounded in bytes)      ──▶ watchers, each a position in the ring
//
// The cache is never ahead of the store and knows how far behind it may be: `revision` grows with every batch, also with
// empty ones. A consistent read asks the store for its newest revision and waits until the cache has seen it.
// Source: k8s.io/apiserver pkg/storage/cacher (Kubernetes 1.36), KEP-2340.
import { nextTurn } from '../../util/turns.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { Storage, StorageEvent, WatchBatch } from '../../storage/storage.ts'
import type { Clock } from '../../util/clock.ts'
import { Entry, type EntryReader, type Traits } from './entry.ts'
import { EntryIndex } from './entry-index.ts'
import { CacheEvent, EventRing, FrameCache } from './event-ring.ts'
import { SortedEntries } from './sorted-entries.ts'
import type { Selection } from './selection.ts'
import { Watcher, type WatcherOptions } from './watcher.ts'

/** JSON of the events kept for watchers that are behind, per resource. */
const ringBytesMax = 32 << 20
/** Encoded watch frames kept for watchers that have not sent them yet, per resource. */
const frameBytesMax = 4 << 20
/** Objects decoded between two turns of the event loop after a start: some 5 ms. */
const readPerTurn = 100
/** Between two attempts to read everything after a gap in the store's history. */
const beginAgainMs = 1000
/** How long a read waits for the cache to catch up; upstream's value. */
const freshWaitMs = 3000

interface CacherOptions {
  readonly storage: Pick<Storage, 'list' | 'watch' | 'currentRevision' | 'requestProgress'>
  /** Keys of the resource: `/registry/pods/`. */
  readonly prefix: string
  readonly reader: EntryReader
  readonly clock: Clock
  readonly ringBytesMax?: number
  /** What this process has just written as `value`: saves decoding it. */
  readonly known?: (value: Uint8Array) => JsonObject | undefined
}

interface Waiter {
  readonly revision: number
  readonly resolve: (fresh: boolean) => void
}

export class Cacher {
  readonly prefix: string
  readonly clock: Clock
  readonly frames = new FrameCache(frameBytesMax)
  readonly #options: CacherOptions
  #entries = new SortedEntries()
  #ring: EventRing
  #revision = 0
  /** Revision of the newest event of this resource (or of the initial list). */
  #changedAt = 0
  readonly #watchers = new Set<Watcher>()
  readonly #indexes: EntryIndex[] = []
  readonly #traitsRead = Promise.withResolvers<void>()
  #waiters: Waiter[] = []
  #starting: Promise<void> | undefined
  #stopWatch: (() => void) | undefined
  #stopped = false

  constructor(options: CacherOptions) {
    this.#options = options
    this.prefix = options.prefix
    this.clock = options.clock
    this.#ring = new EventRing(0, 0)
  }

  /** An index that is complete once {@link traitsRead}. To be asked for before the start. @param valueOf '': not in the index */
  index(valueOf: (traits: Traits) => string): EntryIndex {
    const index = new EntryIndex(valueOf)
    this.#indexes.push(index)
    return index
  }

  /** Resolves when everything that was there at the start has been read: selectors cost no decoding now, and indexes are complete. */
  get traitsRead(): Promise<void> {
    return this.#traitsRead.promise
  }

  /** Lists and watches the store; resolves when the cache can be read. Later calls wait for the first. */
  start(): Promise<void> {
    this.#starting ??= this.#start().catch((error: unknown) => {
      this.#starting = undefined
      throw error
    })
    return this.#starting
  }

  async #start(): Promise<void> {
    const { storage, prefix } = this.#options
    const list = await storage.list(prefix)
    for (const item of list.items) this.#entries.set(this.#entryOf(item.key, item.value, item.modRevision))
    this.#ring = new EventRing(this.#options.ringBytesMax ?? ringBytesMax, list.revision)
    this.#revision = list.revision
    this.#changedAt = list.revision
    await this.#watchFrom(list.revision)
    void this.#readTraits()
  }

  async #watchFrom(revision: number): Promise<void> {
    const { storage, prefix } = this.#options
    const onLost = () => void this.#beginAnew()
    this.#stopWatch = await storage.watch(prefix, revision, (batch) => this.#apply(batch), onLost)
    if (this.#stopped) this.#stopWatch()
  }

  /**
   * After a gap in the store's history. Until everything has been read the cache stays as it is: it is behind, which consistent reads wait for.
   * Watchers are ended, for nobody knows what they have missed; those who come back find their revision gone.
   */
  async #beginAnew(): Promise<void> {
    while (!this.#stopped) {
      try {
        const { items, revision } = await this.#options.storage.list(this.prefix)
        const entries = items.map((item) => this.#entryOf(item.key, item.value, item.modRevision))
        if (!(await this.#inTurns(entries, (entry) => void entry.traits))) return
        this.#replace(entries, revision)
        return await this.#watchFrom(revision)
      } catch {
        // The store is away still, or again.
        await this.clock.sleep(beginAgainMs)
      }
    }
  }

  #replace(entries: readonly Entry[], revision: number): void {
    for (const old of this.#entries.range(this.prefix)) for (const index of this.#indexes) index.remove(old)
    this.#entries = new SortedEntries()
    for (const entry of entries) {
      this.#entries.set(entry)
      for (const index of this.#indexes) index.add(entry)
    }
    this.#ring = new EventRing(this.#options.ringBytesMax ?? ringBytesMax, revision)
    this.#changedAt = revision
    for (const watcher of this.#watchers) watcher.close()
    this.#apply({ events: [], revision })
  }

  /** So that the first request with a selector need not decode everything at once. */
  async #readTraits(): Promise<void> {
    const isRead = await this.#inTurns(this.#entries.range(this.prefix), (entry) => {
      // One that has changed since came into the indexes with its change.
      if (this.#entries.get(entry.key) === entry) for (const index of this.#indexes) index.add(entry)
      void entry.traits
    })
    if (isRead) this.#traitsRead.resolve()
  }

  /** @returns false when the cache has been stopped meanwhile */
  async #inTurns(entries: readonly Entry[], read: (entry: Entry) => void): Promise<boolean> {
    for (const [index, entry] of entries.entries()) {
      if (this.#stopped) return false
      read(entry)
      if ((index + 1) % readPerTurn === 0) await nextTurn()
    }
    return true
  }

  /** Ends the store's watch and every watcher. */
  stop(): void {
    this.#stopped = true
    this.#stopWatch?.()
    for (const watcher of this.#watchers) watcher.close()
    for (const waiter of this.#waiters) waiter.resolve(false)
    this.#waiters = []
  }

  /** Everything up to here has been seen. */
  get revision(): number {
    return this.#revision
  }

  /** The state has been the same since this revision. */
  get changedAt(): number {
    return this.#changedAt
  }

  get size(): number {
    return this.#entries.size
  }

  get ring(): EventRing {
    return this.#ring
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key)
  }

  /** Entries whose keys start with `prefix`, from key `from` on, in key order: a snapshot of `revision`. */
  range(prefix: string, from?: string): Entry[] {
    return this.#entries.range(prefix, from)
  }

  /** Waits until the cache has seen everything that was written before this call. @returns false after 3 s */
  async fresh(): Promise<boolean> {
    const revision = await this.#options.storage.currentRevision()
    return this.waitFor(revision)
  }

  /** Waits until the cache has seen `revision`. @returns false after 3 s */
  async waitFor(revision: number): Promise<boolean> {
    if (this.#revision >= revision) return true
    if (this.#stopped) return false
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const waiter: Waiter = { revision, resolve }
    this.#waiters.push(waiter)
    const timer = this.clock.after(freshWaitMs, () => {
      this.#waiters = this.#waiters.filter((each) => each !== waiter)
      resolve(false)
    })
    await this.#options.storage.requestProgress()
    const fresh = await promise
    timer.cancel()
    return fresh
  }

  requestProgress(): Promise<void> {
    return this.#options.storage.requestProgress()
  }

  /** @param position of the ring to begin at, after `initial` */
  watch(selection: Selection, options: WatcherOptions): Watcher {
    const watcher: Watcher = new Watcher(this, selection, options, () => this.#watchers.delete(watcher))
    if (this.#stopped) watcher.close()
    else this.#watchers.add(watcher)
    return watcher
  }

  #entryOf(key: string, value: Uint8Array, revision: number): Entry {
    const { reader, known } = this.#options
    return Entry.fromStored(key, value, revision, reader, known?.(value))
  }

  #apply(batch: WatchBatch): void {
    for (const event of batch.events) this.#applyEvent(event)
    this.#revision = Math.max(this.#revision, batch.revision)
    if (this.#waiters.length > 0) {
      const waiting: Waiter[] = []
      for (const waiter of this.#waiters) {
        if (waiter.revision <= this.#revision) waiter.resolve(true)
        else waiting.push(waiter)
      }
      this.#waiters = waiting
    }
    if (batch.events.length > 0) for (const watcher of this.#watchers) watcher.wake()
  }

  #applyEvent(event: StorageEvent): void {
    // A replay of what the initial list already showed.
    if (event.revision <= this.#ring.since) return
    const previous = this.#entries.get(event.key)
    if (previous) for (const index of this.#indexes) index.remove(previous)
    if (event.type === 'put') {
      const current = this.#entryOf(event.key, event.current.value, event.revision)
      this.#entries.set(current)
      for (const index of this.#indexes) index.add(current)
      this.#ring.push(new CacheEvent(event.revision, current, previous))
    } else {
      if (!previous) return
      this.#entries.delete(event.key)
      this.#ring.push(new CacheEvent(event.revision, undefined, previous))
    }
    this.#changedAt = event.revision
  }
}
