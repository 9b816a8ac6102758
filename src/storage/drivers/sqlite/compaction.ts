// Dropping history. Only rows written since the last compaction can have outdated others, so compaction walks those, not the whole table:
// for each such row up to the compact revision, older rows of its key go; if it is a tombstone it goes as well. The row of the compact
// revision itself always stays: it tells where the store stands even if nothing else is left. The walk's position is kept in the same
// transaction, so a compaction that was interrupted goes on where it was.

import type { DatabaseSync } from 'node:sqlite'

import { inTransaction, readMeta } from './database.ts'

/** Rows walked per transaction: some milliseconds, so that commits never wait long. */
const revisionsPerStep = 500

export function markCompacted(database: DatabaseSync, revision: number): void {
  inTransaction(database, () => database.prepare(`UPDATE meta SET value = max(value, ?) WHERE name = 'compact_revision'`).run(revision))
}

/** @returns whether there is more to drop */
export function dropSome(database: DatabaseSync): boolean {
  const compactRevision = readMeta(database, 'compact_revision')
  // The last compaction's own revision is walked again: its tombstone, kept then, may go now.
  const from = readMeta(database, 'dropped_revision')
  const to = Math.min(from + revisionsPerStep, compactRevision)
  if (from >= compactRevision) return false
  inTransaction(database, () => {
    database
      .prepare(
        `DELETE FROM record WHERE revision IN (
          SELECT old.revision FROM record AS new CROSS JOIN record AS old ON old.key = new.key AND old.revision < new.revision
          WHERE new.revision BETWEEN ? AND ?)`,
      )
      .run(from, to)
    database.prepare('DELETE FROM record WHERE deleted AND revision BETWEEN ? AND ?').run(from, Math.min(to, compactRevision - 1))
    database.prepare(`UPDATE meta SET value = ? WHERE name = 'dropped_revision'`).run(to)
  })
  return to < compactRevision
}
