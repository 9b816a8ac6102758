// Reads a container's log file: the last lines, since a time, with timestamps, and on as it grows and is rotated.
// Source: Kubernetes 1.36 pkg/kubelet/kuberuntime/logs/logs.go (client side behaviour is the same).

import { type FileHandle, open, stat } from 'node:fs/promises'
import type { Clock } from '../../util/clock.ts'
import { type LogEntry, parseLogLine } from './cri-log.ts'
import { tailOffset } from './log-tail.ts'

export interface LogOptions {
  readonly follow: boolean
  readonly timestamps: boolean
  readonly previous: boolean
  /** Undefined: from the beginning. */
  readonly tailLines?: number
  readonly limitBytes?: number
  readonly sinceMs?: number
  readonly stream?: 'stdout' | 'stderr'
}

export interface LogSource {
  readonly path: string
  readonly clock: Clock
  /** Follows until the container has ended and all is read. */
  readonly ended: () => boolean
}

const chunkBytes = 64 * 1024
/** A file that grew is noticed this soon; upstream watches with inotify. */
const pollMs = 200
/** A runtime splits lines at 16 KiB; what is longer without a newline is not in the format. */
const lineBytesMax = 1024 * 1024

/** @throws {Error} ENOENT when there is no log */
export async function* readLog({ path, clock, ended }: LogSource, options: LogOptions, signal: AbortSignal): AsyncGenerator<Buffer> {
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY
  for await (const line of lines({ path, clock, ended }, options, signal)) {
    const text = format(line, options)
    if (!text) continue
    yield text.subarray(0, Math.min(left, text.length))
    left -= text.length
    if (left <= 0) return
  }
}

function format(line: Buffer, { timestamps, sinceMs, stream }: LogOptions): Buffer | undefined {
  const entry: LogEntry | undefined = parseLogLine(line)
  if (!entry || (stream && entry.stream !== stream)) return undefined
  if (sinceMs !== undefined && Date.parse(entry.timestamp) < sinceMs) return undefined
  return timestamps ? Buffer.concat([Buffer.from(`${entry.timestamp} `), entry.content]) : entry.content
}

async function* lines({ path, clock, ended }: LogSource, { follow, tailLines }: LogOptions, signal: AbortSignal): AsyncGenerator<Buffer> {
  let file = await open(path)
  try {
    let position = tailLines === undefined ? 0 : await tailOffset(file, tailLines)
    let rest = Buffer.alloc(0)
    const buffer = Buffer.alloc(chunkBytes)
    while (!signal.aborted) {
      // Asked before reading: what was written before the end is then read after it.
      const last = ended()
      const { bytesRead } = await file.read(buffer, 0, chunkBytes, position)
      if (bytesRead > 0) {
        position += bytesRead
        rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
        for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
          yield rest.subarray(0, end)
          rest = rest.subarray(end + 1)
        }
        if (rest.length > lineBytesMax) throw new Error(`log line longer than ${lineBytesMax} bytes`)
        continue
      }
      if (!follow || last) return
      const next = await rotated(path, file)
      if (next) {
        await file.close()
        file = next
        position = 0
        continue
      }
      await clock.sleep(pollMs, signal).catch(() => {})
    }
  } finally {
    await file.close()
  }
}

/** The file that has taken the place of the one being read. */
async function rotated(path: string, file: FileHandle): Promise<FileHandle | undefined> {
  const [now, mine] = await Promise.all([stat(path).catch(() => undefined), file.stat()])
  return now && now.ino !== mine.ino ? open(path) : undefined
}
