// The configuration file on disk. Source: k8s.io/apiserver pkg/server/options/encryptionconfig/config.go (loadDataAndHash).
import { createHash } from 'node:crypto'
import { type FSWatcher, watch } from 'node:fs'
import { readFile, realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { goQuote } from '../../../apimachinery/go-quote.ts'

export interface ConfigurationText {
  readonly text: string
  /** Of the content; means nothing to another release. */
  readonly hash: string
}

/** @throws {Error} when it cannot be read */
export async function readConfiguration(path: string): Promise<ConfigurationText> {
  try {
    const text = await readFile(path, 'utf8')
    return { text, hash: `k8s:enc:unstable:1:${createHash('sha256').update(text).digest('hex')}` }
  } catch (cause) {
    throw new Error(`error while loading file: error reading encryption provider configuration file ${goQuote(path)}: ${(cause as Error).message}`, { cause })
  }
}

/**
 * Calls `onChange` after something has happened in the folder of the file: files are replaced by renaming, and those of mounted
 * volumes are links into a folder that is replaced. `onChange` looks whether it was the file. @returns how to end it
 */
export async function watchConfiguration(path: string, onChange: () => void): Promise<() => void> {
  const folders = new Set([dirname(path), dirname(await realpath(path).catch(() => path))])
  const watchers: FSWatcher[] = []
  for (const folder of folders) {
    // A folder that goes away ends its watcher; the regular look at the file remains.
    watchers.push(watch(folder, { persistent: false }, onChange).on('error', () => {}))
  }
  return () => {
    for (const watcher of watchers) watcher.close()
  }
}
