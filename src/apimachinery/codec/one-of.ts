// JSON that is one of two things: how CustomResourceDefinitions write parts of schemas.
// Source: Kubernetes 1.36 apiextensions v1 marshal.go.
import type { JsonValue } from '../json-value.ts'
import type { SchemaType } from '../schema.ts'
import { isRawJson } from './raw-json.ts'
import type { Walk } from './leaf.ts'
import type { Visit } from './visit.ts'

/** @param struct the walk of a type by name */
export function oneOfWalk(typeName: string, type: SchemaType, struct: (typeName: string) => Walk): Walk {
  const schema = struct(type.fields.find((field) => field.name === 'schema')!.type)
  const alternatives = type.jsonOneOf ?? []
  if (alternatives.includes('bool')) return quietly((value, visit) => (typeof value === 'boolean' ? value : orFail(value, visit, schema)))
  if (alternatives.includes('list of schema')) return quietly(schemaOrList(schema))
  if (alternatives.includes('list of string')) return quietly(schemaOrStrings(schema))
  throw new Error(`no walk for the alternatives of ${typeName}`)
}

const isObject = (value: JsonValue) => typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawJson(value)

function orFail(value: JsonValue, visit: Visit, schema: Walk): JsonValue {
  if (isObject(value)) return schema(value, visit)
  return value === null ? false : visit.fail('boolean or JSON schema expected')
}

const schemaOrList =
  (schema: Walk): Walk =>
  (value, visit) => {
    if (isObject(value)) return schema(value, visit)
    return Array.isArray(value) && value.length > 0 ? value.map((item) => schema(item, visit)) : null
  }

const schemaOrStrings =
  (schema: Walk): Walk =>
  (value, visit) => {
    if (isObject(value)) return schema(value, visit)
    if (!Array.isArray(value) || value.length === 0) return null
    return value.map((item) => (typeof item === 'string' ? item : visit.failMismatch(item, 'string')))
  }

/** These types decode themselves, so strictness ends at them. */
function quietly(walk: Walk): Walk {
  return (value, visit) => {
    visit.quiet++
    const result = walk(value, visit)
    visit.quiet--
    return result
  }
}
