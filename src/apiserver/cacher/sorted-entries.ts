// The newest state of one resource in key order.
import type { Entry } from './entry.ts'

export class SortedEntries {
  readonly #byKey = new Map<string, Entry>()
  readonly #keys: string[] = []

  get size(): number {
    return this.#byKey.size
  }

  get(key: string): Entry | undefined {
    return this.#byKey.get(key)
  }

  set(entry: Entry): void {
    if (!this.#byKey.has(entry.key)) this.#keys.splice(this.#find(entry.key), 0, entry.key)
    this.#byKey.set(entry.key, entry)
  }

  delete(key: string): void {
    if (!this.#byKey.delete(key)) return
    this.#keys.splice(this.#find(key), 1)
  }

  /** Entries whose keys start with `prefix`, from key `from` on. */
  range(prefix: string, from = prefix): Entry[] {
    const entries: Entry[] = []
    for (let at = this.#find(from); at < this.#keys.length && this.#keys[at]!.startsWith(prefix); at++) {
      entries.push(this.#byKey.get(this.#keys[at]!)!)
    }
    return entries
  }

  /** Index of the first key that is not less than `key`. */
  #find(key: string): number {
    let low = 0
    let high = this.#keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#keys[middle]! < key) low = middle + 1
      else high = middle
    }
    return low
  }
}
