// Reads of the file: the present at start, the past while serving. Whatever is read is checked against its checksum.

import type { DatabaseSync, StatementSync } from 'node:sqlite'

import type { Entry, Lease } from '../../engine/log.ts'
import type { ListResult, StorageEvent } from '../../storage.ts'
import { readMeta } from './database.ts'
import { CorruptError } from './errors.ts'
import type { VerifyCursor } from './protocol.ts'
import { nextChain, recordChecksum, toRow } from './record.ts'
import type { RecordColumns, RecordRow } from './record.ts'
import type { Head } from './writer.ts'

const columns = 'revision, key, created, deleted, lease, crc, chain, live, value'
/** Rows looked at in one go, so that commits never wait long behind a reader: some milliseconds. */
const rowsPerStep = 500
/** After every key there is: no UTF-8 sequence is greater. */
const afterAll = '\u{10ffff}'

/** Finds, for each key of a range, its newest revision up to another one; the index alone answers it. */
const newestOfKeys = `SELECT revision FROM (
  SELECT max(revision) AS revision, deleted FROM record WHERE key >= ? AND key < ? AND revision <= ? GROUP BY key ORDER BY key
) WHERE NOT deleted`

export class Reader {
  readonly #database: DatabaseSync
  readonly #byRevision: StatementSync
  readonly #newestOf: StatementSync
  readonly #newestOfKeys: StatementSync

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#byRevision = columnsOf(database, `SELECT ${columns} FROM record WHERE revision = ?`)
    this.#newestOf = columnsOf(database, `SELECT ${columns} FROM record WHERE key = ? AND revision <= ? ORDER BY revision DESC LIMIT 1`)
    this.#newestOfKeys = columnsOf(database, newestOfKeys)
  }

  /** The newest row: where the store stands. The first revision is 1, as etcd's. */
  head(): Head {
    const row = this.#database.prepare('SELECT revision, chain, live FROM record ORDER BY revision DESC LIMIT 1').get() as unknown as Head | undefined
    if (!row && readMeta(this.#database, 'compact_revision') > 1) throw new CorruptError('all records are gone')
    return row ?? { revision: 1, chain: 0, live: 0 }
  }

  leases(): Lease[] {
    const rows = this.#database.prepare('SELECT id, ttl_seconds AS ttlSeconds, expires_at_ms AS expiresAtMs FROM lease').all()
    return rows as unknown as Lease[]
  }

  /** Every key's newest value, in the order of writing (which reads the file from front to end). @throws {CorruptError} also if any key is missing or stale */
  *entries(head: Head): Generator<Entry> {
    let live = 0
    const newest = columnsOf(this.#database, `SELECT ${columns} FROM record WHERE revision IN (${newestOfKeys}) ORDER BY revision`)
    for (const found of newest.iterate('', afterAll, head.revision) as unknown as Iterable<RecordColumns>) {
      live += found[0]
      yield toEntry(checked(toRow(found)))
    }
    if (live !== head.live)
      throw new CorruptError(`the newest values do not add up to what was written last (${live} instead of ${head.live}): keys are missing or stale`)
  }

  get(key: string, revision: number): Entry | undefined {
    const found = this.#newestOf.get(key, revision) as unknown as RecordColumns | undefined
    const row = found && checked(toRow(found))
    return row && !row.deleted ? toEntry(row) : undefined
  }

  list(prefix: string, from: string, limit: number, revision: number): Omit<ListResult, 'revision'> {
    const first = Buffer.compare(Buffer.from(from), Buffer.from(prefix)) < 0 ? prefix : from
    const revisions = this.#revisionsAt(first, prefix + afterAll, revision)
    const items = (limit === 0 ? revisions : revisions.slice(0, limit)).map((revision) => toEntry(this.#row(revision)))
    return { items, remaining: revisions.length - items.length }
  }

  events(prefix: string, after: number, upTo: number): { readonly events: readonly StorageEvent[]; readonly revision: number } {
    const last = Math.min(after + rowsPerStep, upTo)
    const rows = columnsOf(this.#database, `SELECT ${columns} FROM record WHERE revision > ? AND revision <= ? ORDER BY revision`).all(after, last)
    const events: StorageEvent[] = []
    for (const found of rows as unknown as RecordColumns[]) {
      const row = toRow(found)
      if (row.key.startsWith(prefix)) events.push(this.#toEvent(checked(row)))
    }
    return { events, revision: last }
  }

  /** Checks a bounded number of rows after `cursor`: checksums, the running hash, and that no revision since the last compaction is missing. */
  verifySome(cursor: VerifyCursor | undefined): VerifyCursor | undefined {
    const compactRevision = readMeta(this.#database, 'compact_revision')
    const rows = columnsOf(this.#database, `SELECT ${columns} FROM record WHERE revision > ? ORDER BY revision LIMIT ${rowsPerStep}`).all(cursor?.revision ?? 0)
    let before = cursor
    for (const found of rows as unknown as RecordColumns[]) {
      const { revision, crc, chain } = checked(toRow(found))
      const follows = before?.revision === revision - 1
      if (before && !follows && revision > compactRevision + 1) throw new CorruptError(`revisions between ${before.revision} and ${revision} are missing`)
      if (before && follows && chain !== nextChain(before.chain, revision, crc)) throw new CorruptError(`the running hash breaks at revision ${revision}`)
      before = { revision, chain }
    }
    return rows.length < rowsPerStep ? undefined : before
  }

  /** Verifies the newest rows, where a crash would have left its marks. */
  verifyTail(head: Head): void {
    const from = this.#database.prepare('SELECT revision, chain FROM record WHERE revision >= ? ORDER BY revision LIMIT 1').get(head.revision - rowsPerStep)
    if (from) this.verifySome(from as unknown as VerifyCursor)
  }

  #revisionsAt(from: string, end: string, revision: number): number[] {
    return (this.#newestOfKeys.all(from, end, revision) as unknown as [number][]).map(([revision]) => revision)
  }

  #row(revision: number): RecordRow {
    const found = this.#byRevision.get(revision) as unknown as RecordColumns | undefined
    if (!found) throw new CorruptError(`record of revision ${revision} is missing`)
    return checked(toRow(found))
  }

  #toEvent(row: RecordRow): StorageEvent {
    const { revision, key } = row
    const previous = row.deleted || row.created < revision ? this.get(key, revision - 1) : undefined
    if (!row.deleted) return { type: 'put', revision, key, current: toEntry(row), previous }
    if (!previous) throw new CorruptError(`delete of revision ${revision} has no value before it`)
    return { type: 'delete', revision, key, previous }
  }
}

/** Rows as arrays: much cheaper than objects. */
function columnsOf(database: DatabaseSync, sql: string): StatementSync {
  const statement = database.prepare(sql)
  statement.setReturnArrays(true)
  return statement
}

function checked(row: RecordRow): RecordRow {
  if (recordChecksum(row) !== row.crc) throw new CorruptError(`record of revision ${row.revision} does not match its checksum`)
  return row
}

function toEntry({ key, value, revision, created, lease }: RecordRow): Entry {
  return { key, value, modRevision: revision, createRevision: created, leaseId: lease }
}
