// Maps that functions and variables give.
import { CelMap, type CelValue } from '../../values/value.ts'

class TextMap extends CelMap {
  readonly #entries: ReadonlyMap<string, CelValue>
  readonly #otherwise: CelValue | undefined

  constructor(entries: ReadonlyMap<string, CelValue>, otherwise?: CelValue) {
    super()
    this.#entries = entries
    this.#otherwise = otherwise
  }

  override get size(): number {
    return this.#entries.size
  }

  override get(key: CelValue): CelValue | undefined {
    return (typeof key === 'string' ? this.#entries.get(key) : undefined) ?? this.#otherwise
  }

  override keys(): Iterable<CelValue> {
    return this.#entries.keys()
  }
}

/** @param otherwise what absent keys have, as if it were there */
export const textMap = (entries: ReadonlyMap<string, CelValue>, otherwise?: CelValue): CelMap => new TextMap(entries, otherwise)
