// Lists and maps that expressions make.
import { CelDouble, CelError, CelList, CelMap, CelUint, type CelValue, int } from './value.ts'

/** A list over an array, which must not change any more. */
export class ArrayList extends CelList {
  readonly #elements: readonly CelValue[]

  constructor(elements: readonly CelValue[]) {
    super()
    this.#elements = elements
  }

  get size(): number {
    return this.#elements.length
  }

  at(index: number): CelValue {
    return this.#elements[index]!
  }

  override [Symbol.iterator](): Iterator<CelValue> {
    return this.#elements[Symbol.iterator]()
  }

  toArray(): readonly CelValue[] {
    return this.#elements
  }
}

export const emptyList = new ArrayList([])

/**
 * A list that grows by appending: what `map` and `filter` make. Appending to the newest of them is done in place and gives a longer view
 * of the same array, so that n steps cost n and not n²; a view that is not the newest is copied.
 */
export class AppendableList extends CelList {
  readonly size: number
  readonly #elements: CelValue[]

  private constructor(elements: CelValue[], size: number) {
    super()
    this.#elements = elements
    this.size = size
  }

  static of(left: CelList, right: CelList): AppendableList {
    const shared = left instanceof AppendableList && left.#elements.length === left.size
    const elements = shared ? left.#elements : [...left]
    for (let i = 0; i < right.size; i++) elements.push(right.at(i))
    return new AppendableList(elements, elements.length)
  }

  at(index: number): CelValue {
    return this.#elements[index]!
  }
}

/** Bool, int, uint and string may be keys; a double may be asked for. Equal numbers are one key. */
type CanonicalKey = boolean | number | bigint | string

function canonicalKey(key: CelValue): CanonicalKey | undefined {
  if (typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean') return key
  if (key instanceof CelUint) return int(key.value)
  if (key instanceof CelDouble && Number.isInteger(key.value)) return int(BigInt(key.value))
  return undefined
}

/** A map of values. */
export class ValueMap extends CelMap {
  readonly #entries: ReadonlyMap<CanonicalKey, readonly [CelValue, CelValue]>

  private constructor(entries: ReadonlyMap<CanonicalKey, readonly [CelValue, CelValue]>) {
    super()
    this.#entries = entries
  }

  /** @throws {CelError} for keys of other types and, unless `replace`, for keys that occur twice */
  static of(entries: Iterable<readonly [CelValue, CelValue]>): ValueMap {
    const map = new Map<CanonicalKey, readonly [CelValue, CelValue]>()
    for (const entry of entries) {
      const key = entry[0] instanceof CelDouble ? undefined : canonicalKey(entry[0])
      if (key === undefined) throw new CelError('unsupported key type')
      if (map.has(key)) throw new CelError(`Failed with repeated key: ${String(key)}`)
      map.set(key, entry)
    }
    return new ValueMap(map)
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: CelValue): CelValue | undefined {
    const canonical = canonicalKey(key)
    return canonical === undefined ? undefined : this.#entries.get(canonical)?.[1]
  }

  *keys(): Iterable<CelValue> {
    for (const [key] of this.#entries.values()) yield key
  }
}

export const emptyMap = ValueMap.of([])
