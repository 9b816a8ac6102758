// Items in the order in which they came, of which any can leave: what is under way, what waits.
//
// A Set does that too, but not for thousands of items a second that each stay for a millisecond: its table is rebuilt every few of them, and
// one that has been given up keeps its items and points to its successor (iterators follow it). Here nothing is made, and an item that has
// left points nowhere.

export interface Linked<T> {
  previous: T | undefined
  next: T | undefined
}

/** Each item is in one list at most, and is itself the link. */
export class LinkedList<T extends Linked<T>> {
  first: T | undefined
  #last: T | undefined

  push(item: T): void {
    item.previous = this.#last
    if (this.#last) this.#last.next = item
    else this.first = item
    this.#last = item
  }

  /** @param item that is in this list */
  remove(item: T): void {
    const { previous, next } = item
    if (previous) previous.next = next
    else this.first = next
    if (next) next.previous = previous
    else this.#last = previous
    item.previous = item.next = undefined
  }

  /** Oldest first. The item that is at hand may leave meanwhile. */
  *[Symbol.iterator](): Generator<T> {
    for (let at = this.first, next: T | undefined; at; at = next) {
      next = at.next
      yield at
    }
  }
}
