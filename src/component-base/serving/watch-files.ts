// Tells when the content of files has changed: written in place, replaced by rename, or switched by a symbolic link as in mounted volumes.
import { type FSWatcher, readFileSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '../../util/clock.ts'
import type { Component } from '../component.ts'
import type { Logger } from '../logger.ts'

export interface WatchFilesOptions {
  readonly files: readonly string[]
  /** Applies what the files say now. When it throws, the state before stays in force and it is called again. */
  readonly changed: () => Promise<void>
  readonly clock: Clock
  readonly logger: Logger
}

/** Two files of a pair are written one after the other. */
const settleMs = 100
/** Events get lost (network file systems, directories that are replaced): upstream's resync of certificate files. */
const lookEveryMs = 60_000

/** What the files say when this is called is known already; {@link WatchFilesOptions.changed} is called for what comes after. */
export function watchFiles({ files, changed, clock, logger }: WatchFilesOptions): Component {
  const known = files.map(textOf).join('\0')
  return {
    name: 'file watch',
    async run(signal) {
      let current = known
      let wake = () => {}
      const watchers = [...new Set(files.map((file) => dirname(file)))].flatMap((directory) => watchDirectory(directory, () => wake()))
      try {
        while (!signal.aborted) {
          const woken = Promise.withResolvers<void>()
          wake = woken.resolve
          const now = files.map(textOf).join('\0')
          if (now !== current) {
            try {
              await changed()
              current = now
              logger.info('Files have changed and are in force', { files })
              continue
            } catch (error) {
              logger.error('Changed files cannot be used; what was before stays in force', error, { files })
            }
          }
          const ended = new AbortController()
          await Promise.race([woken.promise, clock.sleep(lookEveryMs, AbortSignal.any([signal, ended.signal])).catch(() => {})])
          ended.abort()
          if (!signal.aborted) await clock.sleep(settleMs, signal).catch(() => {})
        }
      } finally {
        for (const watcher of watchers) watcher.close()
      }
    },
  }
}

/** '' for a file that is not there, or cannot be read: whoever applies the change says what is wrong. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** The directory, because a file that is replaced is another one. */
function watchDirectory(directory: string, changed: () => void): FSWatcher[] {
  try {
    const watcher = watch(directory, { persistent: false }, changed)
    watcher.on('error', () => watcher.close())
    return [watcher]
  } catch {
    return [] // it may come later: the regular look finds it
  }
}
