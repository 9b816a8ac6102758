// The newest state of one resource in key order: blocks of keys, each sorted, so that an insertion moves few of them.
import type { Entry } from './entry.ts'

/** A block that grows beyond this is cut in two. */
const blockKeysMax = 512

export class SortedEntries {
  readonly #byKey = new Map<string, Entry>()
  /** No block is empty but an only one. */
  readonly #blocks: string[][] = [[]]

  get size(): number {
    return this.#byKey.size
  }

  get(key: string): Entry | undefined {
    return this.#byKey.get(key)
  }

  set(entry: Entry): void {
    if (!this.#byKey.has(entry.key)) this.#insert(entry.key)
    this.#byKey.set(entry.key, entry)
  }

  delete(key: string): void {
    if (!this.#byKey.delete(key)) return
    const at = this.#blockOf(key)
    const block = this.#blocks[at]!
    block.splice(lowerBound(block, key), 1)
    if (block.length === 0 && this.#blocks.length > 1) this.#blocks.splice(at, 1)
  }

  /** Entries whose keys start with `prefix`, from key `from` on. */
  range(prefix: string, from = prefix): Entry[] {
    const entries: Entry[] = []
    let at = this.#blockOf(from)
    let index = lowerBound(this.#blocks[at]!, from)
    for (; at < this.#blocks.length; at++, index = 0) {
      const block = this.#blocks[at]!
      for (; index < block.length; index++) {
        const key = block[index]!
        if (!key.startsWith(prefix)) return entries
        entries.push(this.#byKey.get(key)!)
      }
    }
    return entries
  }

  #insert(key: string): void {
    const at = this.#blockOf(key)
    const block = this.#blocks[at]!
    block.splice(lowerBound(block, key), 0, key)
    if (block.length > blockKeysMax) this.#blocks.splice(at + 1, 0, block.splice(block.length >>> 1))
  }

  /** Index of the last block that begins at or before `key`; else of the first. */
  #blockOf(key: string): number {
    let low = 0
    let high = this.#blocks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#blocks[middle]![0]! <= key) low = middle
      else high = middle - 1
    }
    return low
  }
}

/** Index of the first key that is not less than `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (keys[middle]! < key) low = middle + 1
    else high = middle
  }
  return low
}
