// What an answer warns of, each thing once, and no more than clients can take: their HTTP libraries bound headers.
// Source: k8s.io/apiserver pkg/endpoints/filters/warning.go.

/** Once all together are longer, each is cut at {@link itemCharsMax}, and beyond as much again none is added. */
const totalCharsMax = 4 * 1024
const itemCharsMax = 256
const none: readonly string[] = []

export class Warnings {
  /** Made with the first: most answers have none. */
  #texts: Set<string> | undefined
  #chars = 0
  #isCutting = false

  add(text: string): void {
    const texts = (this.#texts ??= new Set())
    if (text === '' || (this.#isCutting && this.#chars >= totalCharsMax) || texts.has(text)) return
    texts.add(text)
    this.#chars += this.#isCutting ? Math.min(lengthOf(text), itemCharsMax) : lengthOf(text)
    if (this.#isCutting || this.#chars <= totalCharsMax) return
    this.#isCutting = true
    this.#chars = [...texts].reduce((sum, each) => sum + Math.min(lengthOf(each), itemCharsMax), 0)
  }

  /** In the order in which they came. */
  get texts(): readonly string[] {
    if (!this.#texts) return none
    return this.#isCutting ? [...this.#texts].map(cut) : [...this.#texts]
  }
}

/** In code points, as Go counts runes. */
const lengthOf = (text: string) => text.length - (text.match(/[\u{10000}-\u{10ffff}]/gu)?.length ?? 0)
const cut = (text: string) =>
  text.length <= itemCharsMax
    ? text
    : Array.from(text.slice(0, 2 * itemCharsMax))
        .slice(0, itemCharsMax)
        .join('')
