// The configuration file on disk. Source: k8s.io/apiserver pkg/server/options/encryptionconfig/config.go (loadDataAndHash).
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
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
