// The file: tables, format, settings. One row of `record` per write holds key, value and everything that must agree with it, so that one
// transaction, and mostly one page, is all a write needs.

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { createPrivate, databaseName, syncDirectory } from './directory.ts'
import { StorageOpenError } from './errors.ts'
import { assertWalIntact } from './wal.ts'

/** Raised by every change that older programs would misread. */
const formatVersion = 1
/** "Coxs": tells `file` and us that the database is ours. */
const applicationId = 0x436f7873

/** Large enough for three usual objects (5 KB) without overflow pages: measured 10-30 % faster than 4 and 8 KB, with shorter checkpoints. */
const pageBytes = 16384
/** SQLite's page cache. Values are read once, at start; what recurs is the top of the index. */
const cacheKib = 8192

const schema = `
  CREATE TABLE record (
    revision INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    created INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    lease INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    chain INTEGER NOT NULL,
    live INTEGER NOT NULL,
    value BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX record_by_key ON record (key, revision, deleted);
  CREATE TABLE lease (id INTEGER PRIMARY KEY, ttl_seconds INTEGER NOT NULL, expires_at_ms INTEGER NOT NULL) STRICT;
  -- compact_revision: reads before it are refused. dropped_revision: rows up to here have been looked at by compaction.
  CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO meta VALUES ('compact_revision', 0), ('dropped_revision', 0);
`

/** @throws {StorageOpenError} for a newer format or a database that is not ours; nothing has been changed then */
export function openDatabase(directory: string): DatabaseSync {
  const file = join(directory, databaseName)
  createPrivate(file)
  assertWalIntact(`${file}-wal`)
  const database = new DatabaseSync(file)
  try {
    database.exec(`PRAGMA busy_timeout = 0; PRAGMA page_size = ${pageBytes}; PRAGMA cache_size = -${cacheKib}; PRAGMA cell_size_check = ON`)
    const isNew = pragma(database, 'schema_version') === 0
    if (!isNew) assertFormat(database, file)
    // Checkpoints are asked for by the writer: SQLite's automatic ones swallow their errors.
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 0; PRAGMA wal_checkpoint(TRUNCATE)',
    )
    if (isNew) {
      database.exec(`BEGIN IMMEDIATE; ${schema}; PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${formatVersion}; COMMIT`)
      syncDirectory(directory)
    }
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

export function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get()!)[0])
}

export function readMeta(database: DatabaseSync, name: 'compact_revision' | 'dropped_revision'): number {
  return Number(database.prepare('SELECT value FROM meta WHERE name = ?').get(name)!.value)
}

/** Runs `change` in a transaction. An error from COMMIT means: nobody knows what is on the disk; the caller must not go on. */
export function inTransaction<T>(database: DatabaseSync, change: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  const result = change()
  database.exec('COMMIT')
  return result
}

function assertFormat(database: DatabaseSync, file: string): void {
  if (pragma(database, 'application_id') !== applicationId) throw new StorageOpenError('Failed', `${file} is not a Coxswain store`)
  const version = pragma(database, 'user_version')
  if (version > formatVersion) {
    throw new StorageOpenError(
      'NewerFormat',
      `${file} has format ${version}, this program knows formats up to ${formatVersion}: use the version that wrote it, or a newer one`,
    )
  }
}
