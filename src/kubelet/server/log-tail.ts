import { type FileHandle, open } from 'node:fs/promises'
import { parseLogLine } from './cri-log.ts'

const blockBytes = 64 * 1024

/** @returns the byte offset at which the last `lines` lines begin */
export async function tailOffset(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat()
  if (lines <= 0) return size
  const buffer = Buffer.alloc(blockBytes)
  let found = 0
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - blockBytes)
    const { bytesRead } = await file.read(buffer, 0, end - start, start)
    for (let at = bytesRead - 1; at >= 0; at--) {
      // The newline that ends the last line does not begin another one.
      if (buffer[at] !== 0x0a || start + at === size - 1) continue
      if (++found === lines) return start + at + 1
    }
    end = start
  }
  return 0
}

/** The end of a log as plain text, at most `lines` lines and `bytes` bytes. '' when the file is gone. */
export async function readLastLines(path: string, { lines, bytes }: { readonly lines: number; readonly bytes: number }): Promise<string> {
  const file = await open(path).catch(() => undefined)
  if (!file) return ''
  try {
    const { size } = await file.stat()
    // Each line carries about 40 bytes of prefix.
    const start = Math.max(await tailOffset(file, lines), size - bytes - lines * 64)
    const buffer = Buffer.alloc(size - start)
    await file.read(buffer, 0, buffer.length, start)
    const text = splitLines(buffer).map((line) => parseLogLine(line)?.content ?? Buffer.alloc(0))
    return Buffer.concat(text).subarray(-bytes).toString()
  } finally {
    await file.close()
  }
}

function splitLines(buffer: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (let at = 0; at < buffer.length;) {
    const end = buffer.indexOf(0x0a, at)
    lines.push(buffer.subarray(at, end < 0 ? buffer.length : end))
    at = end < 0 ? buffer.length : end + 1
  }
  return lines
}
