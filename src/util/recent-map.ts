// A map of texts that forgets what has not been asked for lately.
//
// Two generations: what is set or found goes to the young one; when that is full it becomes the old one, and what nobody asked for since
// the last change is gone. No list to keep in order, and never more than twice the bound.

export class RecentMap<V> {
  readonly #charactersMax: number
  #young = new Map<string, V>()
  #old = new Map<string, V>()
  #characters = 0

  /** @param charactersMax of the keys of one generation */
  constructor(charactersMax: number) {
    this.#charactersMax = charactersMax
  }

  get(key: string): V | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  /** Keys longer than a quarter of the bound are not kept. */
  set(key: string, value: V): void {
    if (key.length > this.#charactersMax / 4) return
    if (this.#characters + key.length > this.#charactersMax) {
      this.#old = this.#young
      this.#young = new Map()
      this.#characters = 0
    }
    if (!this.#young.has(key)) this.#characters += key.length
    this.#young.set(key, value)
  }
}
