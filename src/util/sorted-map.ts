// A map that also knows the order of its keys. A hash map answers point reads; the sorted keys are cut into short chunks, so that
// inserting moves at most one chunk and positions are found by two binary searches.

/** Keys per chunk: moving 512 pointers costs well under a microsecond, and a million keys are only some 2,000 chunks to add up. */
const chunkKeysMax = 512

/** Any UTF-16 unit from the surrogates on: only there do UTF-16 and UTF-8 order differ. */
const wideUnit = /[\ud800-\uffff]/

/** Compares like the bytes of the UTF-8 encodings. */
export function compareBytewise(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i)
    const right = b.charCodeAt(i)
    if (left !== right) return rank(left) - rank(right)
  }
  return a.length - b.length
}

/** Surrogates (which encode U+10000 and up) go after U+E000..U+FFFF. */
function rank(unit: number): number {
  return unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

/** String keys in bytewise (UTF-8) order. Not to be changed while one of its iterators is being read. */
export class SortedMap<V> {
  readonly #values = new Map<string, V>()
  /** Invariant: no chunk is empty; keys ascend within and across chunks. */
  readonly #chunks: string[][] = []
  /** Whether any key ever held a {@link wideUnit}; until then the engine's own comparison is right, and much faster. */
  #wide = false

  get size(): number {
    return this.#values.size
  }

  get(key: string): V | undefined {
    return this.#values.get(key)
  }

  has(key: string): boolean {
    return this.#values.has(key)
  }

  set(key: string, value: V): void {
    if (!this.#values.has(key)) this.#insertKey(key)
    this.#values.set(key, value)
  }

  delete(key: string): boolean {
    if (!this.#values.delete(key)) return false
    const [chunkIndex, index] = this.#position(key)
    const chunk = this.#chunks[chunkIndex]!
    chunk.splice(index, 1)
    if (chunk.length === 0) this.#chunks.splice(chunkIndex, 1)
    return true
  }

  /** Values in key order of the keys that start with `prefix` and are not before `from`. */
  *range(prefix: string, from: string = prefix): Generator<V> {
    let [chunkIndex, index] = this.#position(this.#less(from, prefix) ? prefix : from)
    for (; chunkIndex < this.#chunks.length; chunkIndex++, index = 0) {
      const chunk = this.#chunks[chunkIndex]!
      for (; index < chunk.length; index++) {
        const key = chunk[index]!
        if (!key.startsWith(prefix)) return
        yield this.#values.get(key)!
      }
    }
  }

  /** How many values {@link range} would yield, without visiting them. */
  count(prefix: string, from: string = prefix): number {
    const [startChunk, start] = this.#position(this.#less(from, prefix) ? prefix : from)
    const [endChunk, end] = this.#find((key) => this.#less(key, prefix) || key.startsWith(prefix))
    if (startChunk > endChunk || (startChunk === endChunk && start >= end)) return 0
    let count = end - start
    for (let i = startChunk; i < endChunk; i++) count += this.#chunks[i]!.length
    return count
  }

  #less(a: string, b: string): boolean {
    return this.#wide ? compareBytewise(a, b) < 0 : a < b
  }

  /** Chunk and index of the first key that is not before `key`. */
  #position(key: string): [chunk: number, index: number] {
    return this.#find((other) => this.#less(other, key))
  }

  /** Chunk and index of the first key for which `before` is false; `before` must be true for a run of first keys only. */
  #find(before: (key: string) => boolean): [chunk: number, index: number] {
    const chunkIndex = partition(this.#chunks.length, (i) => before(this.#chunks[i]!.at(-1) ?? ''))
    const chunk = this.#chunks[chunkIndex]
    return [chunkIndex, chunk ? partition(chunk.length, (i) => before(chunk[i]!)) : 0]
  }

  #insertKey(key: string): void {
    this.#wide ||= wideUnit.test(key)
    if (this.#chunks.length === 0) this.#chunks.push([])
    let [chunkIndex, index] = this.#position(key)
    if (chunkIndex === this.#chunks.length) index = this.#chunks[--chunkIndex]!.length
    const chunk = this.#chunks[chunkIndex]!
    chunk.splice(index, 0, key)
    if (chunk.length > chunkKeysMax) {
      // Ascending inserts (loading) leave full chunks behind; others split in the middle.
      const cut = index === chunk.length - 1 ? chunk.length - 1 : chunk.length >> 1
      this.#chunks.splice(chunkIndex + 1, 0, chunk.splice(cut))
    }
  }
}

/** The first of 0..length-1 for which `before` is false, or `length`. */
function partition(length: number, before: (index: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (before(middle)) low = middle + 1
    else high = middle
  }
  return low
}
