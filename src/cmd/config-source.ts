// Configuration files that may change while the server runs: read at the start, and again when their content is another.
import { readFile } from 'node:fs/promises'
import type { ConfigSource } from '../apiserver/config-file/config-source.ts'
import type { Logger } from '../component-base/logger.ts'
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

/** Upstream looks once a minute and is told of changes between; files here are small, and some file systems tell nothing. */
const lookMs = 2000

export async function watchConfigFile<T>({ file, load, clock, logger, signal }: ConfigFileOptions<T>): Promise<ConfigSource<T>> {
  let text = await readFile(file, 'utf8')
  const current = load(text)
  const look = async (apply: (next: T) => Promise<void>) => {
    try {
      const now = await readFile(file, 'utf8')
      if (now === text) return
      text = now
      await apply(load(now))
    } catch (error) {
      logger.error('The configuration file could not be loaded again; the old state stays in force', error, { file })
    }
  }
  return {
    current,
    onChange: (apply) => {
      const next = () => void (signal.aborted || clock.after(lookMs, () => void look(apply).then(next)))
      next()
    },
  }
}
