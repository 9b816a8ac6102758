import { statfsSync } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'

import type { LeaseOperation } from '../../engine/log.ts'
import { pragma } from './database.ts'
import { fieldsPerWrite } from './protocol.ts'
import type { Append, Digest, Space } from './protocol.ts'
import { nextChain, recordChecksum } from './record.ts'

/**
 * Length of the log before it is checkpointed: keeps the stall of one checkpoint, and the log to replay at start, small. What is written after it
 * overwrites the beginning of the log. That matters to lone writes: to sync a file that has not grown takes half as long.
 */
const checkpointBytes = 16 * 2 ** 20
/** The log takes whole pages: each transaction adds at least a leaf of the table and one of its index. */
const pagesPerTransaction = 2
/** Of key, columns and index entry. */
const rowOverheadBytes = 200
/** Left free on the filesystem, for deletes and compaction: twice the log between two checkpoints, and as much again to be safe. */
const reserveBytes = 4 * checkpointBytes

/** Of the quota: written between two readings of the space that is left. */
const spaceReadingShare = 1 / 1024

/** The newest write, and what the next one continues from. */
export interface Head {
  readonly revision: number
  readonly chain: number
  readonly live: number
}

/** Appends to the database: any number of batches, one transaction, one fsync. */
export class Writer {
  readonly #database: DatabaseSync
  readonly #directory: string
  readonly #quotaBytes: number
  readonly #insert: StatementSync
  readonly #pageCount: StatementSync
  readonly #freePages: StatementSync
  readonly #pageBytes: number
  #head: Head
  readonly #begin: StatementSync
  readonly #end: StatementSync
  #sinceCheckpoint = 0
  /** Bytes written since {@link space} was asked last; or it said that there is none. */
  #sinceSpace = 0
  #noSpace = false
  #diskFull: boolean

  constructor(database: DatabaseSync, head: Head, options: { readonly directory: string; readonly quotaBytes: number }) {
    this.#database = database
    this.#head = head
    this.#directory = options.directory
    this.#quotaBytes = options.quotaBytes
    this.#insert = database.prepare('INSERT INTO record (revision, key, created, deleted, lease, crc, chain, live, value) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
    this.#begin = database.prepare('BEGIN IMMEDIATE')
    this.#end = database.prepare('COMMIT')
    this.#pageCount = database.prepare('PRAGMA page_count')
    this.#freePages = database.prepare('PRAGMA freelist_count')
    this.#pageBytes = pragma(database, 'page_size')
    this.#diskFull = this.#isDiskFull()
  }

  /** @throws whatever SQLite throws; then the store must not be used any more */
  commit(batches: readonly Append[]): void {
    let head = this.#head
    // A single statement is a transaction by itself.
    const isLone = batches.length === 1 && batches[0]!.keys.length === 1 && batches[0]!.leases.length === 0
    if (!isLone) this.#begin.run()
    for (const batch of batches) {
      head = this.#insertAll(batch, head)
      for (const operation of batch.leases) this.#applyLease(operation)
    }
    if (!isLone) this.#end.run()
    this.#head = head
    let bytes = 0
    for (const { values, keys } of batches) bytes += values.byteLength + keys.length * rowOverheadBytes
    this.#sinceCheckpoint += bytes + pagesPerTransaction * this.#pageBytes
    this.#sinceSpace += bytes
  }

  /** Moves the write-ahead log into the database once it has grown; to be called when nobody waits. */
  checkpointIfDue(): void {
    if (this.#sinceCheckpoint < checkpointBytes) return
    this.#sinceCheckpoint = 0
    this.#database.exec('PRAGMA wal_checkpoint(PASSIVE)')
    this.#diskFull = this.#isDiskFull()
  }

  /** Whether {@link space} may have something new to say. */
  isSpaceDue(): boolean {
    return this.#noSpace || this.#diskFull || this.#sinceSpace >= this.#quotaBytes * spaceReadingShare
  }

  space(): Space {
    const bytes = (Number(this.#pageCount.get()!.page_count) - Number(this.#freePages.get()!.freelist_count)) * this.#pageBytes
    this.#sinceSpace = 0
    this.#noSpace = bytes >= this.#quotaBytes || this.#diskFull
    return { bytes, noSpace: this.#noSpace }
  }

  digest(): Digest {
    return { revision: this.#head.revision, hash: this.#head.chain.toString(16).padStart(8, '0') }
  }

  #insertAll({ keys, fields, values }: Append, head: Head): Head {
    let { revision, chain, live } = head
    let offset = 0
    for (const [i, key] of keys.entries()) {
      const at = i * fieldsPerWrite
      const deleted = fields[at]!
      if (fields[at + 1] !== revision + 1) throw new Error(`write has revision ${fields[at + 1]} after ${revision}`)
      revision++
      const created = fields[at + 2]!
      const previous = fields[at + 3]!
      const lease = fields[at + 4]!
      const value = values.subarray(offset, (offset += fields[at + 5]!))
      const crc = recordChecksum({ revision, created, lease, deleted, key, value })
      chain = nextChain(chain, revision, crc)
      live += (deleted ? 0 : revision) - previous
      this.#insert.run(revision, key, created, deleted, lease, crc, chain, live, value)
    }
    return { revision, chain, live }
  }

  #applyLease(operation: LeaseOperation): void {
    if (operation.type === 'revoke') {
      this.#database.prepare('DELETE FROM lease WHERE id = ?').run(operation.leaseId)
      return
    }
    const { id, ttlSeconds, expiresAtMs } = operation.lease
    this.#database.prepare('INSERT INTO lease VALUES (?, ?, ?)').run(id, ttlSeconds, expiresAtMs)
  }

  #isDiskFull(): boolean {
    const { bavail, bsize } = statfsSync(this.#directory)
    return bavail * bsize < reserveBytes
  }
}
