// The store's contract: revisioned keys, as small as what Kubernetes needs (etcd client/v3/kubernetes/interface.go).
// It stores bytes and knows nothing of pods. Every driver passes the same cases (storage.cases.ts).

/** One stored value. `value` is shared with everyone who reads it and must not be changed. */
export interface KeyValue {
  readonly key: string
  readonly value: Uint8Array
  /** Revision of the put that wrote this value. */
  readonly modRevision: number
  /** Revision of the put that created the key. */
  readonly createRevision: number
}

export interface ListResult {
  /** Revision at which the list is true. */
  readonly revision: number
  /** In key order (bytewise). */
  readonly items: readonly KeyValue[]
  /** Keys of the prefix from `from` on that `limit` cut off. */
  readonly remaining: number
}

export type StorageEvent =
  /** `previous` is undefined for a key that did not exist. */
  | { readonly type: 'put'; readonly revision: number; readonly key: string; readonly current: KeyValue; readonly previous: KeyValue | undefined }
  | { readonly type: 'delete'; readonly revision: number; readonly key: string; readonly previous: KeyValue }

/** Events of one revision are never split over two batches. */
export interface WatchBatch {
  readonly events: readonly StorageEvent[]
  /** Everything up to and including this revision has been delivered; grows also without events (progress). */
  readonly revision: number
}

/** The outcome of an optimistic write: a failed comparison is an expected outcome, not an error. */
export type WriteResult =
  | { readonly ok: true; readonly revision: number }
  /** `current` is what was found instead; undefined: no such key. */
  | { readonly ok: false; readonly current: KeyValue | undefined }

/** `revision` has been compacted away (or lies before the store's history). */
export class CompactedError extends Error {
  override readonly name = 'CompactedError'
  readonly compactRevision: number
  constructor(compactRevision: number) {
    super(`required revision has been compacted; compact revision ${compactRevision}`)
    this.compactRevision = compactRevision
  }
}

/** `revision` lies in the future. */
export class FutureRevisionError extends Error {
  override readonly name = 'FutureRevisionError'
  readonly currentRevision: number
  constructor(currentRevision: number) {
    super(`required revision is a future revision; current revision ${currentRevision}`)
    this.currentRevision = currentRevision
  }
}

/** Over the quota: creates and updates are refused, deletes and compaction still work. */
export class NoSpaceError extends Error {
  override readonly name = 'NoSpaceError'
}

/** Put with a lease that was never granted, ran out or was revoked. */
export class LeaseNotFoundError extends Error {
  override readonly name = 'LeaseNotFoundError'
  constructor(leaseId: number) {
    super(`requested lease not found: ${leaseId}`)
  }
}

/** This request failed, or nobody knows whether it did (a store across the network went away); the next one may succeed. Clients are told `message`. */
export class StorageUnavailableError extends Error {
  override readonly name = 'StorageUnavailableError'
}

/** The store failed (I/O error, corruption, closed). The process must not go on serving from it. */
export class StorageFailedError extends Error {
  override readonly name = 'StorageFailedError'
}

export interface Storage {
  /** Revision of the newest durable write. Linearizable. */
  currentRevision(): Promise<number>
  /** @param options.revision read as of that revision. @throws {CompactedError | FutureRevisionError} */
  get(key: string, options?: { readonly revision?: number }): Promise<KeyValue | undefined>
  /**
   * Keys that start with `prefix`.
   * @param options.from first key to return (inclusive, a whole key), for continuing a list
   * @param options.limit at most so many; 0 or left out: all
   * @throws {CompactedError | FutureRevisionError}
   */
  list(prefix: string, options?: { readonly from?: string; readonly limit?: number; readonly revision?: number }): Promise<ListResult>
  count(prefix: string): Promise<number>
  /**
   * Writes if the key's modRevision equals `expectedRevision`; 0: only if the key does not exist.
   * Resolves after the write is durable; readers and watchers see it no earlier.
   * @param options.leaseId the key is deleted when that lease runs out
   * @throws {NoSpaceError | LeaseNotFoundError}
   */
  put(key: string, value: Uint8Array, expectedRevision: number, options?: { readonly leaseId?: number }): Promise<WriteResult>
  delete(key: string, expectedRevision: number): Promise<WriteResult>
  /**
   * Everything that happens to keys of `prefix` after `fromRevision` (exclusive), in revision order, without gaps.
   * @param onBatch called synchronously, one batch at a time; must not throw
   * @param onLost called once, last, if what comes next cannot be had any more (a store across the network was away for too long, and others
   * compacted it): whoever keeps a copy must read everything anew. Must not throw.
   * @returns a function that ends the watch
   * @throws {CompactedError} at once, if the history from `fromRevision` on is gone
   */
  watch(prefix: string, fromRevision: number, onBatch: (batch: WatchBatch) => void, onLost?: () => void): Promise<() => void>
  /** Asks for a {@link WatchBatch} with the current revision on every watch, soon. */
  requestProgress(): Promise<void>
  /** @returns lease id */
  grantLease(ttlSeconds: number): Promise<number>
  revokeLease(leaseId: number): Promise<void>
  /** History before `revision` may be dropped. The newest state of every key stays. */
  compact(revision: number): Promise<void>
  /**
   * Where several servers share the store: whether it is this one's turn to compact, for each that asks once per interval. Left out: it always is.
   * @param revision that it is going to compact
   */
  claimCompaction?(revision: number): Promise<boolean>
  /** Bytes used, quota (0: the store does not tell), whether the space alarm is on: for /readyz and metrics. */
  status(): Promise<{ readonly bytes: number; readonly quotaBytes: number; readonly noSpace: boolean }>
  /** Writes what is pending and releases the files. */
  close(): Promise<void>
}
