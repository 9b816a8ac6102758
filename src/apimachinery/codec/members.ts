// The members of objects in Go's order: fields of a struct as declared, keys of a map sorted.
import { setMember } from '../json-equal.ts'
import type { JsonObject } from '../json-value.ts'
import type { Schema, SchemaField, SchemaType } from '../schema.ts'

const typeMeta: readonly SchemaField[] = ['kind', 'apiVersion'].map((name) => ({
  name,
  number: null,
  type: 'string',
  card: 'one',
  optional: true,
  omit: 'empty',
}))

/** Fields in the order of Go's encoder, those of embedded structs in their place. */
export function flatFields(schema: Schema, type: SchemaType): SchemaField[] {
  const own = type.fields.flatMap((field) => (field.inline ? flatFields(schema, schema.get(field.type)!) : [field]))
  return type.typeMeta ? [...typeMeta, ...own] : own
}

export function sortedMap(map: JsonObject): JsonObject {
  const out: JsonObject = {}
  for (const key of Object.keys(map).sort()) setMember(out, key, map[key]!)
  return out
}
