// Configuration files that may change while the server runs: read at the start, and again when their content is another.
import { readFile } from 'node:fs/promises'
import type { ConfigSource } from '../apiserver/config-file/config-source.ts'
import type { Logger } from '../component-base/logger.ts'
import { watchFiles } from '../component-base/serving/watch-files.ts'
import type { Clock } from '../util/clock.ts'

export interface ConfigFileOptions<T> {
  readonly file: string
  /** @throws {Error} for a text that cannot be used: at the start that ends the process, later the old state stays in force */
  readonly load: (text: string) => T
  readonly clock: Clock
  readonly logger: Logger
  /** Ends the looking. */
  readonly signal: AbortSignal
}

export async function watchConfigFile<T>({ file, load, clock, logger, signal }: ConfigFileOptions<T>): Promise<ConfigSource<T>> {
  const read = async () => load(await readFile(file, 'utf8'))
  let apply: ((next: T) => Promise<void>) | undefined
  // Before the file is read: what is written to it meanwhile is seen.
  const watch = watchFiles({ files: [file], changed: async () => apply?.(await read()), clock, logger })
  return {
    current: await read(),
    onChange(next) {
      apply = next
      void watch.run(signal)
    },
  }
}
