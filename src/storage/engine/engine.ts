// A Storage over a Log. One writer (this thread) decides, the log makes durable, and only then does anybody see it:
//
//   put/delete ── compare with the newest value, durable or not ── revision + 1 ──> gathering ──> log.append ──> visible ──> watchers ──> reply
//
// - A comparison looks at writes still under way, because they come before this one in the log. Its refusal is told only once what it
//   saw is durable; and if the log fails, everything under way fails together. So no reply ever speaks of a write that may be lost.
// - Writes go to the log together: those of one event-loop turn, and those that come while the log commits. It may join several batches.
// - Readers and watchers see `State`, which holds durable writes only.

import type { Clock } from '../../util/clock.ts'
import { ownBytes } from '../own-bytes.ts'
import { CompactedError, FutureRevisionError, LeaseNotFoundError, NoSpaceError, StorageFailedError } from '../storage.ts'
import type { KeyValue, ListResult, Storage, WatchBatch, WriteResult } from '../storage.ts'
import { LeaseTable } from './lease-table.ts'
import type { DeleteOperation, Entry, History, Log, Operation, PutOperation, Snapshot } from './log.ts'
import { State } from './state.ts'
import type { WindowBounds } from './state.ts'
import { deliver, WatchHub } from './watch-hub.ts'
import type { Watcher } from './watch-hub.ts'

/** Room for the watch window: some minutes of a busy cluster's events. Older ones are read from the log's history, if it has one. */
const windowDefault: WindowBounds = { bytesMax: 64 * 2 ** 20, countMax: 50_000 }

export interface EngineOptions {
  readonly log: Log
  readonly snapshot: Snapshot
  readonly clock: Clock
  readonly window?: WindowBounds
  /** Called once, when the log has failed. The process should end: what it has acknowledged is safe, nothing new will be. */
  readonly onFailure?: (error: StorageFailedError) => void
}

/** Gathered writes that go to the log even while it is at work: it begins on them before the event loop's turn is over. */
const batchMax = 8

/** An operation on its way to the log. */
interface Pending {
  readonly operation: Operation
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export class Engine implements Storage {
  readonly #log: Log
  readonly #clock: Clock
  readonly #state: State
  readonly #watches = new WatchHub()
  readonly #leases: LeaseTable
  readonly #onFailure: ((error: StorageFailedError) => void) | undefined
  /** Newest revision given out. Invariant: visible revision <= assigned. */
  #assigned: number
  #compactRevision: number
  #lastLeaseId: number
  /** The newest write under way of each key that has one. */
  readonly #pending = new Map<string, Pending>()
  /** Not yet handed to the log. */
  #gathering: Pending[] = []
  /** Batches that the log has not confirmed yet. */
  #appending = 0
  #lastAppend: Promise<void> = Promise.resolve()
  /** Leases whose end is under way. */
  readonly #endingLeases = new Set<number>()
  /** Watches still reading history; compaction waits for those that began before it. */
  readonly #catchUps = new Set<Promise<void>>()
  #failure: StorageFailedError | undefined

  constructor({ log, snapshot, clock, window = windowDefault, onFailure }: EngineOptions) {
    this.#log = log
    this.#clock = clock
    this.#onFailure = onFailure
    this.#state = new State(snapshot, window)
    this.#assigned = snapshot.revision
    this.#compactRevision = snapshot.compactRevision
    this.#leases = new LeaseTable(clock, (leaseId) => void this.revokeLease(leaseId).catch((cause: unknown) => this.#fail(cause)))
    for (const lease of snapshot.leases) this.#leases.grant(lease)
    for (const entry of this.#state.list('', '', 0).items as Entry[]) this.#leases.attach(entry)
    this.#lastLeaseId = Math.max(0, ...snapshot.leases.map((lease) => lease.id))
    void log.failed?.then((error) => this.#fail(error))
    if (log.history) this.#dropHistory(log.history).catch((cause: unknown) => this.#fail(cause))
  }

  async currentRevision(): Promise<number> {
    this.#assertUsable()
    return this.#state.revision
  }

  async get(key: string, { revision = 0 }: { readonly revision?: number } = {}): Promise<KeyValue | undefined> {
    const read = this.#readAt(revision)
    if (read === 'now') return this.#state.get(key)
    return read === 'window' ? this.#state.getAt(key, revision) : read.get(key, revision)
  }

  async list(
    prefix: string,
    { from = prefix, limit = 0, revision = 0 }: { readonly from?: string; readonly limit?: number; readonly revision?: number } = {},
  ): Promise<ListResult> {
    const read = this.#readAt(revision)
    if (read === 'now') return { revision: this.#state.revision, ...this.#state.list(prefix, from, limit) }
    if (read === 'window') return { revision, ...this.#state.listAt(prefix, from, limit, revision) }
    return { revision, ...(await read.list(prefix, { from, limit, revision })) }
  }

  async count(prefix: string): Promise<number> {
    this.#assertUsable()
    return this.#state.count(prefix)
  }

  async put(key: string, value: Uint8Array, expectedRevision: number, { leaseId = 0 }: { readonly leaseId?: number } = {}): Promise<WriteResult> {
    this.#assertUsable()
    if (leaseId !== 0 && (!this.#leases.has(leaseId) || this.#endingLeases.has(leaseId))) throw new LeaseNotFoundError(leaseId)
    const previous = this.#newest(key)
    if ((previous?.modRevision ?? 0) !== expectedRevision) return this.#refuse(key, previous)
    if (this.#log.space().noSpace) throw new NoSpaceError('database space exceeded')
    const revision = ++this.#assigned
    const current: Entry = { key, value: ownBytes(value), modRevision: revision, createRevision: previous?.createRevision ?? revision, leaseId }
    await this.#append({ type: 'put', revision, key, current, previous })
    return { ok: true, revision }
  }

  async delete(key: string, expectedRevision: number): Promise<WriteResult> {
    this.#assertUsable()
    const previous = this.#newest(key)
    if (!previous || previous.modRevision !== expectedRevision) return this.#refuse(key, previous)
    const revision = ++this.#assigned
    await this.#append({ type: 'delete', revision, key, previous })
    return { ok: true, revision }
  }

  async watch(prefix: string, fromRevision: number, onBatch: (batch: WatchBatch) => void): Promise<() => void> {
    this.#assertUsable()
    if (fromRevision < this.#compactRevision) throw new CompactedError(this.#compactRevision)
    const watcher: Watcher = { prefix, onBatch, after: fromRevision, stopped: false }
    const history = this.#log.history
    if (fromRevision >= this.#state.window.floor || !history) this.#goLive(watcher)
    else this.#track(this.#catchUp(watcher, history))
    return () => this.#watches.remove(watcher)
  }

  async requestProgress(): Promise<void> {
    this.#assertUsable()
    this.#watches.progress(this.#state.revision)
  }

  async grantLease(ttlSeconds: number): Promise<number> {
    this.#assertUsable()
    // Ids are never used twice, also across restarts: they grow with the clock.
    const id = (this.#lastLeaseId = Math.max(this.#lastLeaseId + 1, this.#clock.now()))
    await this.#append({ type: 'grant', lease: { id, ttlSeconds, expiresAtMs: this.#clock.now() + ttlSeconds * 1000 } })
    return id
  }

  async revokeLease(leaseId: number): Promise<void> {
    this.#assertUsable()
    if (!this.#leases.has(leaseId) || this.#endingLeases.has(leaseId)) return
    this.#endingLeases.add(leaseId)
    const keys = new Set([...this.#leases.keysOf(leaseId), ...this.#pending.keys()])
    const deleted: Promise<void>[] = []
    for (const key of keys) {
      const previous = this.#newest(key)
      if (previous?.leaseId === leaseId) deleted.push(this.#append({ type: 'delete', revision: ++this.#assigned, key, previous }))
    }
    await Promise.all([...deleted, this.#append({ type: 'revoke', leaseId })])
  }

  async compact(revision: number): Promise<void> {
    this.#assertUsable()
    if (revision > this.#state.revision) throw new FutureRevisionError(this.#state.revision)
    if (revision <= this.#compactRevision) return
    const catchUps = [...this.#catchUps]
    await this.#log.history?.markCompacted(revision)
    if (revision <= this.#compactRevision) return
    this.#compactRevision = revision
    this.#state.window.dropThrough(revision)
    await Promise.all(catchUps)
    if (this.#log.history) await this.#dropHistory(this.#log.history)
  }

  async status(): Promise<{ readonly bytes: number; readonly quotaBytes: number; readonly noSpace: boolean }> {
    this.#assertUsable()
    return this.#log.space()
  }

  async close(): Promise<void> {
    if (this.#failure) return
    this.#failure = new StorageFailedError('the storage is closed')
    this.#leases.close()
    for (this.#flushIfIdle(); this.#appending > 0;) await this.#lastAppend
    await this.#log.close()
  }

  /** @returns where a read at `revision` finds its answer; 0 is the newest */
  #readAt(revision: number): 'now' | 'window' | History {
    this.#assertUsable()
    const current = this.#state.revision
    if (revision === 0 || revision === current) return 'now'
    if (revision > current) throw new FutureRevisionError(current)
    if (revision < this.#compactRevision) throw new CompactedError(this.#compactRevision)
    return revision >= this.#state.window.floor || !this.#log.history ? 'window' : this.#log.history
  }

  #assertUsable(): void {
    if (this.#failure) throw this.#failure
  }

  /** The value a write must compare with: that of the last write in the log's order, visible or not. */
  #newest(key: string): Entry | undefined {
    const operation = this.#pending.get(key)?.operation
    if (operation?.type === 'put') return operation.current
    return operation?.type === 'delete' ? undefined : this.#state.get(key)
  }

  async #refuse(key: string, current: Entry | undefined): Promise<WriteResult> {
    await this.#pending.get(key)?.promise
    return { ok: false, current }
  }

  #append(operation: Operation): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const pending: Pending = { operation, promise, resolve, reject }
    if ('key' in operation) this.#pending.set(operation.key, pending)
    const gathered = this.#gathering.push(pending)
    if (gathered === batchMax) this.#flush()
    else if (gathered === 1 && this.#appending === 0) setImmediate(() => this.#flushIfIdle())
    return promise
  }

  /** While the log is at work, writes wait: its next commit takes along everything that comes until then. */
  #flushIfIdle(): void {
    if (this.#gathering.length > 0 && this.#appending === 0) this.#flush()
  }

  #flush(): void {
    const batch = this.#gathering
    this.#gathering = []
    this.#appending++
    this.#lastAppend = this.#log.append(batch.map((pending) => pending.operation)).then(
      () => this.#appended(batch),
      (cause: unknown) => {
        this.#appending--
        const error = this.#fail(cause)
        for (const pending of batch) pending.reject(error)
      },
    )
  }

  #appended(batch: readonly Pending[]): void {
    this.#appending--
    this.#flushIfIdle()
    this.#makeVisible(batch)
  }

  /** State first, then watchers, then replies: whoever gets a reply finds the write in every read and every watch. */
  #makeVisible(batch: readonly Pending[]): void {
    const events: (PutOperation | DeleteOperation)[] = []
    for (const pending of batch) {
      const operation = pending.operation
      if (!('key' in operation)) {
        this.#applyLease(operation)
        continue
      }
      this.#state.apply(operation)
      if (operation.previous) this.#leases.detach(operation.previous)
      if (operation.type === 'put') this.#leases.attach(operation.current)
      if (this.#pending.get(operation.key) === pending) this.#pending.delete(operation.key)
      events.push(operation)
    }
    if (!this.#log.history) this.#compactRevision = Math.max(this.#compactRevision, this.#state.window.floor)
    if (events.length > 0) this.#watches.dispatch(events, this.#state.revision)
    for (const pending of batch) pending.resolve()
  }

  #applyLease(operation: Exclude<Operation, PutOperation | DeleteOperation>): void {
    if (operation.type === 'grant') return this.#leases.grant(operation.lease)
    this.#leases.revoke(operation.leaseId)
    this.#endingLeases.delete(operation.leaseId)
  }

  #goLive(watcher: Watcher): void {
    this.#watches.join(watcher, this.#state.window, this.#state.revision)
  }

  /** Reads history until the window reaches back to where the watcher has come. */
  async #catchUp(watcher: Watcher, history: History): Promise<void> {
    while (!watcher.stopped && watcher.after < this.#state.window.floor) {
      deliver(watcher, await history.events(watcher.prefix, watcher.after, this.#state.window.floor))
    }
    if (!watcher.stopped) this.#goLive(watcher)
  }

  #track(catchUp: Promise<void>): void {
    const tracked = catchUp.catch((cause: unknown) => void this.#fail(cause)).finally(() => this.#catchUps.delete(tracked))
    this.#catchUps.add(tracked)
  }

  async #dropHistory(history: History): Promise<void> {
    while (!this.#failure && (await history.dropSome()));
  }

  #fail(cause: unknown): StorageFailedError {
    if (this.#failure) return this.#failure
    const message = cause instanceof Error ? cause.message : String(cause)
    this.#failure = cause instanceof StorageFailedError ? cause : new StorageFailedError(`the storage has failed: ${message}`, { cause })
    this.#leases.close()
    const gathering = this.#gathering
    this.#gathering = []
    for (const pending of gathering) pending.reject(this.#failure)
    this.#onFailure?.(this.#failure)
    return this.#failure
  }
}
