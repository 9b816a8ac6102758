// `a.b` and `a[b]`. Source: cel-go interpreter/attributes.go (refQualify), common/types/list.go (IndexOrError).
import { numberOf } from '../values/equal.ts'
import { typeOfValue } from '../values/type-of-value.ts'
import { CelError, CelList, CelMap, CelObject, CelOptional, type CelValue } from '../values/value.ts'
import { printKey } from '../values/print.ts'

/** What is there; `undefined` if nothing is. @throws {CelError} for an index of a type that no list has */
function find(value: CelValue, key: CelValue): CelValue | undefined {
  if (value instanceof CelMap) return value.get(key)
  if (value instanceof CelObject) return typeof key === 'string' ? value.get(key) : undefined
  return value instanceof CelList ? findElement(value, key) : undefined
}

function findElement(list: CelList, key: CelValue): CelValue | undefined {
  const index = numberOf(key)
  if (index === undefined) throw new CelError(`unsupported index type '${typeOfValue(key).name}' in list`)
  if (!Number.isInteger(Number(index))) throw new CelError(`unsupported index value ${String(index)} in list`)
  return index >= 0 && index < list.size ? list.at(Number(index)) : undefined
}

const isContainer = (value: CelValue) => value instanceof CelMap || value instanceof CelList || value instanceof CelObject

const missing = (value: CelValue, key: CelValue) =>
  new CelError(value instanceof CelList ? `index out of bounds: ${printKey(key)}` : `no such key: ${printKey(key)}`)

/** How fields and elements are looked up. */
export class Qualifier {
  readonly #errorOnBadPresenceTest: boolean

  constructor({ errorOnBadPresenceTest }: { errorOnBadPresenceTest: boolean }) {
    this.#errorOnBadPresenceTest = errorOnBadPresenceTest
  }

  /** @throws {CelError} `no such key: x`, `index out of bounds: 3` */
  qualify(value: CelValue, key: CelValue): CelValue {
    if (value instanceof CelOptional) return this.qualifyOptionally(value, key)
    const found = find(value, key)
    if (found === undefined) throw missing(value, key)
    return found
  }

  /** `a.?b` and `a[?b]`: none if nothing is there, or if a is none. */
  qualifyOptionally(value: CelValue, key: CelValue): CelOptional {
    if (value instanceof CelOptional) return value.value === undefined ? value : this.qualifyOptionally(value.value, key)
    const found = find(value, key)
    if (found !== undefined) return CelOptional.of(found)
    this.#checkContainer(value, key)
    return CelOptional.none
  }

  /** `has(a.b)`. */
  isPresent(value: CelValue, field: string): boolean {
    if (value instanceof CelOptional) return value.value !== undefined && this.isPresent(value.value, field)
    if (value instanceof CelObject) return value.has(field)
    this.#checkContainer(value, field)
    return value instanceof CelMap && value.get(field) !== undefined
  }

  #checkContainer(value: CelValue, key: CelValue): void {
    if (this.#errorOnBadPresenceTest && !isContainer(value)) throw missing(value, key)
  }
}
