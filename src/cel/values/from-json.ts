// JSON as values, wrapped when it is looked at: an object of a thousand fields costs nothing until one is read.
// Source: cel-go common/types/provider.go (NativeToValue of map[string]any).
import { int64Of } from '../../apimachinery/codec/raw-json.ts'
import { isRaw } from '../../apimachinery/json-equal.ts'
import type { JsonObject, JsonValue } from '../../apimachinery/json-value.ts'
import { CelDouble, CelList, CelMap, type CelValue, int } from './value.ts'

/** Whole numbers are ints, as Kubernetes decodes them; `1.0`, where its spelling was kept, is a double. */
export function fromJson(value: JsonValue): CelValue {
  if (typeof value === 'string' || typeof value === 'boolean') return value
  // + 0 makes 0 of -0.
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value + 0 : new CelDouble(value)
  if (value === null) return null
  if (Array.isArray(value)) return new JsonList(value)
  if (!isRaw(value)) return new JsonMap(value)
  const integer = int64Of(value)
  return integer === undefined ? new CelDouble(Number(value.rawJSON)) : int(integer)
}

/** Lists of keys beyond this length are kept: an expression may ask for the size of a map in every step. */
const fewKeysMax = 100
const manyKeys = new WeakMap<JsonObject, readonly string[]>()

class JsonList extends CelList {
  readonly #elements: readonly JsonValue[]

  constructor(elements: readonly JsonValue[]) {
    super()
    this.#elements = elements
  }

  get size(): number {
    return this.#elements.length
  }

  at(index: number): CelValue {
    return fromJson(this.#elements[index]!)
  }
}

class JsonMap extends CelMap {
  readonly #object: JsonObject

  constructor(object: JsonObject) {
    super()
    this.#object = object
  }

  get size(): number {
    return this.keys().length
  }

  get(key: CelValue): CelValue | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.#object, key)) return undefined
    const value = this.#object[key]
    return value === undefined ? undefined : fromJson(value)
  }

  keys(): readonly string[] {
    const known = manyKeys.get(this.#object)
    if (known) return known
    const keys = Object.keys(this.#object)
    if (keys.length > fewKeysMax) manyKeys.set(this.#object, keys)
    return keys
  }
}
