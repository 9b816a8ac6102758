import type { JsonObject, JsonValue } from '../json-value.ts'
import type { Schema } from '../schema.ts'
import { DecodeError, type Codec, type Decoded } from './codec.ts'
import { Constructors } from './constructors.ts'
import { Defaults } from './defaults.ts'
import { newTypeNameOf } from './find-type.ts'
import { encodeJson } from './json-encode.ts'
import { parseJson } from './json-parse.ts'
import { Protobuf, type TypeNameOf } from './protobuf/envelope.ts'
import { Visit } from './visit.ts'
import { Walks } from './walk.ts'
import { parseYaml } from './yaml/yaml.ts'

interface Forms {
  readonly walks: Walks
  readonly constructors: Constructors
}

/** The codec of all types in a table. Types are compiled when first used. */
export function newCodec(schema: Schema): Codec {
  const walks = new Walks(schema)
  const forms: Forms = { walks, constructors: new Constructors(schema, walks) }
  const defaults = new Defaults(schema)
  const protobuf = new Protobuf(schema, newTypeNameOf(schema))
  return {
    parseJson,
    encodeJson,
    convert: (typeName, value, options) => convert(forms, typeName, value, options?.duplicates),
    canonical: (typeName, object) => convert(forms, typeName, object).object,
    applyDefaults: (typeName, object) => defaults.apply(typeName, object),
    parseYaml,
    decodeProtobuf: (typeNameOf, body) => atMostDeep(() => decodeProtobuf(forms, protobuf, typeNameOf, body)),
    encodeProtobuf: (typeName, object) => atMostDeep(() => protobuf.encode(typeName, object)),
    encodeProtobufMessage: (typeName, object) => atMostDeep(() => protobuf.encodeMessage(typeName, object)),
  }
}

function convert({ walks, constructors }: Forms, typeName: string, value: JsonValue, duplicates?: readonly string[]): Decoded {
  const made = duplicates?.length ? undefined : atMostDeep(() => constructors.make(typeName, value))
  if (made) return { object: made, strictErrors: [] }
  const visit = new Visit(duplicates)
  const object = atMostDeep(() => walks.of(typeName)(value, visit)) as JsonObject
  visit.finish()
  return { object, strictErrors: visit.strictErrors }
}

function decodeProtobuf(forms: Forms, protobuf: Protobuf, typeNameOf: TypeNameOf, body: Uint8Array): { apiVersion: string; kind: string; object: JsonObject } {
  const { apiVersion, kind, typeName, object } = protobuf.decode(typeNameOf, body)
  return { apiVersion, kind, object: convert(forms, typeName, object).object }
}

/** Only schemas of custom resources nest without end; they may not be deeper than the stack. */
function atMostDeep<T>(walk: () => T): T {
  try {
    return walk()
  } catch (cause) {
    if (cause instanceof RangeError) throw new DecodeError('exceeded max depth', { cause })
    throw cause
  }
}
