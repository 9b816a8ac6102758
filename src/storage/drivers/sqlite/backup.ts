// A backup is one file, a database in itself, with its SHA-256 beside it (`FILE.sha256`, as sha256sum writes it). It appears under its name
// only when it is complete and durable.

import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { copyFile, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'

import { createPrivate, databaseName, lockDirectory, prepareDirectory, syncDirectory } from './directory.ts'
import { StorageOpenError } from './errors.ts'
import type { BackupResult } from './protocol.ts'

/** Pages copied between two turns of the event loop (4 MB). */
const pagesPerStep = 256

/** Copies the live store as it is now, while commits go on: a reader of its own holds on to this moment. */
export async function writeBackup(directory: string, toFile: string): Promise<BackupResult> {
  const partial = `${toFile}.partial`
  await rm(partial, { force: true })
  createPrivate(partial)
  const source = new DatabaseSync(join(directory, databaseName), { readOnly: true })
  try {
    source.exec('BEGIN; SELECT count(*) FROM meta')
    await backup(source, partial, { rate: pagesPerStep })
  } finally {
    source.close()
  }
  // The copy says it uses a write-ahead log, as the original does; as a single file it must not need one.
  const copy = new DatabaseSync(partial)
  copy.exec('PRAGMA journal_mode = DELETE')
  copy.close()
  const sha256 = await sha256Of(partial)
  await syncFile(partial)
  await writeFile(`${toFile}.sha256`, `${sha256}  ${basename(toFile)}\n`, { mode: 0o600, flush: true })
  await rename(partial, toFile)
  syncDirectory(dirname(resolve(toFile)))
  return { bytes: (await stat(toFile)).size, sha256 }
}

/**
 * Makes a store in `directory` from a backup. Its revisions go on where the backup's ended, so clients must list anew.
 * @throws {StorageOpenError} if there is a store already, or the backup does not match its checksum
 */
export async function restoreBackup(options: { readonly file: string; readonly directory: string }): Promise<void> {
  const { file, directory } = options
  prepareDirectory(directory)
  const unlock = lockDirectory(directory)
  try {
    const target = join(directory, databaseName)
    if (existsSync(target)) throw new StorageOpenError('Failed', `${directory} holds a store already`)
    const [expected] = (await readFile(`${file}.sha256`, 'utf8')).split(' ')
    const partial = `${target}.partial`
    await copyFile(file, partial)
    createPrivate(partial)
    if ((await sha256Of(partial)) !== expected) {
      await rm(partial)
      throw new StorageOpenError('Corrupt', `${file} does not match its checksum in ${file}.sha256`)
    }
    await syncFile(partial)
    await rename(partial, target)
    syncDirectory(directory)
  } finally {
    unlock()
  }
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

async function syncFile(file: string): Promise<void> {
  await using handle = await open(file, 'r+')
  await handle.sync()
}
