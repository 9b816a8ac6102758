// What upstream says of the result of a strategic merge patch that does not fit its type: it is restored from maps and lists, not
// decoded from JSON, so the words differ from the decoder's. Source: k8s.io/apimachinery pkg/runtime/converter.go.
import { isObject, isRaw } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { withinMaxDepth } from '../max-depth.ts'
import type { Schema, SchemaField, SchemaType } from '../schema.ts'

/** The Go kind of what JSON decoding gives. */
function goKind(value: JsonValue): string {
  if (Array.isArray(value)) return 'slice'
  if (isObject(value)) return 'map'
  if (isRaw(value)) return 'int64'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  return typeof value === 'boolean' ? 'bool' : 'string'
}

const scalarKinds: { readonly [type: string]: string } = { string: 'string', bool: 'bool', int32: 'int32', int64: 'int64', double: 'float64' }

function scalarError(kind: string, value: JsonValue): string | undefined {
  const given = goKind(value)
  const number = given === 'int64' || given === 'float64'
  if (kind === given) return undefined
  if (number && kind !== 'string' && kind !== 'bool') return given === 'float64' && kind !== 'float64' ? `cannot convert float64 to ${kind}` : undefined
  return kind === 'string' && given === 'int64' ? 'cannot convert int64 to string' : `unrecognized type: ${kind}`
}

class Checker {
  readonly #schema: Schema

  constructor(schema: Schema) {
    this.#schema = schema
  }

  struct(type: SchemaType, object: JsonObject): string | undefined {
    for (const field of type.fields) {
      const inner = field.inline ? this.#schema.get(field.type) : undefined
      const error = inner ? this.struct(inner, object) : this.#field(field, Object.hasOwn(object, field.name) ? object[field.name]! : null)
      if (error !== undefined) return error
    }
    return undefined
  }

  #field(field: SchemaField, value: JsonValue): string | undefined {
    if (value === null) return undefined
    if (field.card === 'one') return this.#value(field.type, value)
    const list = field.card === 'list'
    if (list ? !Array.isArray(value) : !isObject(value)) return `cannot restore ${list ? 'slice' : 'map'} from ${goKind(value)}`
    for (const item of Object.values(value)) {
      const error = item === null ? undefined : this.#value(field.type, item as JsonValue)
      if (error !== undefined) return error
    }
    return undefined
  }

  #value(typeName: string, value: JsonValue): string | undefined {
    if (Object.hasOwn(scalarKinds, typeName)) return scalarError(scalarKinds[typeName]!, value)
    if (typeName === 'bytes') return typeof value === 'string' || Array.isArray(value) ? undefined : `cannot restore slice from ${goKind(value)}`
    const type = this.#schema.get(typeName)
    if (!type || type.json !== undefined) return undefined // the type reads its own JSON: the decoder will tell
    return isObject(value) ? this.struct(type, value) : `cannot restore struct from: ${goKind(value)}`
  }
}

/** @returns the first mismatch in the order of the schema; undefined when there is none, or only such as decoding finds */
export function unstructuredError(schema: Schema, typeName: string, object: JsonObject): string | undefined {
  const type = schema.get(typeName)
  return typeMetaError(object) ?? (type && withinMaxDepth(() => new Checker(schema).struct(type, object)))
}

/** Every object begins with these. */
function typeMetaError({ kind = null, apiVersion = null }: JsonObject): string | undefined {
  const given = [kind, apiVersion].filter((value) => value !== null)
  return given.map((value) => scalarError('string', value)).find((error) => error !== undefined)
}

/**
 * What the decoder says of a value whose type reads its own JSON (times, quantities, `IntOrString`) or is base64, in the words of one
 * that does not know where the value is.
 */
export function ownJsonError(decoding: string): string {
  if (decoding.startsWith('illegal base64')) return `error decoding from json: ${decoding}`
  return decoding.replace(/Go struct field \S+ of type/, 'Go value of type')
}
