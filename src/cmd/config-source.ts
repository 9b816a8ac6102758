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
  /** Told of each time that the file was read again. */
  readonly reloaded?: (succeeded: boolean) => void
  /** Ends the looking. */
  readonly signal: AbortSignal
}

/** What several files are watched with. */
export interface ConfigWatching extends Pick<ConfigFileOptions<unknown>, 'clock' | 'logger' | 'signal'> {
  /** Counts the reloads of one kind of configuration. */
  readonly reloads: (kind: 'authentication' | 'authorization') => (succeeded: boolean) => void
}

export async function watchConfigFile<T>({ file, load, clock, logger, reloaded, signal }: ConfigFileOptions<T>): Promise<ConfigSource<T>> {
  const read = async () => load(await readFile(file, 'utf8'))
  let apply: ((next: T) => Promise<void>) | undefined
  async function reload(): Promise<void> {
    try {
      await apply?.(await read())
      reloaded?.(true)
    } catch (error) {
      reloaded?.(false)
      throw error
    }
  }
  // Before the file is read: what is written to it meanwhile is seen.
  const watch = watchFiles({ files: [file], changed: () => reload(), clock, logger })
  return {
    current: await read(),
    onChange(next) {
      apply = next
      void watch.run(signal)
    },
  }
}
