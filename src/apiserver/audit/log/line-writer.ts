import type { Writable } from 'node:stream'

/** Where lines go. */
export interface LineWriter {
  /** @param line with its newline. Resolves with the error when it could not be written; never rejects */
  write(line: string): Promise<Error | undefined>
  /** After what was given to write is written. */
  close(): Promise<void>
}

/** Standard output; it stays open. */
export function streamWriter(stream: Writable): LineWriter {
  return {
    write(line) {
      const { promise, resolve } = Promise.withResolvers<Error | undefined>()
      stream.write(line, (error) => resolve(error ?? undefined))
      return promise
    },
    close: () => Promise.resolve(),
  }
}
