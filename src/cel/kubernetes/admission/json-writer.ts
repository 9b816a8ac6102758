// Values as JSON. Source: cel-go common/types (ConvertToNative of structpb.Value).
import { integerToJson } from '../../../apimachinery/codec/raw-json.ts'
import { setMember } from '../../../apimachinery/json-equal.ts'
import type { JsonObject, JsonValue } from '../../../apimachinery/json-value.ts'
import {
  CelBytes,
  CelDouble,
  CelDuration,
  CelError,
  CelList,
  CelMap,
  CelObject,
  CelOptional,
  CelTimestamp,
  CelUint,
  type CelValue,
} from '../../values/value.ts'

function timestamp({ seconds, nanos }: CelTimestamp): string {
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19)
  return nanos === 0 ? `${whole}Z` : `${whole}.${String(nanos).padStart(9, '0').replace(/0+$/, '')}Z`
}

function duration({ nanoseconds }: CelDuration): string {
  const sign = nanoseconds < 0n ? '-' : ''
  const absolute = nanoseconds < 0n ? -nanoseconds : nanoseconds
  const fraction = String(absolute % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '')
  return `${sign}${absolute / 1_000_000_000n}${fraction && `.${fraction}`}s`
}

/** What a request may be large, several times: the same list may be many times within another. */
const elementsMax = 1_000_000
const charactersMax = 16 << 20

type FieldsOf = (object: CelObject) => ReadonlyMap<string, CelValue> | undefined

/** Writes values that go into one object. */
export class JsonWriter {
  readonly #fieldsOf: FieldsOf
  #elements = 0
  #characters = 0

  /** @param fieldsOf what objects have; undefined: the object cannot be written */
  constructor(fieldsOf: FieldsOf) {
    this.#fieldsOf = fieldsOf
  }

  /** @throws {CelError} for what JSON cannot say, and for more than any request may bring */
  write(value: CelValue): JsonValue {
    this.#count(1, typeof value === 'string' ? value.length : 0)
    if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value
    if (typeof value === 'bigint') return integerToJson(value)
    if (value instanceof CelUint) return integerToJson(value.value)
    if (value instanceof CelDouble) return value.value
    if (value instanceof CelBytes) return this.#bytes(value)
    if (value instanceof CelTimestamp) return timestamp(value)
    if (value instanceof CelDuration) return duration(value)
    if (value instanceof CelList) return Array.from(value, (item) => this.write(item))
    if (value instanceof CelMap) return this.#object(Array.from(value.keys(), (key) => [key, value.get(key)!]))
    const fields = value instanceof CelObject ? this.#fieldsOf(value) : undefined
    if (fields) return this.#object(fields)
    const type = value instanceof CelOptional ? 'optional_type' : value instanceof CelObject ? value.type.name : 'type'
    throw new CelError(`type conversion error from '${type}' to JSON`)
  }

  #bytes({ value }: CelBytes): string {
    this.#count(0, value.length)
    return Buffer.from(value).toString('base64')
  }

  #object(entries: Iterable<readonly [CelValue, CelValue]>): JsonObject {
    const result: JsonObject = {}
    for (const [key, value] of entries) {
      if (typeof key !== 'string') throw new CelError('map key is not string')
      this.#count(0, key.length)
      setMember(result, key, this.write(value))
    }
    return result
  }

  #count(elements: number, characters: number): void {
    this.#elements += elements
    this.#characters += characters
    if (this.#elements > elementsMax || this.#characters > charactersMax) throw new CelError('the value is too large for an object')
  }
}
