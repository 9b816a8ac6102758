import type { OpenRefusal } from './protocol.ts'

/** The store cannot be opened; `reason` says why in one word, the message what to do about it. */
export class StorageOpenError extends Error {
  override readonly name = 'StorageOpenError'
  readonly reason: OpenRefusal
  constructor(reason: OpenRefusal, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** What the files say cannot be what was written. */
export class CorruptError extends Error {
  override readonly name = 'CorruptError'
}

/** SQLITE_CORRUPT and SQLITE_NOTADB, also as extended codes, whose low byte they are. */
export function isCorruption(error: unknown): boolean {
  if (error instanceof CorruptError) return true
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
  return code === 11 || code === 26
}
