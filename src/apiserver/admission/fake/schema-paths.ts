// Every place in a type where a field of some kind stands, found in the schema table: what tests hold policies against, so that a
// field that a new version brings cannot be forgotten.
import { schema } from '../../../api/schema.ts'
import type { SchemaField } from '../../../apimachinery/schema.ts'

/** The fields that lead to a place, the last one included. */
export type SchemaPath = readonly SchemaField[]

/** @param wanted asked for each field; its parent type comes with it */
export function pathsTo(type: string, wanted: (field: SchemaField, parent: string) => boolean): readonly SchemaPath[] {
  const found: SchemaPath[] = []
  const visit = (parent: string, path: SchemaPath, open: ReadonlySet<string>): void => {
    for (const field of schema.get(parent)?.fields ?? []) {
      const here = field.inline ? path : [...path, field]
      if (wanted(field, parent)) found.push(here)
      // Types that contain themselves end here.
      if (!open.has(field.type)) visit(field.type, here, new Set([...open, field.type]))
    }
  }
  visit(type, [], new Set([type]))
  return found
}

/** `containers[].env[].valueFrom.secretKeyRef` */
export const formatPath = (path: SchemaPath) => path.map(({ name, card }) => (card === 'list' ? `${name}[]` : name)).join('.')

/** An object with `value` at the place, one element in every list, and names where elements have them. */
export function objectAt(path: SchemaPath, value: unknown): object {
  const [field, ...rest] = path
  const inner = rest.length ? objectAt(rest, value) : value
  const named = typeof inner === 'object' && inner !== null && !('name' in inner) && hasName(field!.type) ? { name: 'n', ...inner } : inner
  return { [field!.name]: field!.card === 'list' ? [named] : named }
}

const hasName = (type: string): boolean =>
  schema.get(type)?.fields.some(({ name, inline, type: part }) => name === 'name' || (inline && hasName(part))) ?? false
