/** A binary heap whose items can be found and taken out by key. The item that `before` every other comes first. */
export class Heap<T> {
  readonly #items: T[] = []
  readonly #index = new Map<string, number>()
  readonly #keyOf: (item: T) => string
  readonly #before: (a: T, b: T) => boolean

  constructor({ keyOf, before }: { keyOf: (item: T) => string; before: (a: T, b: T) => boolean }) {
    this.#keyOf = keyOf
    this.#before = before
  }

  get size(): number {
    return this.#items.length
  }

  peek(): T | undefined {
    return this.#items[0]
  }

  get(key: string): T | undefined {
    const at = this.#index.get(key)
    return at === undefined ? undefined : this.#items[at]
  }

  values(): Iterable<T> {
    return this.#items.values()
  }

  /** Adds an item, or replaces the one with its key. O(log n). */
  set(item: T): void {
    const key = this.#keyOf(item)
    const at = this.#index.get(key) ?? this.#items.length
    this.#put(item, at)
    this.#down(this.#up(at))
  }

  pop(): T | undefined {
    const first = this.#items[0]
    if (first !== undefined) this.delete(this.#keyOf(first))
    return first
  }

  /** @returns the item that was taken out */
  delete(key: string): T | undefined {
    const at = this.#index.get(key)
    if (at === undefined) return undefined
    const item = this.#items[at]
    this.#index.delete(key)
    const last = this.#items.pop()!
    if (at < this.#items.length) {
      this.#put(last, at)
      this.#down(this.#up(at))
    }
    return item
  }

  #put(item: T, at: number): void {
    this.#items[at] = item
    this.#index.set(this.#keyOf(item), at)
  }

  #swap(a: number, b: number): void {
    const item = this.#items[a]!
    this.#put(this.#items[b]!, a)
    this.#put(item, b)
  }

  #up(at: number): number {
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#before(this.#items[at]!, this.#items[parent]!)) break
      this.#swap(at, parent)
      at = parent
    }
    return at
  }

  #down(at: number): void {
    for (;;) {
      let first = at
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < this.#items.length && this.#before(this.#items[child]!, this.#items[first]!)) first = child
      if (first === at) return
      this.#swap(at, first)
      at = first
    }
  }
}
