// What the main thread and the worker say to each other. Appends have no answer of their own: `appended` confirms the oldest ones.

import type { KeyValue, ListResult, StorageEvent } from '../../storage.ts'
import type { Entry, Lease, LeaseOperation } from '../../engine/log.ts'

export interface WorkerOptions {
  readonly directory: string
  readonly quotaBytes: number
}

/** Numbers per write in {@link Append.fields}: deleted (0 or 1), revision, createRevision, revision of the value before (0: none), lease, value length. */
export const fieldsPerWrite = 6

export interface Append {
  readonly type: 'append'
  readonly keys: readonly string[]
  readonly fields: Float64Array
  /** All values one after the other; moved if they are many. */
  readonly values: Uint8Array<ArrayBuffer>
  readonly leases: readonly LeaseOperation[]
}

/** Where a verification pass has come to. */
export interface VerifyCursor {
  readonly revision: number
  readonly chain: number
}

/** Everything else the worker can be asked, by name. */
export interface Calls {
  get(key: string, revision: number): KeyValue | undefined
  list(prefix: string, from: string, limit: number, revision: number): Omit<ListResult, 'revision'>
  events(prefix: string, after: number, upTo: number): { readonly events: readonly StorageEvent[]; readonly revision: number }
  markCompacted(revision: number): void
  dropSome(): boolean
  /** @returns where to go on, or undefined at the end */
  verifySome(cursor: VerifyCursor | undefined): VerifyCursor | undefined
  digest(): Digest
  backup(toFile: string): Promise<BackupResult>
}

/** Two stores with equal digests hold the same history: the running hash covers every write up to `revision`. */
export interface Digest {
  readonly revision: number
  readonly hash: string
}

export interface BackupResult {
  readonly bytes: number
  readonly sha256: string
}

export interface Call {
  readonly type: 'call'
  readonly id: number
  readonly method: keyof Calls
  readonly args: readonly unknown[]
}

export type Request = Append | Call | { readonly type: 'close' }

export interface Space {
  readonly bytes: number
  readonly noSpace: boolean
}

export type Reply =
  | { readonly type: 'entries'; readonly entries: readonly Entry[] }
  | { readonly type: 'opened'; readonly revision: number; readonly compactRevision: number; readonly leases: readonly Lease[]; readonly space: Space }
  | { readonly type: 'refused'; readonly reason: OpenRefusal; readonly message: string }
  /** `space`: when there is something new to say of it. */
  | { readonly type: 'appended'; readonly count: number; readonly space?: Space }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  /** This call failed; the store is well. */
  | { readonly type: 'error'; readonly id: number; readonly message: string }
  /** The store failed; no more answers will come. */
  | { readonly type: 'failed'; readonly message: string }

export type OpenRefusal = 'Locked' | 'NewerFormat' | 'Corrupt' | 'NetworkFilesystem' | 'Failed'
