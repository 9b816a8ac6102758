// How server-side apply sees a type: as a scalar, a list or a map (structs are maps with named fields), each merged whole (atomic)
// or by its parts. Custom resources bring their own implementation of TypeSource. Source: structured-merge-diff schema.
import type { JsonObject, JsonValue } from '../json-value.ts'
import { isObject, setMember } from '../json-equal.ts'
import { fieldElement } from './path-element.ts'
import type { Schema, SchemaField, SchemaType } from '../schema.ts'
import { structSet } from './struct-set.ts'
import type { FieldType, MapType, StructSet, TypeNode } from './type-node.ts'

export interface TypeSource {
  root(typeName: string): TypeNode
  /** Whether types may change under stored objects (custom resources): then recorded ownership is brought in line on every write. */
  readonly mayChange?: boolean
  /** The JSON of an empty object of the type, without apiVersion and kind: what creation is compared with. */
  empty(typeName: string): JsonObject
}

const noField = () => undefined

/** Types refer to each other in circles, so each is made when it is first asked for. */
function lazy(make: () => TypeNode): () => TypeNode {
  let node: TypeNode | undefined
  return () => (node ??= make())
}

/** Anything, merged whole. */
export const untypedAtomic: TypeNode = {
  scalar: 'untyped',
  list: { atomic: true, keys: [], element: () => untypedAtomic },
  map: { atomic: true, field: noField, element: () => untypedAtomic },
}

/** Anything: maps merge by member, lists whole. What objects without a schema are. */
export const deduced: TypeNode = {
  scalar: 'untyped',
  list: { atomic: true, keys: [], element: () => untypedAtomic },
  map: { atomic: false, field: noField, element: () => deduced },
}

const scalars: { readonly [type: string]: TypeNode } = {
  string: { scalar: 'string' },
  bytes: { scalar: 'string' },
  bool: { scalar: 'boolean' },
  int32: { scalar: 'numeric' },
  int64: { scalar: 'numeric' },
  double: { scalar: 'numeric' },
  any: deduced,
}

const zeros: { readonly [type: string]: JsonValue } = { string: '', bytes: null, bool: false, int32: 0, int64: 0, double: 0, any: null }

/** The view of built-in types, from the schema table. */
export class SchemaTypes implements TypeSource {
  readonly #schema: Schema
  readonly #nodes = new Map<string, TypeNode>()
  readonly #empty = new Map<string, JsonObject>()

  constructor(schema: Schema) {
    this.#schema = schema
  }

  root(typeName: string): TypeNode {
    return this.#named(typeName)
  }

  empty(typeName: string): JsonObject {
    let object = this.#empty.get(typeName)
    if (!object) this.#empty.set(typeName, (object = this.#emptyOf(this.#schema.get(typeName))))
    return object
  }

  /** @param relationship what the referring field says, if it overrules the type */
  #named(typeName: string, relationship?: 'atomic' | 'granular'): TypeNode {
    const key = relationship ? `${typeName}!${relationship}` : typeName
    let node = this.#nodes.get(key)
    if (!node) this.#nodes.set(key, (node = this.#build(typeName, relationship)))
    return node
  }

  #build(typeName: string, relationship?: 'atomic' | 'granular'): TypeNode {
    const scalar = Object.hasOwn(scalars, typeName) ? scalars[typeName] : undefined
    if (scalar) return scalar
    const type = this.#schema.get(typeName)
    if (!type) return deduced
    if (type.smd === 'untyped-scalar') return { scalar: 'untyped' }
    if (type.smd === 'untyped-atomic') return untypedAtomic
    if (type.json === 'string') return { scalar: 'string' }
    if (type.json === 'int-or-string') return { scalar: 'untyped' }
    if (type.json === 'list') return { list: { atomic: true, keys: [], element: lazy(() => this.#named(type.jsonItems ?? 'any')) } }
    if (type.json !== undefined) return deduced
    const fields = this.#fields(type)
    let generated: StructSet | undefined
    const wholeSet: StructSet = (value, whole) => (generated ??= structSet(fields))(value, whole)
    return { map: { atomic: (relationship ?? type.structType) === 'atomic', field: (name) => fields.get(name), element: () => undefined, wholeSet } }
  }

  #fields(type: SchemaType): Map<string, FieldType> {
    const fields = new Map<string, FieldType>()
    if (type.typeMeta) for (const name of ['kind', 'apiVersion']) fields.set(name, { pathElement: fieldElement(name), type: () => scalars['string']! })
    for (const field of type.fields) {
      if (!field.inline) {
        const value = defaultOf(field)
        fields.set(field.name, {
          pathElement: fieldElement(field.name),
          type: lazy(() => this.#field(field)),
          ...(value === undefined ? {} : { default: value }),
        })
      } else for (const [name, inner] of this.#fields(this.#schema.get(field.type)!)) fields.set(name, inner)
    }
    return fields
  }

  #field(field: SchemaField): TypeNode {
    const { card, type } = field
    if (card === 'one') return this.#named(type, field.structType ?? field.mapType)
    const element = lazy(() => this.#named(type))
    if (card === 'map') return { map: { atomic: field.mapType === 'atomic', field: noField, element } }
    return { list: { atomic: field.listType !== 'map' && field.listType !== 'set', keys: field.listMapKeys ?? [], element } }
  }

  #emptyOf(type: SchemaType | undefined): JsonObject {
    const object: JsonObject = {}
    for (const field of type?.fields ?? []) {
      if (field.inline) for (const [name, value] of Object.entries(this.#emptyOf(this.#schema.get(field.type)))) setMember(object, name, value)
      else {
        const value = this.#emptyField(field)
        if (value !== undefined) setMember(object, field.name, value)
      }
    }
    return object
  }

  /** What Go writes for the zero value: an omitempty struct is written, an omitempty scalar is not. */
  #emptyField({ type, card, ptr, omit }: SchemaField): JsonValue | undefined {
    if (omit === 'empty+zero') return undefined
    if (card !== 'one' || ptr) return omit ? undefined : null
    if (Object.hasOwn(zeros, type)) return omit ? undefined : zeros[type]!
    const target = this.#schema.get(type)
    if (target?.json === undefined) return this.empty(type)
    if (target.format === 'quantity') return '0'
    return target.json === 'int-or-string' ? 0 : null
  }
}

/** A list key that is absent has its default, or, where Go always writes the field, its zero value. */
function defaultOf({ default: value, type, card, ptr, omit }: SchemaField): JsonValue | undefined {
  if (value !== undefined) return value as JsonValue
  return card === 'one' && !ptr && !omit && Object.hasOwn(zeros, type) && type !== 'bytes' && type !== 'any' ? zeros[type] : undefined
}

export type Kind = 'map' | 'scalar' | 'list'

/** As what a value of the type is to be handled. */
export function kindFor(node: TypeNode, value: JsonValue | undefined): Kind {
  if (Array.isArray(value)) {
    if (node.list) return 'list'
  } else if (isObject(value)) {
    if (node.map) return 'map'
  } else if (value !== undefined && value !== null && node.scalar) return 'scalar'
  return node.map ? 'map' : node.scalar ? 'scalar' : 'list'
}

/** The type of a member; what a schema does not know is anything. */
export const memberType = (map: MapType, name: string): TypeNode => map.field(name)?.type() ?? map.element() ?? deduced
