// What the SQLite driver promises beyond storage.cases.ts: nothing acknowledged is ever lost, and damage is noticed.

import { spawn } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, test } from 'vitest'

import { systemClock } from '../../../util/clock.ts'
import { FakeClock } from '../../../util/fake/clock.ts'
import { NoSpaceError, StorageFailedError } from '../../storage.ts'
import type { Storage } from '../../storage.ts'
import { restoreBackup } from './backup.ts'
import { remoteFilesystemName } from './directory.ts'
import { openSqliteStorage } from './sqlite.ts'
import type { SqliteStorage, SqliteStorageOptions } from './sqlite.ts'

const root = mkdtempSync(join(tmpdir(), 'sqlite-storage-'))
afterAll(() => rmSync(root, { recursive: true }))
let directories = 0
const newDirectory = (): string => join(root, String(directories++))

const open = (directory: string, options: Partial<SqliteStorageOptions> = {}): Promise<SqliteStorage> =>
  openSqliteStorage({ directory, clock: systemClock, ...options })
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

async function put(storage: Storage, key: string, value: Uint8Array, expectedRevision = 0): Promise<number> {
  const result = await storage.put(key, value, expectedRevision)
  if (!result.ok) throw new Error(`put of ${key} refused`)
  return result.revision
}

async function contents(storage: Storage): Promise<Record<string, string>> {
  const { items } = await storage.list('')
  return Object.fromEntries(items.map((item) => [item.key, `${Buffer.from(item.value).toString()}@${item.createRevision}/${item.modRevision}`]))
}

/** Some keys, some of them changed and deleted; closed again. */
async function filled(): Promise<string> {
  const directory = newDirectory()
  const storage = await open(directory)
  for (let i = 0; i < 30; i++) {
    const revision = await put(storage, `/k/${i}`, Buffer.alloc(3000, `value of key ${i} `))
    if (i % 3 === 0) await put(storage, `/k/${i}`, bytes('changed'), revision)
    if (i % 3 === 1) await storage.delete(`/k/${i}`, revision)
  }
  await storage.close()
  return directory
}

describe('reopening', () => {
  test('finds everything as it was: values, revisions, history, digest', async () => {
    const directory = newDirectory()
    const first = await open(directory)
    const created = await put(first, '/a', bytes('1'))
    const updated = await put(first, '/a', bytes('2'), created)
    await first.delete('/b', await put(first, '/b', bytes('x')))
    const before = { contents: await contents(first), revision: await first.currentRevision(), digest: await first.digest() }
    await first.close()

    const second = await open(directory)
    expect({ contents: await contents(second), revision: await second.currentRevision(), digest: await second.digest() }).toEqual(before)
    expect(await second.get('/a', { revision: created })).toMatchObject({ modRevision: created })
    expect(await put(second, '/a', bytes('3'), updated)).toBe(before.revision + 1)
    await second.close()
  })

  test('a lease goes on with what was left of it', async () => {
    const directory = newDirectory()
    const clock = new FakeClock()
    const first = await open(directory, { clock })
    await first.put('/a', bytes('1'), 0, { leaseId: await first.grantLease(100) })
    await clock.advance(60_000)
    await first.close()
    const second = await open(directory, { clock })
    await clock.advance(39_000)
    expect(await second.count('')).toBe(1)
    await clock.advance(2_000)
    await expect.poll(() => second.count('')).toBe(0)
    await second.close()
  })

  test('compaction frees history, also when it was cut short, and verification holds afterwards', async () => {
    const directory = newDirectory()
    const first = await open(directory)
    let revision = 0
    for (let i = 0; i < 1200; i++) revision = await put(first, '/a', Buffer.alloc(500, 97), revision)
    await first.delete('/gone', await put(first, '/gone', bytes('x')))
    const newest = await first.currentRevision()
    await first.close()
    // As if the process had died right after noting the compaction.
    const database = new DatabaseSync(join(directory, 'store.db'))
    database.exec(`UPDATE meta SET value = ${newest} WHERE name = 'compact_revision'`)
    database.close()

    const second = await open(directory)
    await expect(second.get('/a', { revision: newest - 1 })).rejects.toMatchObject({ compactRevision: newest })
    await second.verify()
    await second.close()
    const after = new DatabaseSync(join(directory, 'store.db'))
    expect(
      after
        .prepare('SELECT key, revision FROM record ORDER BY revision')
        .all()
        .map((row) => ({ ...row })),
    ).toEqual([
      { key: '/a', revision: newest - 2 },
      { key: '/gone', revision: newest },
    ])
    after.close()
  })
})

describe('a process that is killed', () => {
  test('loses nothing that a reply or a watcher has seen, and its lock goes with it', async () => {
    const directory = newDirectory()
    const program = `
      import { openSqliteStorage } from ${JSON.stringify(new URL('./sqlite.ts', import.meta.url).href)}
      import { systemClock } from ${JSON.stringify(new URL('../../../util/clock.ts', import.meta.url).href)}
      const storage = await openSqliteStorage({ directory: ${JSON.stringify(directory)}, clock: systemClock })
      await storage.watch('/', 1, ({ events }) => { for (const event of events) process.stdout.write(event.key + ' ' + event.revision + '\\n') })
      async function write(writer) {
        for (let i = 0; ; i++) {
          const key = '/w' + writer + '/' + i
          const { revision } = await storage.put(key, new Uint8Array(1000).fill(writer), 0)
          process.stdout.write(key + ' ' + revision + '\\n')
        }
      }
      await Promise.all(Array.from({ length: 16 }, (_, i) => write(i)))`
    const file = join(root, 'writers.mjs')
    writeFileSync(file, program)
    const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    const seen = new Map<string, number>()
    let lines = 0
    for await (const line of createInterface({ input: child.stdout })) {
      const [key, revision] = line.split(' ') as [string, string]
      // The last line may be cut off.
      if (revision) seen.set(key, Number(revision))
      if (++lines === 100) await expect(open(directory)).rejects.toMatchObject({ name: 'StorageOpenError', reason: 'Locked' })
      if (lines === 2000) child.kill('SIGKILL')
    }
    await ended

    const storage = await open(directory)
    const lost = []
    for (const [key, revision] of [...seen].slice(0, -1)) if ((await storage.get(key))?.modRevision !== revision) lost.push(key)
    expect(lost).toEqual([])
    expect(seen.size).toBeGreaterThan(900)
    await storage.verify()
    await storage.close()
  }, 20_000)

  /** A copy of the files of a running store is what a killed one leaves. */
  async function killed(): Promise<string> {
    const [directory, copy] = [newDirectory(), newDirectory()]
    const storage = await open(directory)
    for (let i = 0; i < 20; i++) await put(storage, `/k/${i}`, Buffer.alloc(2000, i))
    cpSync(directory, copy, { recursive: true })
    await storage.close()
    return copy
  }

  test('leaves a write-ahead log that is taken up', async () => {
    const storage = await open(await killed())
    expect(await storage.count('/k/')).toBe(20)
    await storage.close()
  })

  test('a log whose end is torn off costs the writes at its end, and no others', async () => {
    const directory = await killed()
    const wal = join(directory, 'store.db-wal')
    truncateSync(wal, statSync(wal).size - 5000)
    const storage = await open(directory)
    expect((await storage.list('/k/')).items).toHaveLength(19)
    await storage.close()
  })

  test.each([
    { name: 'in its header', at: 17 },
    { name: 'in an early frame', at: 60_000 },
    { name: 'in the middle', at: 200_000 },
  ])('a log that is damaged $name is refused, not cut short', async ({ at }) => {
    const directory = await killed()
    flip(join(directory, 'store.db-wal'), at)
    await expect(open(directory)).rejects.toMatchObject({ reason: 'Corrupt' })
  })
})

function flip(file: string, at: number): void {
  const content = readFileSync(file)
  content[at]! ^= 1
  writeFileSync(file, content)
}

describe('damage', () => {
  test('one flipped bit anywhere is found or does no harm', async () => {
    const directory = await filled()
    const reference = await open(directory)
    const expected = await contents(reference)
    await reference.close()
    const { size } = statSync(join(directory, 'store.db'))
    let found = 0
    for (let at = 100; at < size; at += Math.floor(size / 25)) {
      const copy = newDirectory()
      cpSync(directory, copy, { recursive: true })
      flip(join(copy, 'store.db'), at)
      try {
        const storage = await open(copy)
        expect({ at, contents: await contents(storage) }).toEqual({ at, contents: expected })
        await storage.close()
      } catch (error) {
        if ((error as Error).name !== 'StorageOpenError') throw error
        found++
      }
    }
    expect(found).toBeGreaterThan(5)
  }, 20_000)

  test('a flipped bit in a value is named', async () => {
    const directory = await filled()
    const file = join(directory, 'store.db')
    flip(file, readFileSync(file).indexOf('value of key 20') + 9)
    await expect(open(directory)).rejects.toThrow(/is corrupt: record of revision \d+ does not match its checksum/)
  })

  test('a lost row is found, also behind intact checksums', async () => {
    const directory = await filled()
    const database = new DatabaseSync(join(directory, 'store.db'))
    database.exec(`DELETE FROM record WHERE key = '/k/2'`)
    database.close()
    await expect(open(directory)).rejects.toMatchObject({ reason: 'Corrupt' })
  })

  test('a truncated file is found', async () => {
    const directory = await filled()
    truncateSync(join(directory, 'store.db'), statSync(join(directory, 'store.db')).size - 20_000)
    await expect(open(directory)).rejects.toMatchObject({ reason: 'Corrupt' })
  })

  test('damage that is met while serving ends the store', async () => {
    const directory = newDirectory()
    const first = await open(directory)
    const old = await put(first, '/a', bytes('old'))
    await put(first, '/a', bytes('new'), old)
    // Opening verifies the present and the newest records: the damage must lie further back.
    await Promise.all(Array.from({ length: 600 }, (_, i) => put(first, `/k/${i}`, bytes('x'))))
    await first.close()
    const database = new DatabaseSync(join(directory, 'store.db'))
    database.exec(`UPDATE record SET value = x'6f6c65' WHERE revision = ${old}`)
    database.close()
    const failures: StorageFailedError[] = []
    const second = await open(directory, { onFailure: (error) => void failures.push(error) })
    await expect(second.get('/a', { revision: old })).rejects.toThrow(/does not match its checksum/)
    await expect(second.get('/a')).rejects.toThrow(StorageFailedError)
    expect(failures).toHaveLength(1)
    await second.close()
  })
})

describe('the directory', () => {
  test('is private', async () => {
    const directory = newDirectory()
    const storage = await open(directory)
    await put(storage, '/a', bytes('1'))
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    for (const file of ['store.db', 'store.db-wal', 'store.db-shm', 'lock'])
      expect({ file, mode: statSync(join(directory, file)).mode & 0o777 }).toEqual({ file, mode: 0o600 })
    await storage.close()
    chmodSync(directory, 0o755)
    await (await open(directory)).close()
    expect(statSync(directory).mode & 0o777).toBe(0o700)
  })

  test('has one owner at a time, in this process too; opening in vain does not disturb it', async () => {
    const directory = newDirectory()
    const storage = await open(directory)
    await expect(open(directory)).rejects.toThrow(`the store in ${directory} is in use by another process`)
    await expect(open(directory)).rejects.toMatchObject({ reason: 'Locked' })
    await put(storage, '/a', bytes('1'))
    await storage.close()
    await (await open(directory)).close()
  })

  test('a newer format is refused and left alone', async () => {
    const directory = await filled()
    const file = join(directory, 'store.db')
    const database = new DatabaseSync(file)
    database.exec('PRAGMA user_version = 99')
    database.close()
    const before = readFileSync(file)
    await expect(open(directory)).rejects.toThrow(/has format 99, this program knows formats up to 1/)
    await expect(open(directory)).rejects.toMatchObject({ reason: 'NewerFormat' })
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  test("somebody else's database is refused", async () => {
    const directory = newDirectory()
    await (await open(directory)).close()
    rmSync(join(directory, 'store.db'))
    const database = new DatabaseSync(join(directory, 'store.db'))
    database.exec('CREATE TABLE kine (id INTEGER)')
    database.close()
    await expect(open(directory)).rejects.toThrow(/is not a Coxswain store/)
  })

  test.each([
    { filesystem: 'ext4', magic: 0xef53, remote: false },
    { filesystem: 'tmpfs', magic: 0x01021994, remote: false },
    { filesystem: 'overlayfs', magic: 0x794c7630, remote: false },
    { filesystem: 'nfs', magic: 0x6969, remote: true },
    { filesystem: 'cifs', magic: 0xff534d42, remote: true },
    { filesystem: 'fuse', magic: 0x65735546, remote: true },
  ])('may lie on $filesystem: not if it is remote', ({ magic, remote }) => {
    expect(remoteFilesystemName(magic) !== undefined).toBe(remote)
  })
})

test('at the quota only deletes and compaction are taken, until there is room again', async () => {
  const storage = await open(newDirectory(), { quotaBytes: 2 ** 20 })
  const fill = async (): Promise<void> => {
    for (let i = 0; i < 100; i++) await put(storage, `/k/${i}`, Buffer.alloc(50_000))
  }
  await expect(fill()).rejects.toThrow(NoSpaceError)
  expect(await storage.status()).toMatchObject({ noSpace: true, quotaBytes: 2 ** 20 })
  for (const { key, modRevision } of (await storage.list('/k/')).items.slice(0, 10)) expect((await storage.delete(key, modRevision)).ok).toBe(true)
  await storage.compact(await storage.currentRevision())
  // The space of dropped rows is counted with the next commit.
  const [first] = (await storage.list('/k/')).items
  await storage.delete(first!.key, first!.modRevision)
  expect(await storage.status()).toMatchObject({ noSpace: false })
  await put(storage, '/k/again', bytes('1'))
  await storage.close()
})

test('a commit that fails ends the store: what is under way fails, and everything after it', async () => {
  const directory = newDirectory()
  const failures: StorageFailedError[] = []
  const storage = await open(directory, { onFailure: (error) => void failures.push(error) })
  const revision = await put(storage, '/a', bytes('1'))
  const intruder = new DatabaseSync(join(directory, 'store.db'))
  intruder.exec('BEGIN IMMEDIATE')
  const outcomes = await Promise.allSettled([storage.put('/a', bytes('2'), revision), storage.put('/b', bytes('1'), 0), storage.put('/b', bytes('2'), 77)])
  intruder.close()
  for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'StorageFailedError' } })
  await expect(storage.get('/a')).rejects.toThrow(StorageFailedError)
  await expect(storage.put('/c', bytes('1'), 0)).rejects.toThrow(/database is locked/)
  expect(failures).toHaveLength(1)
  await storage.close()
})

describe('backup', () => {
  test('is a consistent copy of the live store, and a store can be made from it', async () => {
    const storage = await open(newDirectory())
    const backedUp = new AbortController()
    const pairs: Promise<void>[] = []
    // Pairs are always written b before a: a consistent copy never holds more of a than of b.
    const write = async (writer: number): Promise<void> => {
      for (let i = 0; !backedUp.signal.aborted; i++) {
        await put(storage, `/b/${writer}-${i}`, Buffer.alloc(2000))
        await put(storage, `/a/${writer}-${i}`, Buffer.alloc(2000))
      }
    }
    for (let i = 0; i < 8; i++) pairs.push(write(i))
    const before = await storage.currentRevision()
    const file = join(root, 'backup.db')
    const { sha256 } = await storage.backup(file)
    backedUp.abort()
    await Promise.all(pairs)
    await storage.close()
    expect(readFileSync(`${file}.sha256`, 'utf8')).toBe(`${sha256}  backup.db\n`)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(existsSync(`${file}.partial`)).toBe(false)

    const directory = newDirectory()
    await restoreBackup({ file, directory })
    const restored = await open(directory)
    const revision = await restored.currentRevision()
    expect(revision).toBeGreaterThanOrEqual(before)
    const b = new Set((await restored.list('/b/')).items.map((item) => item.key.slice(3)))
    for (const { key } of (await restored.list('/a/')).items) expect(b.has(key.slice(3))).toBe(true)
    await restored.verify()
    await put(restored, '/new', bytes('1'))
    await restored.close()
    await expect(restoreBackup({ file, directory })).rejects.toThrow(/holds a store already/)
  })

  test('that does not match its checksum is refused', async () => {
    const storage = await open(newDirectory())
    await put(storage, '/a', bytes('1'))
    const file = join(root, 'bad.db')
    await storage.backup(file)
    await storage.close()
    flip(file, 5000)
    const directory = newDirectory()
    await expect(restoreBackup({ file, directory })).rejects.toMatchObject({ reason: 'Corrupt' })
    expect(existsSync(join(directory, 'store.db'))).toBe(false)
  })

  test('into a directory that does not exist fails, and the store goes on', async () => {
    const storage = await open(newDirectory())
    await expect(storage.backup(join(root, 'none', 'backup.db'))).rejects.toThrow(/ENOENT/)
    await put(storage, '/a', bytes('1'))
    await storage.close()
  })
})
