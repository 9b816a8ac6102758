// Tells when the content of files has changed: written in place, replaced by rename, or switched by a symbolic link as in mounted volumes.
import { type FSWatcher, readFileSync, realpathSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '../../util/clock.ts'
import type { Component } from '../component.ts'
import type { Logger } from '../logger.ts'

export interface WatchFilesOptions {
  readonly files: readonly string[]
  /** Applies what the files say now. When it throws, the state before stays in force and it is called again, later each time. */
  readonly changed: (signal: AbortSignal) => Promise<void>
  readonly clock: Clock
  readonly logger: Logger
}

/** Two files of a pair are written one after the other. */
const settleMs = 100
/** Events get lost (network file systems, directories that are replaced): upstream's resync of certificate files. */
const lookEveryMs = 60_000
/** What could not be applied may depend on others (a plugin that is starting): the first further attempt; twice as long each time. */
const retryMsFirst = 1000

/** What the files say when this is called is known already; {@link WatchFilesOptions.changed} is called for what comes after. */
export function watchFiles({ files, changed, clock, logger }: WatchFilesOptions): Component {
  const known = files.map(textOf).join('\0')
  return {
    name: 'file watch',
    async run(signal) {
      let current = known
      let failures = 0
      let wake = () => {}
      const watchers = [...new Set(files.flatMap(directoriesOf))].flatMap((directory) => watchDirectory(directory, () => wake()))
      try {
        while (!signal.aborted) {
          const woken = Promise.withResolvers<void>()
          wake = woken.resolve
          const now = files.map(textOf).join('\0')
          if (now === current) failures = 0
          else {
            try {
              await changed(signal)
              current = now
              failures = 0
              logger.info('Files have changed and are in force', { files })
              continue
            } catch (error) {
              if (signal.aborted) return
              failures++
              logger.error('Changed files cannot be used; what was before stays in force', error, { files })
            }
          }
          const ended = new AbortController()
          const waitMs = failures === 0 ? lookEveryMs : Math.min(lookEveryMs, retryMsFirst * 2 ** (failures - 1))
          await Promise.race([woken.promise, clock.sleep(waitMs, AbortSignal.any([signal, ended.signal])).catch(() => {})])
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

/** Directories, because a file that is replaced is another one: where it is, and where it is really. */
function directoriesOf(file: string): readonly string[] {
  try {
    return [dirname(file), dirname(realpathSync(file))]
  } catch {
    return [dirname(file)] // not there yet
  }
}

function watchDirectory(directory: string, changed: () => void): FSWatcher[] {
  try {
    const watcher = watch(directory, { persistent: false }, changed)
    watcher.on('error', () => watcher.close())
    return [watcher]
  } catch {
    return [] // it may come later: the regular look finds it
  }
}
