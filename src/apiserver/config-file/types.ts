// The types that configuration files are made of, written as short as they are.
import type { Schema, SchemaField, SchemaType } from '../../apimachinery/schema.ts'

/**
 * Field -> its type: `string`, `bool`, `int32`, `Issuer`; `[]Issuer` (a list), `map[string]string` (by name),
 * `*string` (a pointer in Go: an empty one is not an absent one), `!string` (always there, also when it is empty).
 */
export type ConfigFields = Readonly<Record<string, string>>

/**
 * @param types name -> fields
 * @param root of the types, the one that begins with kind and apiVersion; without it none does
 * @param more types that others have written
 */
export function configTypes(
  types: Readonly<Record<string, ConfigFields>>,
  { root, more = new Map() }: { readonly root?: string; readonly more?: Schema } = {},
): Schema {
  const own = Object.entries(types).map(([name, fields]): [string, SchemaType] => [
    name,
    { proto: null, ...(name === root ? { typeMeta: true } : {}), fields: Object.entries(fields).map(toField) },
  ])
  return new Map([...own, ...more])
}

const notation = /^(?<mark>\[\]|map\[string\]|\*|!|)(?<type>[\w.]+)$/

function toField([name, written]: [string, string]): SchemaField {
  const { mark, type } = notation.exec(written)!.groups as { readonly mark: string; readonly type: string }
  const card = mark === '[]' ? 'list' : mark === 'map[string]' ? 'map' : 'one'
  if (mark === '!') return { name, number: null, type, card, optional: false }
  return { name, number: null, type, card, optional: true, omit: 'empty', ...(mark === '*' ? { ptr: true } : {}) }
}
