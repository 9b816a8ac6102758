/** The last `size` items that were added; the one that has to leave for a new one is told to. */
export class Ring<T> {
  readonly #size: number
  readonly #leave: (item: T) => void
  readonly #items: T[] = []
  #next = 0

  constructor(size: number, leave: (item: T) => void) {
    this.#size = size
    this.#leave = leave
  }

  add(item: T): void {
    if (this.#items.length === this.#size) this.#leave(this.#items[this.#next]!)
    this.#items[this.#next] = item
    this.#next = (this.#next + 1) % this.#size
  }
}
