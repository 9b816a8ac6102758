import type { Entry, Traits } from './entry.ts'

const none: ReadonlySet<Entry> = new Set()

/** Entries of a resource by a value of their traits. The cacher keeps it as its entries are. */
export class EntryIndex {
  readonly #valueOf: (traits: Traits) => string
  readonly #byValue = new Map<string, Set<Entry>>()

  /** @param valueOf '': the entry is not in the index */
  constructor(valueOf: (traits: Traits) => string) {
    this.#valueOf = valueOf
  }

  with(value: string): ReadonlySet<Entry> {
    return this.#byValue.get(value) ?? none
  }

  add(entry: Entry): void {
    const value = this.#valueOf(entry.traits)
    if (value === '') return
    const same = this.#byValue.get(value)
    if (same) same.add(entry)
    else this.#byValue.set(value, new Set([entry]))
  }

  remove(entry: Entry): void {
    const value = this.#valueOf(entry.traits)
    const same = this.#byValue.get(value)
    if (same?.delete(entry) && same.size === 0) this.#byValue.delete(value)
  }
}
