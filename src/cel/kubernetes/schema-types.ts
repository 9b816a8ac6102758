// The types of Kubernetes' own kinds, from the table of facts: each is made when something first asks for its fields, so they may refer to
// each other. Kinds that are defined by a schema of their own bring another implementation of `findType`.
// Source: k8s.io/apiserver pkg/cel/common/schemas.go (SchemaDeclType).
import type { Schema, SchemaField, SchemaType } from '../../apimachinery/schema.ts'
import { boolType, bytesType, type CelType, doubleType, dynType, intType, listType, mapType, ObjectType, stringType, timestampType } from '../types/cel-type.ts'

const scalars: ReadonlyMap<string, CelType> = new Map([
  ['string', stringType],
  ['bool', boolType],
  ['int32', intType],
  ['int64', intType],
  ['double', doubleType],
  ['bytes', bytesType],
  ['any', dynType],
])

export class SchemaObjectTypes {
  readonly #schema: Schema
  readonly #types = new Map<string, CelType>()

  constructor(schema: Schema) {
    this.#schema = schema
  }

  /** @param typeName of the table, `io.k8s.api.core.v1.Pod`; what it does not know is of any type */
  of(typeName: string): CelType {
    let type = this.#types.get(typeName)
    if (!type) this.#types.set(typeName, (type = this.#make(typeName)))
    return type
  }

  #make(typeName: string): CelType {
    const scalar = scalars.get(typeName)
    if (scalar) return scalar
    const facts = this.#schema.get(typeName)
    if (!facts) return dynType
    if (facts.json === undefined) return this.#object(typeName, facts)
    if (facts.json === 'string') return stringTypeOf(facts)
    // The others are numbers or texts, or anything at all.
    return facts.json === 'list' ? listType(this.of(facts.jsonItems ?? 'any')) : dynType
  }

  #object(typeName: string, facts: SchemaType): ObjectType {
    let fields: ReadonlyMap<string, SchemaField | undefined> | undefined
    const known = () => (fields ??= new Map(this.#fields(facts)))
    return new ObjectType(typeName, {
      field: (name) => {
        if (!known().has(name)) return undefined
        const field = known().get(name)
        return field ? this.#field(field) : stringType
      },
      fieldNames: () => known().keys(),
    })
  }

  /** Undefined: one of `kind` and `apiVersion`, which are no fields of the table. */
  *#fields(facts: SchemaType): Iterable<readonly [string, SchemaField | undefined]> {
    if (facts.typeMeta) yield* [['kind', undefined] as const, ['apiVersion', undefined] as const]
    for (const field of facts.fields) {
      const inlined = field.inline ? this.#schema.get(field.type) : undefined
      if (inlined) yield* this.#fields(inlined)
      else if (!field.jsonOmitted) yield [field.name, field]
    }
  }

  #field({ card, type }: SchemaField): CelType {
    const one = this.of(type)
    if (card === 'list') return listType(one)
    return card === 'map' ? mapType(stringType, one) : one
  }
}

function stringTypeOf({ format }: SchemaType): CelType {
  if (format === 'date-time') return timestampType
  // May be written as a number, too.
  return format === 'quantity' ? dynType : stringType
}
