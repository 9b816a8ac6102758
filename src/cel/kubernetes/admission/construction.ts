// `Object{metadata: Object.metadata{labels: {'a': 'b'}}}` and `JSONPatch{op: 'add', path: '/a', value: 1}`: what mutating policies yield.
// Objects are named after the path of the field that they stand in. Source: k8s.io/apiserver pkg/cel/mutation.
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { TypeProvider } from '../../declarations.ts'
import { type CelType, dynType, listType, objectType, ObjectType, stringType } from '../../types/cel-type.ts'
import { elementBudget } from '../../values/bounds.ts'
import { isEqual } from '../../values/equal.ts'
import { CelError, CelList, CelMap, CelObject, type CelValue } from '../../values/value.ts'
import { JsonWriter } from './json-writer.ts'

const rootName = 'Object'

/** Every field, of any type. */
const anyField = { field: () => dynType, fieldNames: () => [] }

export const applyConfigurationType = new ObjectType(rootName, anyField)
const jsonPatchType = objectType('JSONPatch', [
  ['op', stringType],
  ['path', stringType],
  ['from', stringType],
  ['value', dynType],
])
export const jsonPatchListType = listType(jsonPatchType)

class Constructed extends CelObject {
  readonly type: CelType
  readonly fields: ReadonlyMap<string, CelValue>

  constructor(type: CelType, fields: ReadonlyMap<string, CelValue>) {
    super()
    this.type = type
    this.fields = fields
  }

  override get(field: string): CelValue | undefined {
    return this.fields.get(field)
  }

  override equals(other: CelObject): boolean {
    if (!(other instanceof Constructed) || other.fields.size !== this.fields.size) return false
    return [...this.fields].every(([name, value]) => {
      const theirs = other.fields.get(name)
      return theirs !== undefined && isEqual(value, theirs)
    })
  }

  override isZero(): boolean {
    return this.fields.size === 0
  }
}

export const constructionTypes: TypeProvider = {
  findType(name) {
    if (name === jsonPatchType.name) return jsonPatchType
    if (name === rootName) return applyConfigurationType
    return name.startsWith(`${rootName}.`) ? new ObjectType(name, anyField) : undefined
  },
  construct(type, fields) {
    if (type.name === jsonPatchType.name || type.name === rootName || type.name.startsWith(`${rootName}.`)) return new Constructed(type, fields)
    throw new CelError(`unknown type: ${type.name}`)
  },
}

/** Finds objects whose type names are not the path that they stand at. */
class NameCheck {
  readonly wrong: string[] = []
  readonly #budget = elementBudget()

  /** @throws {CelError} for more than can be looked through */
  look(value: CelValue, path: string): void {
    this.#budget.take()
    if (value instanceof Constructed) {
      const { name } = value.type
      if (name !== path) {
        this.wrong.push(`unexpected type name ${goQuote(name)}, expected ${goQuote(path)}, which matches field name path from root Object type`)
      }
      for (const [field, inner] of value.fields) this.look(inner, `${path}.${field}`)
    } else if (value instanceof CelList) {
      for (const item of value) this.look(item, path)
    } else if (value instanceof CelMap) {
      for (const key of value.keys()) this.look(value.get(key)!, path)
    }
  }
}

/** @throws {CelError} */
function checkNames(value: Constructed): void {
  const check = new NameCheck()
  check.look(value, value.type.name)
  if (check.wrong.length > 0) throw new CelError(`type mismatch: ${check.wrong.join('\n')}`)
}

const newWriter = () => new JsonWriter((object) => (object instanceof Constructed ? object.fields : undefined))

/** What an expression of the type {@link applyConfigurationType} yielded. @throws {CelError} */
export function applyConfigurationOf(value: CelValue): JsonObject {
  if (!(value instanceof Constructed)) throw new CelError('unsupported return type from ApplyConfiguration expression')
  checkNames(value)
  return newWriter().write(value) as JsonObject
}

/** What an expression of the type {@link jsonPatchListType} yielded. @throws {CelError} */
export function jsonPatchOf(value: CelValue): JsonObject[] {
  if (!(value instanceof CelList)) throw new CelError('type mismatch: JSONPatchType.expression should evaluate to array')
  const writer = newWriter()
  return Array.from(value, (item) => {
    if (!(item instanceof Constructed)) throw new CelError('type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch')
    const { fields } = item
    const given = fields.get('value')
    if (given instanceof Constructed) checkNames(given)
    return {
      op: writer.write(fields.get('op') ?? ''),
      path: writer.write(fields.get('path') ?? ''),
      ...(fields.get('from') ? { from: writer.write(fields.get('from')!) } : {}),
      ...(given === undefined ? {} : { value: writer.write(given) }),
    }
  })
}
