// Lists and maps that expressions make.
import { checkListSize } from './bounds.ts'
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

/** Lists up to this size are copied; of longer ones views are made. */
const copiedMax = 64

/** Both lists after each other. Costs little, whatever their sizes. @throws {CelError} if it were too long */
export function concatenate(left: CelList, right: CelList): CelList {
  if (left.size === 0) return right
  if (right.size === 0) return left
  checkListSize(left.size + right.size)
  const grows = right.size <= copiedMax && (left.size <= copiedMax || (left instanceof AppendableList && left.isNewest))
  return grows ? AppendableList.of(left, right) : new JoinedList(left, right)
}

class JoinedList extends CelList {
  readonly size: number
  readonly #left: CelList
  readonly #right: CelList

  constructor(left: CelList, right: CelList) {
    super()
    this.size = left.size + right.size
    this.#left = left
    this.#right = right
  }

  at(index: number): CelValue {
    return index < this.#left.size ? this.#left.at(index) : this.#right.at(index - this.#left.size)
  }
}

/**
 * A list that grows by appending: what `map` and `filter` make. Appending to the newest of them is done in place and gives a longer view
 * of the same array, so that n steps cost n and not n²; a view that is not the newest is copied.
 */
class AppendableList extends CelList {
  readonly size: number
  readonly #elements: CelValue[]

  private constructor(elements: CelValue[], size: number) {
    super()
    this.#elements = elements
    this.size = size
  }

  static of(left: CelList, right: CelList): AppendableList {
    const elements = left instanceof AppendableList && left.isNewest ? left.#elements : [...left]
    for (let i = 0; i < right.size; i++) elements.push(right.at(i))
    return new AppendableList(elements, elements.length)
  }

  get isNewest(): boolean {
    return this.#elements.length === this.size
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

interface Entry {
  readonly key: CelValue
  readonly value: CelValue
  /** How many were there before it. */
  readonly index: number
}

/** A map of values. Like an appendable list it is a view: entries that were added to a longer map of the same origin are not seen. */
export class ValueMap extends CelMap {
  readonly size: number
  readonly #entries: Map<CanonicalKey, Entry>

  private constructor(entries: Map<CanonicalKey, Entry>) {
    super()
    this.#entries = entries
    this.size = entries.size
  }

  /** @throws {CelError} for keys of other types and for keys that occur twice */
  static of(entries: Iterable<readonly [CelValue, CelValue]>): ValueMap {
    const map = new Map<CanonicalKey, Entry>()
    for (const [key, value] of entries) if (!add(map, key, value)) throw new CelError(`Failed with repeated key: ${String(canonicalKey(key))}`)
    return new ValueMap(map)
  }

  /** With one more entry; `undefined` if there is one of the key. Adding to the newest of them is done in place. @throws {CelError} */
  static extended(map: CelMap, key: CelValue, value: CelValue): ValueMap | undefined {
    const isNewest = map instanceof ValueMap && map.size > 0 && map.#entries.size === map.size
    const entries = isNewest ? map.#entries : new Map<CanonicalKey, Entry>()
    if (!isNewest) for (const known of map.keys()) add(entries, known, map.get(known)!)
    return add(entries, key, value) ? new ValueMap(entries) : undefined
  }

  get(key: CelValue): CelValue | undefined {
    const canonical = canonicalKey(key)
    const entry = canonical === undefined ? undefined : this.#entries.get(canonical)
    return entry && entry.index < this.size ? entry.value : undefined
  }

  *keys(): Iterable<CelValue> {
    for (const { key, index } of this.#entries.values()) {
      if (index >= this.size) return
      yield key
    }
  }
}

/** @returns false if there is one of the key @throws {CelError} */
function add(entries: Map<CanonicalKey, Entry>, key: CelValue, value: CelValue): boolean {
  const canonical = key instanceof CelDouble ? undefined : canonicalKey(key)
  if (canonical === undefined) throw new CelError('unsupported key type')
  if (entries.has(canonical)) return false
  checkListSize(entries.size + 1)
  entries.set(canonical, { key, value, index: entries.size })
  return true
}
