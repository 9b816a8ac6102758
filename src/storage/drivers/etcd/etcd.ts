// A store in an etcd cluster, as upstream's kube-apiserver has it. Source: k8s.io/apiserver pkg/storage/etcd3/store.go,
// etcd client/v3/kubernetes/client.go.
import { type Clock, systemClock } from '../../../util/clock.ts'
import { type Rand, systemRand } from '../../../util/rand.ts'
import {
  CompactedError,
  FutureRevisionError,
  type KeyValue,
  LeaseNotFoundError,
  type ListResult,
  type Storage,
  StorageFailedError,
  type WatchBatch,
  type WriteResult,
} from '../../storage.ts'
import { isCompacted, isFutureRevision, isLeaseNotFound, isLeaseTaken } from './call-error.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import { KeySpace } from './key-space.ts'
import type { RangeRequest, RangeResponse, TxnRequest, TxnResponse } from './messages.ts'
import { keyValue, SharedWatch } from './shared-watch.ts'
import { readCompactRevision } from './watch-stream.ts'

export interface EtcdStorageOptions extends ConnectionOptions {
  /** What keys begin with here, before a `/`, and in etcd (upstream's --etcd-prefix). */
  readonly prefix: { readonly ours: string; readonly theirs: string }
  readonly clock?: Clock
  readonly rand?: Rand
  /** How long opening waits for etcd; upstream's --storage-initialization-timeout. */
  readonly initializationTimeoutMs?: number
  /** The connection has broken, or etcd has ended the watch; it goes on after `revision` by itself. */
  readonly onBroken?: (error: Error, revision: number) => void
}

/** Upstream's default. */
const initializationTimeoutMsDefault = 60_000
/** A page of a list is this long, more or less: its bytes are decoded in one go. */
const pageBytes = 512 * 1024
const pageKeys = { first: 100, most: 2_000 }
/** Holds the newest compaction; its version counts them. Upstream's compact.go. */
const compactionKey = Buffer.from('compact_rev_key')

/** Connects. @throws {Error} when no endpoint answers in time, or one is no URL */
export async function openEtcdStorage(options: EtcdStorageOptions): Promise<Storage> {
  const storage = new EtcdStorage(options)
  const clock = options.clock ?? systemClock
  const endMs = clock.monotonic() + (options.initializationTimeoutMs ?? initializationTimeoutMsDefault)
  for (;;) {
    try {
      await storage.currentRevision()
      return storage
    } catch (error) {
      if (clock.monotonic() < endMs) continue
      await storage.close()
      throw new Error(`etcd (${options.endpoints.join(', ')}) does not answer: ${(error as Error).message}`, { cause: error })
    }
  }
}

class EtcdStorage implements Storage {
  readonly #connection: Connection
  readonly #keys: KeySpace
  readonly #rand: Rand
  readonly #watch: SharedWatch
  /** Key whose reading tells the revision, and that etcd answers; upstream's health check reads it, too. */
  readonly #healthKey: Buffer
  #closed: StorageFailedError | undefined
  /** As far as this process knows. */
  #compactRevision = 0
  /** How often somebody has compacted, as of the last look. */
  #compactions = 0

  constructor({ endpoints, tls, prefix, clock = systemClock, rand = systemRand, onBroken = () => {} }: EtcdStorageOptions) {
    this.#connection = new Connection({ endpoints, ...(tls ? { tls } : {}) })
    this.#keys = new KeySpace(prefix)
    this.#healthKey = this.#keys.encode(`${prefix.ours}/health`)
    this.#rand = rand
    this.#watch = new SharedWatch({
      connection: this.#connection,
      keys: this.#keys,
      clock,
      checkHistory: (revision) => this.#checkHistory(revision),
      onBroken,
    })
  }

  async currentRevision(): Promise<number> {
    return (await this.#range({ key: this.#healthKey, countOnly: true })).header.revision
  }

  async get(key: string, { revision = 0 }: { readonly revision?: number } = {}): Promise<KeyValue | undefined> {
    const { kvs } = await this.#range({ key: this.#keys.encode(key), revision })
    return kvs[0] && keyValue(key, kvs[0])
  }

  async list(
    prefix: string,
    { from = prefix, limit = 0, revision = 0 }: { readonly from?: string; readonly limit?: number; readonly revision?: number } = {},
  ): Promise<ListResult> {
    const items: KeyValue[] = []
    let { key, rangeEnd } = this.#keys.range(prefix, from)
    let at = revision
    let page = pageKeys.first
    for (;;) {
      const wanted = limit > 0 ? Math.min(page, limit - items.length) : page
      const { header, kvs, count } = await this.#range({ key, rangeEnd, limit: wanted, revision: at })
      // All pages are of the first one's revision.
      if (at === 0) at = header.revision
      let bytes = 0
      for (const kv of kvs) {
        items.push(keyValue(this.#keys.decode(kv.key)!, kv))
        bytes += kv.value.length
      }
      const remaining = count - kvs.length
      if (remaining === 0 || items.length === limit) return { revision: at, items, remaining }
      key = Buffer.concat([kvs.at(-1)!.key, Buffer.from([0])])
      page = Math.max(1, Math.min(pageKeys.most, Math.floor((pageBytes * kvs.length) / Math.max(1, bytes))))
    }
  }

  async count(prefix: string): Promise<number> {
    return (await this.#range({ ...this.#keys.range(prefix, prefix), countOnly: true })).count
  }

  async put(key: string, value: Uint8Array, expectedRevision: number, { leaseId = 0 }: { readonly leaseId?: number } = {}): Promise<WriteResult> {
    try {
      return await this.#write(key, expectedRevision, (stored) => ({ requestPut: { key: stored, value, lease: leaseId } }))
    } catch (error) {
      throw isLeaseNotFound(error) ? new LeaseNotFoundError(leaseId) : error
    }
  }

  async delete(key: string, expectedRevision: number): Promise<WriteResult> {
    if (expectedRevision === 0) return { ok: false, current: await this.get(key) }
    return this.#write(key, expectedRevision, (stored) => ({ requestDeleteRange: { key: stored } }))
  }

  async watch(prefix: string, fromRevision: number, onBatch: (batch: WatchBatch) => void, onLost?: () => void): Promise<() => void> {
    this.#assertUsable()
    return this.#watch.watch(prefix, fromRevision, onBatch, onLost)
  }

  async requestProgress(): Promise<void> {
    this.#assertUsable()
    this.#watch.requestProgress()
  }

  /** Lease ids are chosen here, because etcd's own do not fit into a number. */
  async grantLease(ttlSeconds: number): Promise<number> {
    this.#assertUsable()
    for (;;) {
      const id = 1 + Math.floor(this.#rand() * Number.MAX_SAFE_INTEGER)
      try {
        await this.#connection.call('Lease/LeaseGrant', { TTL: Math.ceil(ttlSeconds), ID: id }, { repeatable: false })
        return id
      } catch (error) {
        if (!isLeaseTaken(error)) throw error
      }
    }
  }

  async revokeLease(leaseId: number): Promise<void> {
    this.#assertUsable()
    try {
      const { header } = await this.#connection.call('Lease/LeaseRevoke', { ID: leaseId }, { repeatable: false })
      await this.#watch.reached(header.revision)
    } catch (error) {
      if (!isLeaseNotFound(error)) throw error
    }
  }

  async compact(revision: number): Promise<void> {
    this.#assertUsable()
    try {
      await this.#connection.call('KV/Compact', { revision }, { repeatable: true })
      this.#compactRevision = Math.max(this.#compactRevision, revision)
    } catch (error) {
      if (isFutureRevision(error)) throw new FutureRevisionError(await this.currentRevision())
      if (!isCompacted(error)) throw error
    }
  }

  /** Whoever counts up the version of upstream's key compacts; the others look again at their next turn. */
  async claimCompaction(revision: number): Promise<boolean> {
    const { succeeded, responses } = await this.#txn({
      compare: [{ result: 'EQUAL', target: 'VERSION', key: compactionKey, version: this.#compactions }],
      success: [{ requestPut: { key: compactionKey, value: Buffer.from(String(revision)) } }],
      failure: [{ requestRange: { key: compactionKey } }],
    })
    this.#compactions = succeeded ? this.#compactions + 1 : (responses[0]?.responseRange?.kvs[0]?.version ?? 0)
    return succeeded
  }

  async status(): Promise<{ readonly bytes: number; readonly quotaBytes: number; readonly noSpace: boolean }> {
    this.#assertUsable()
    const { dbSize, dbSizeQuota, errors } = await this.#connection.call('Maintenance/Status', {}, { repeatable: true })
    return { bytes: dbSize, quotaBytes: dbSizeQuota, noSpace: errors.some((error) => error.includes('alarm:NOSPACE')) }
  }

  async close(): Promise<void> {
    this.#closed ??= new StorageFailedError('the storage is closed')
    this.#watch.close()
    await this.#connection.close()
  }

  async #range(request: RangeRequest): Promise<RangeResponse> {
    this.#assertUsable()
    const revision = request.revision ?? 0
    if (revision !== 0 && revision < this.#compactRevision) throw new CompactedError(this.#compactRevision)
    try {
      return await this.#connection.call('KV/Range', request, { repeatable: true })
    } catch (error) {
      if (isFutureRevision(error)) throw new FutureRevisionError(await this.currentRevision())
      if (isCompacted(error)) throw new CompactedError((this.#compactRevision = await readCompactRevision(this.#connection)))
      throw error
    }
  }

  async #txn(request: TxnRequest): Promise<TxnResponse> {
    this.#assertUsable()
    return this.#connection.call('KV/Txn', request, { repeatable: false })
  }

  async #write(key: string, expectedRevision: number, operation: (stored: Buffer) => TxnRequest['success'][number]): Promise<WriteResult> {
    const stored = this.#keys.encode(key)
    const { succeeded, responses, header } = await this.#txn({
      compare: [{ result: 'EQUAL', target: 'MOD', key: stored, modRevision: expectedRevision }],
      success: [operation(stored)],
      failure: [{ requestRange: { key: stored } }],
    })
    if (succeeded) {
      await this.#watch.reached(header.revision)
      return { ok: true, revision: header.revision }
    }
    const found = responses[0]?.responseRange?.kvs[0]
    return { ok: false, current: found && keyValue(key, found) }
  }

  async #checkHistory(revision: number): Promise<number> {
    try {
      return (await this.#range({ key: this.#healthKey, countOnly: true, revision })).header.revision
    } catch (error) {
      if (error instanceof FutureRevisionError) return error.currentRevision
      throw error
    }
  }

  #assertUsable(): void {
    if (this.#closed) throw this.#closed
  }
}
