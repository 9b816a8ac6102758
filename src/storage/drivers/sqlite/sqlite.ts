import type { Clock } from '../../../util/clock.ts'
import { Engine } from '../../engine/engine.ts'
import type { WindowBounds } from '../../engine/state.ts'
import type { Storage, StorageFailedError } from '../../storage.ts'
import type { BackupResult, Digest, VerifyCursor } from './protocol.ts'
import { SqliteLog } from './sqlite-log.ts'

/** etcd's default. */
const quotaBytesDefault = 2 * 2 ** 30
/** Every record is verified this often; damage is found while backups from before it still exist. */
const verifyEveryMs = 24 * 3_600_000

export interface SqliteStorageOptions {
  /** Made if needed. Only one process at a time can have it open. */
  readonly directory: string
  readonly clock: Clock
  /** Bytes of the database from which on only deletes and compaction are taken. Default 2 GiB. */
  readonly quotaBytes?: number
  /** Called once when the store has failed (an I/O error, corruption): end the process then, with a failure. */
  readonly onFailure?: (error: StorageFailedError) => void
  /** Entry point of the worker thread, for bundles. Default: `worker.ts` beside this module. */
  readonly workerUrl?: URL
  /** How much recent history is kept in memory; older history comes from the file. */
  readonly window?: WindowBounds
}

export interface SqliteStorage extends Storage {
  /** Writes a consistent copy of the live store to a new file (mode 0600), its checksum to `FILE.sha256`. @see restoreBackup */
  backup(toFile: string): Promise<BackupResult>
  /** Running hash over all writes: equal digests at equal revisions mean equal histories. */
  digest(): Promise<Digest>
  /** Checks every record of the file, a bounded part at a time. Damage fails the store. */
  verify(): Promise<void>
}

/** @throws {StorageOpenError} locked, newer format, corrupt, or on a network filesystem */
export async function openSqliteStorage(options: SqliteStorageOptions): Promise<SqliteStorage> {
  const { directory, clock, quotaBytes = quotaBytesDefault, workerUrl = new URL('./worker.ts', import.meta.url), onFailure, window } = options
  const { log, snapshot } = await SqliteLog.open({ directory, quotaBytes, workerUrl })
  return new SqliteEngine(log, { log, snapshot, clock, ...(onFailure && { onFailure }), ...(window && { window }) })
}

class SqliteEngine extends Engine implements SqliteStorage {
  readonly #sqliteLog: SqliteLog
  readonly #closing = new AbortController()

  constructor(log: SqliteLog, options: ConstructorParameters<typeof Engine>[0]) {
    super(options)
    this.#sqliteLog = log
    void this.#verifyRegularly(options.clock)
  }

  backup(toFile: string): Promise<BackupResult> {
    return this.#sqliteLog.call('backup', toFile)
  }

  digest(): Promise<Digest> {
    return this.#sqliteLog.call('digest')
  }

  async verify(): Promise<void> {
    let cursor: VerifyCursor | undefined
    do cursor = await this.#sqliteLog.call('verifySome', cursor)
    while (cursor && !this.#closing.signal.aborted)
  }

  override async close(): Promise<void> {
    this.#closing.abort()
    await super.close()
  }

  /** Ends when the store is closed, or has failed: the engine learns of that by itself. */
  async #verifyRegularly(clock: Clock): Promise<void> {
    try {
      for (;;) {
        await clock.sleep(verifyEveryMs, this.#closing.signal)
        await this.verify()
      }
    } catch {
      this.#closing.abort()
    }
  }
}
