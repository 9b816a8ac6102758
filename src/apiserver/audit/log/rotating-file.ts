// A log file that is put aside when it is full. Lines that come while one write is under way go out together in the next: one
// system call for many requests, none of them on the event loop. The queue is bounded by who waits: requests under way in blocking
// modes, one batch in batch mode. Source: lumberjack v2, which the names and limits are from.
import { createReadStream, createWriteStream } from 'node:fs'
import { access, type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setImmediate as endOfTurn } from 'node:timers/promises'
import { createGzip } from 'node:zlib'
import type { Clock } from '../../../util/clock.ts'
import { backupName, type BackupLimits, compressedSuffix, sortBackups } from './backups.ts'
import type { LineWriter } from './line-writer.ts'

export interface RotatingFileOptions extends BackupLimits {
  readonly path: string
  readonly bytesMax: number
}

/** What one write carries at most. */
const writeBytesMax = 1 << 20
/** Only the owner may read what everybody does. */
const mode = 0o600

interface Line {
  readonly text: string
  readonly bytes: number
  readonly written: (error: Error | undefined) => void
}

export class RotatingFile implements LineWriter {
  readonly #options: RotatingFileOptions
  readonly #clock: Clock
  readonly #warn: (error: unknown) => void
  #queue: Line[] = []
  #writing: Promise<void> | undefined
  #tidying: Promise<void> = Promise.resolve()
  #file: FileHandle | undefined
  /** Bytes in the open file. */
  #size = 0
  /** The last write failed: a part of a line may stand at the end of the file. */
  #torn = false

  private constructor(options: RotatingFileOptions, clock: Clock, warn: (error: unknown) => void) {
    this.#options = options
    this.#clock = clock
    this.#warn = warn
  }

  /**
   * Makes the file and its folder, so that a wrong path is noticed at the start.
   * @param warn told when old files cannot be removed or compressed
   * @throws {Error} ENOENT, EACCES and the like
   */
  static async open(options: RotatingFileOptions, clock: Clock, warn: (error: unknown) => void): Promise<RotatingFile> {
    await mkdir(dirname(options.path), { recursive: true, mode: 0o700 })
    await (await open(options.path, 'a', mode)).close()
    return new RotatingFile(options, clock, warn)
  }

  write(text: string): Promise<Error | undefined> {
    const bytes = Buffer.byteLength(text)
    const { bytesMax } = this.#options
    if (bytes > bytesMax) return Promise.resolve(new Error(`write length ${bytes} exceeds maximum file size ${bytesMax}`))
    const { promise, resolve } = Promise.withResolvers<Error | undefined>()
    this.#queue.push({ text, bytes, written: resolve })
    this.#writing ??= this.#writeAll()
    return promise
  }

  async close(): Promise<void> {
    await this.#writing
    await this.#file?.close()
    this.#file = undefined
    await this.#tidying
  }

  async #writeAll(): Promise<void> {
    // What else this turn of the event loop brings goes along: a write costs as much as the rest of the audit many times over.
    await endOfTurn()
    while (this.#queue.length > 0) {
      const lines = await this.#nextLines()
      const error = lines instanceof Error ? lines : await this.#append(lines)
      const done = lines instanceof Error ? this.#queue.splice(0) : lines
      for (const line of done) line.written(error)
    }
    this.#writing = undefined
  }

  /** The first lines of the queue that fit into the file, after making room. @returns the error when there is no file to be had */
  async #nextLines(): Promise<Line[] | Error> {
    const first = this.#queue[0]!
    const { bytesMax } = this.#options
    try {
      if (!this.#file) await this.#openExisting(first.bytes)
      else if (this.#size + first.bytes > bytesMax) await this.#rotate()
    } catch (error) {
      return error as Error
    }
    let count = 0
    for (let bytes = 0; count < this.#queue.length; count++) {
      bytes += this.#queue[count]!.bytes
      if (count > 0 && (bytes > writeBytesMax || this.#size + bytes > bytesMax)) break
    }
    return this.#queue.splice(0, count)
  }

  async #append(lines: readonly Line[]): Promise<Error | undefined> {
    const bytes = Buffer.from(`${this.#torn ? '\n' : ''}${lines.map(({ text }) => text).join('')}`)
    try {
      for (let at = 0; at < bytes.length;) at += (await this.#file!.write(bytes, at, bytes.length - at)).bytesWritten
      this.#torn = false
      this.#size += bytes.length
      return undefined
    } catch (error) {
      this.#torn = true
      return error as Error
    }
  }

  async #openExisting(bytes: number): Promise<void> {
    this.#tidy()
    const found = await stat(this.#options.path).catch(() => undefined)
    if (found && found.size > 0 && found.size + bytes >= this.#options.bytesMax) return this.#rotate()
    this.#file = await open(this.#options.path, 'a', mode)
    this.#size = found?.size ?? 0
  }

  async #rotate(): Promise<void> {
    const { path } = this.#options
    await this.#file?.close()
    this.#file = undefined
    await rename(path, await this.#freeBackupPath())
    this.#file = await open(path, 'ax', mode)
    this.#size = 0
    this.#tidy()
  }

  /** Two rotations in one millisecond must not overwrite each other. */
  async #freeBackupPath(): Promise<string> {
    const { path } = this.#options
    for (let atMs = this.#clock.now(); ; atMs++) {
      const backup = join(dirname(path), backupName(basename(path), atMs))
      if (!(await exists(backup)) && !(await exists(backup + compressedSuffix))) return backup
    }
  }

  /** Removes and compresses old files, one pass after the other, while lines go on being written. */
  #tidy(): void {
    this.#tidying = this.#tidying.then(() => this.#tidyOnce()).catch((error: unknown) => this.#warn(error))
  }

  async #tidyOnce(): Promise<void> {
    const { path, maxAgeDays, maxBackups, compress } = this.#options
    if (maxAgeDays === 0 && maxBackups === 0 && !compress) return
    const folder = dirname(path)
    const found = sortBackups(basename(path), await readdir(folder), this.#options, this.#clock.now())
    for (const name of found.remove) await rm(join(folder, name), { force: true })
    for (const name of found.compress) await compressFile(join(folder, name))
  }
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

/** A compressed file that stands there already is left from an attempt that was cut off. */
async function compressFile(path: string): Promise<void> {
  const target = path + compressedSuffix
  try {
    await pipeline(createReadStream(path), createGzip(), createWriteStream(target, { mode }))
  } catch (error) {
    await rm(target, { force: true })
    throw error
  }
  await rm(path)
}
