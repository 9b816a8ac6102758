// The store's directory: who may see it, where it may lie, and who holds it.

import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, statfsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { StorageOpenError } from './errors.ts'

/** Superblock magics (statfs(2), linux/magic.h) of filesystems whose locks and fsync another machine, or another kernel, answers for. */
const remoteFilesystems: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9p'],
  [0x65735546, 'FUSE or virtiofs'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
])

/** @returns the name of a filesystem that a store must not lie on */
export function remoteFilesystemName(magic: number): string | undefined {
  return remoteFilesystems.get(magic)
}

export const databaseName = 'store.db'
const lockName = 'lock'

/** Makes the directory if needed: 0700, its name durable. @throws {StorageOpenError} on a remote filesystem */
export function prepareDirectory(directory: string): void {
  if (!existsSync(directory)) {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    syncDirectory(dirname(directory))
  }
  chmodSync(directory, 0o700)
  const remote = remoteFilesystemName(statfsSync(directory).type)
  if (remote)
    throw new StorageOpenError('NetworkFilesystem', `${directory} is on ${remote}: the store needs a local filesystem, whose locks and fsync can be trusted`)
}

/**
 * Takes the directory for this process; the kernel gives it back when the process ends, however it ends.
 * The lock is SQLite's own (POSIX, on a database of its own), so that other tools can still read the store itself.
 * @returns releases the lock
 * @throws {StorageOpenError} if somebody holds it
 */
export function lockDirectory(directory: string): () => void {
  const file = join(directory, lockName)
  createPrivate(file)
  const lock = new DatabaseSync(file)
  try {
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    throw new StorageOpenError('Locked', `the store in ${directory} is in use by another process`, { cause })
  }
  return () => lock.close()
}

/**
 * Creates an empty file with mode 0600 unless it is there. SQLite gives a database's companions (-wal, -shm) the same mode.
 * An existing file is never opened here: closing it would drop the POSIX locks that this process holds on it.
 */
export function createPrivate(file: string): void {
  if (existsSync(file)) chmodSync(file, 0o600)
  else closeSync(openSync(file, 'wx', 0o600))
}

/** Makes created and renamed names in `directory` durable. */
export function syncDirectory(directory: string): void {
  const fd = openSync(directory, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
