// What strategic merge patch knows of a type: for each member, the type below it and how it is patched.
import type { Schema, SchemaField } from '../schema.ts'
import { strategicError } from './strategic-errors.ts'

/** A place in the schema: a named type, or a map or a list of one. */
export interface PatchType {
  readonly type: string
  readonly card: SchemaField['card']
}

export interface PatchMember {
  readonly at: PatchType
  readonly strategy: 'merge' | 'replace' | undefined
  readonly mergeKey: string
}

/** Members by JSON name, those of inlined structs among them. */
function flatten(schema: Schema, typeName: string): Map<string, SchemaField> {
  const fields = new Map<string, SchemaField>()
  for (const field of schema.get(typeName)?.fields ?? []) {
    if (!field.inline) fields.set(field.name, field)
    else for (const [name, inner] of flatten(schema, field.type)) fields.set(name, inner)
  }
  return fields
}

export class PatchSchema {
  readonly #schema: Schema
  readonly #fields = new Map<string, Map<string, SchemaField>>()

  constructor(schema: Schema) {
    this.#schema = schema
  }

  /** @throws {ApiError} 500 when the type has no such member */
  member(at: PatchType, key: string): PatchMember {
    if (at.card === 'map') return { at: { type: at.type, card: 'one' }, strategy: undefined, mergeKey: '' }
    const field = this.#fieldsOf(at.type).get(key)
    if (!field) throw strategicError(`unable to find api field in struct ${at.type.split('.').at(-1)} for the json field ${JSON.stringify(key)}`)
    const strategies = field.patchStrategy?.split(',') ?? []
    const strategy = strategies.includes('merge') ? 'merge' : strategies.includes('replace') ? 'replace' : undefined
    return { at: { type: field.type, card: field.card }, strategy, mergeKey: field.patchMergeKey ?? '' }
  }

  #fieldsOf(typeName: string): Map<string, SchemaField> {
    let fields = this.#fields.get(typeName)
    if (!fields) this.#fields.set(typeName, (fields = flatten(this.#schema, typeName)))
    return fields
  }
}
