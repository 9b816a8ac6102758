// What an engine needs of a driver: a log that makes operations durable in order, and (if it keeps any) the history behind the window.

import type { KeyValue, ListResult, StorageEvent } from '../storage.ts'

/** A value with what the store keeps for itself. */
export interface Entry extends KeyValue {
  /** 0: none. */
  readonly leaseId: number
}

export interface Lease {
  readonly id: number
  readonly ttlSeconds: number
  /** Wall clock. */
  readonly expiresAtMs: number
}

export type PutOperation = {
  readonly type: 'put'
  readonly revision: number
  readonly key: string
  readonly current: Entry
  readonly previous: Entry | undefined
}
export type DeleteOperation = { readonly type: 'delete'; readonly revision: number; readonly key: string; readonly previous: Entry }
export type LeaseOperation = { readonly type: 'grant'; readonly lease: Lease } | { readonly type: 'revoke'; readonly leaseId: number }

/** Writes carry consecutive revisions; lease operations have none. */
export type Operation = PutOperation | DeleteOperation | LeaseOperation

/** What a log holds when it is opened. */
export interface Snapshot {
  /** Newest revision; at least 1. */
  readonly revision: number
  readonly compactRevision: number
  /** The newest value of every key. */
  readonly entries: Iterable<Entry>
  readonly leases: readonly Lease[]
}

export interface Log {
  /**
   * Makes `operations` durable, all or none. Calls may overlap; they take effect, and resolve, in the order of calling.
   * A rejection is final: nothing after it may succeed.
   */
  append(operations: readonly Operation[]): Promise<void>
  /** Absent: what leaves the engine's window is gone. */
  readonly history?: History
  /** Bytes in use as of the last append. `noSpace`: refuse writes that need room. */
  space(): { readonly bytes: number; readonly quotaBytes: number; readonly noSpace: boolean }
  close(): Promise<void>
  /** Resolves once the log has failed, also when nobody was asking it for anything. Absent: it cannot fail. */
  readonly failed?: Promise<Error>
}

/** Reads of durable states between the compact revision and now. */
export interface History {
  get(key: string, revision: number): Promise<KeyValue | undefined>
  list(prefix: string, options: { readonly from: string; readonly limit: number; readonly revision: number }): Promise<Omit<ListResult, 'revision'>>
  /**
   * Events of `prefix` after revision `after` up to `upTo` (inclusive), oldest first, at most a bounded number.
   * @returns `revision`: everything up to it is in `events`
   */
  events(prefix: string, after: number, upTo: number): Promise<{ readonly events: readonly StorageEvent[]; readonly revision: number }>
  /** Notes durably that history before `revision` is gone; nothing is dropped yet. */
  markCompacted(revision: number): Promise<void>
  /** Drops a bounded part of what {@link markCompacted} allows. @returns whether there is more */
  dropSome(): Promise<boolean>
}
