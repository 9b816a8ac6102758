// Random objects of any type of the schema table, for property tests.
import * as fc from 'fast-check'
import { setMember } from '../../apimachinery/json-equal.ts'
import type { JsonObject, JsonValue } from '../../apimachinery/json-value.ts'
import { integerToJson } from '../../apimachinery/codec/raw-json.ts'
import type { Schema, SchemaField } from '../../apimachinery/schema.ts'

/** Deeper messages get required fields only, so that objects stay small. */
const depthMax = 5

const text = fc.oneof(fc.string({ maxLength: 6 }), fc.string({ unit: 'grapheme', maxLength: 4 }), fc.constantFrom('<a & b>', '\u2028', '\0', 'x'.repeat(200)))
const mapKey = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('__proto__', 'constructor', 'toString', '10', '9', 'é', 'a/b.c'))
const epochSeconds = fc.integer({ min: -62_135_596_799, max: 253_402_300_799 })
const time = epochSeconds.map((seconds) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z'))
const json: fc.Arbitrary<JsonValue> = fc.dictionary(mapKey, fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null))) as fc.Arbitrary<JsonValue>
const int64 = fc.oneof(fc.integer(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(integerToJson))

const scalars: { readonly [type: string]: fc.Arbitrary<JsonValue> } = {
  string: text,
  bool: fc.boolean(),
  int32: fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.constantFrom(0, -1)),
  int64,
  double: fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => value + 0 || 0),
  bytes: fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  any: json,
  'io.k8s.apimachinery.pkg.api.resource.Quantity': fc.constantFrom('0', '1', '100m', '1.5', '1024Ki', '64Mi', '12e6', '-3', '1n', '9Ei'),
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), text),
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': time,
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': fc
    .tuple(time, fc.integer({ min: 0, max: 999_999 }))
    .map(([seconds, micros]) => `${seconds.slice(0, -1)}.${String(micros).padStart(6, '0')}Z`),
  'io.k8s.apimachinery.pkg.apis.meta.v1.Duration': fc.constantFrom('0s', '1h30m', '1.5s', '100ms', '-2m', '250us'),
}

/** Lists and maps are absent rather than empty: protobuf cannot tell the two apart. */
export function arbitraryObject(gen: fc.GeneratorValue, schema: Schema, typeName: string, depth = 0): JsonObject {
  const object: JsonObject = {}
  addFields(gen, schema, typeName, depth, object)
  const type = schema.get(typeName)!
  return type.gvk && depth === 0
    ? { ...object, kind: type.gvk.kind, apiVersion: type.gvk.group ? `${type.gvk.group}/${type.gvk.version}` : type.gvk.version }
    : object
}

function addFields(gen: fc.GeneratorValue, schema: Schema, typeName: string, depth: number, object: JsonObject): void {
  for (const field of schema.get(typeName)!.fields) {
    if (field.inline) addFields(gen, schema, field.type, depth, object)
    else if (gen(fc.boolean) && (depth < depthMax || scalars[field.type])) object[field.name] = fieldValue(gen, schema, field, depth)
  }
}

function fieldValue(gen: fc.GeneratorValue, schema: Schema, field: SchemaField, depth: number): JsonValue {
  const element = () => arbitraryValue(gen, schema, field.type, depth + 1)
  if (field.card === 'one') return element()
  const count = gen(fc.integer, { min: 1, max: 3 })
  if (field.card === 'list') return Array.from({ length: count }, element)
  const map: JsonObject = {}
  for (let i = 0; i < count; i++)
    setMember(
      map,
      gen(() => mapKey),
      element(),
    )
  return map
}

function arbitraryValue(gen: fc.GeneratorValue, schema: Schema, typeName: string, depth: number): JsonValue {
  const scalar = scalars[typeName]
  if (scalar) return gen(() => scalar)
  const type = schema.get(typeName)!
  if (type.json === 'raw') return gen(() => json)
  if (type.json === 'list') return gen(() => fc.array(text, { minLength: 1, maxLength: 3 }))
  if (type.json !== 'oneOf') return arbitraryObject(gen, schema, typeName, depth)
  const alternative = gen(() => fc.constantFrom(...type.jsonOneOf!))
  const schemaType = type.fields.find((field) => field.name === 'schema')!.type
  if (alternative === 'bool') return gen(fc.boolean)
  if (alternative === 'list of string') return gen(() => fc.array(text, { minLength: 1, maxLength: 3 }))
  const inner = () => (depth < depthMax ? arbitraryObject(gen, schema, schemaType, depth + 1) : {})
  return alternative === 'schema' ? inner() : [inner()]
}

/** The same members and two that no type has. */
export function withHostileKeys(object: JsonObject): JsonObject {
  const out = { ...object }
  setMember(out, '__proto__', { polluted: true })
  out['constructor'] = 'x'
  return out
}
