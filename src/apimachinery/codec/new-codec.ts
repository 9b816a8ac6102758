import type { JsonObject, JsonValue } from '../json-value.ts'
import type { Schema } from '../schema.ts'
import { DecodeError, type Codec, type Decoded } from './codec.ts'
import { Defaults } from './defaults.ts'
import { encodeJson } from './json-encode.ts'
import { parseJson } from './json-parse.ts'
import { Visit } from './visit.ts'
import { Walks } from './walk.ts'

/** The codec of all types in a table. Types are compiled when first used. */
export function newCodec(schema: Schema): Codec {
  const walks = new Walks(schema)
  const defaults = new Defaults(schema)
  return {
    parseJson,
    encodeJson,
    convert: (typeName, value, options) => convert(walks, typeName, value, options?.duplicates),
    canonical: (typeName, object) => convert(walks, typeName, object).object,
    applyDefaults: (typeName, object) => defaults.apply(typeName, object),
    parseYaml: () => notYet(),
    decodeProtobuf: () => notYet(),
    encodeProtobuf: () => notYet(),
  }
}

function convert(walks: Walks, typeName: string, value: JsonValue, duplicates?: readonly string[]): Decoded {
  const visit = new Visit(duplicates)
  const object = atMostDeep(() => walks.of(typeName)(value, visit)) as JsonObject
  visit.finish()
  return { object, strictErrors: visit.strictErrors }
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

function notYet(): never {
  throw new DecodeError('only JSON so far')
}
