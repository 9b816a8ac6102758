// The protobuf codec against protobufjs, which is given the same table of facts: the bytes must be the same, both ways.
import * as fc from 'fast-check'
import * as protobuf from 'protobufjs'
import { describe, expect, test } from 'vitest'
import { parseDuration } from '../apimachinery/duration/duration.ts'
import { isObject, isRaw } from '../apimachinery/json-equal.ts'
import type { JsonObject, JsonValue } from '../apimachinery/json-value.ts'
import { openEnvelope } from '../apimachinery/codec/protobuf/envelope.ts'
import { decodeWatchFrame, encodeWatchFrame } from '../apimachinery/codec/protobuf/watch-event.ts'
import type { SchemaField } from '../apimachinery/schema.ts'
import { codec, typeNameOf } from './codec.ts'
import { schema } from './schema.ts'
import { arbitraryObject } from './testing/arbitrary-object.ts'

const messageNames = new Map([...schema.keys()].map((name, i) => [name, `M${i}`]))
const oracleTypes = [...schema].map(([name, { fields }]) => {
  const numbered = fields.filter((field) => field.number !== null).map(oracleField)
  return [messageNames.get(name)!, { edition: 'proto2', fields: Object.fromEntries(numbered) }] as const
})
const root = protobuf.Root.fromJSON({ nested: Object.fromEntries(oracleTypes) })

function oracleField(field: SchemaField): [string, protobuf.IField | protobuf.IMapField] {
  const type = messageNames.get(field.type) ?? field.type
  const id = field.number!
  if (field.card === 'map') return [`f${id}`, { keyType: 'string', type, id }]
  // As gogo does for these .proto files, numbers are not packed.
  return [`f${id}`, field.card === 'list' ? { rule: 'repeated', type, id, options: { packed: false } } : { type, id }]
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const text = (value: JsonValue) => (isRaw(value) ? value.rawJSON : JSON.stringify(value))

/** Messages whose JSON form is not an object of their fields. */
const special: { readonly [type: string]: (value: JsonValue) => object } = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': (value) => ({ f1: value ?? '0' }),
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': (value) => ({
    f1: typeof value === 'string' ? 1 : 0,
    f2: typeof value === 'number' ? value : 0,
    f3: typeof value === 'string' ? value : '',
  }),
  [`${meta}.Time`]: (value) => (value === null ? {} : { f1: String(Math.floor(Date.parse(value as string) / 1000)), f2: 0 }),
  [`${meta}.MicroTime`]: (value) =>
    value === null ? {} : { f1: String(Math.floor(Date.parse(value as string) / 1000)), f2: Number((value as string).slice(-7, -1)) * 1000 },
  [`${meta}.Duration`]: (value) => ({ f1: String(parseDuration((value ?? '0s') as string)) }),
}

const schemaOf = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps'

function oracleValue(typeName: string, value: JsonValue): unknown {
  if (typeName === 'int64') return text(value ?? 0)
  if (typeName === 'bytes') return Buffer.from((value ?? '') as string, 'base64')
  if (special[typeName]) return special[typeName](value)
  const type = schema.get(typeName)
  if (!type) return value ?? { string: '', bool: false, int32: 0, double: 0 }[typeName]
  if (type.json === 'raw') return value === null ? {} : { f1: Buffer.from(JSON.stringify(value)) }
  if (type.json === 'list') return { f1: value }
  if (type.json === 'oneOf') return oracleOneOf(typeName, value)
  return oracleMessage(typeName, (value ?? {}) as JsonObject)
}

function oracleOneOf(typeName: string, value: JsonValue): object {
  const number = (name: string) => `f${schema.get(typeName)!.fields.find((field) => field.name === name)!.number}`
  const inner = isObject(value) ? { [number('schema')]: oracleMessage(schemaOf, value) } : {}
  if (typeName.endsWith('OrBool')) return { [number('allows')]: value !== false && value !== null, ...inner }
  if (!Array.isArray(value)) return inner
  return typeName.endsWith('OrArray')
    ? { [number('jSONSchemas')]: value.map((item) => oracleMessage(schemaOf, item as JsonObject)) }
    : { [number('property')]: value }
}

function oracleMessage(typeName: string, object: JsonObject): object {
  const out: { [key: string]: unknown } = {}
  for (const field of schema.get(typeName)!.fields) {
    if (field.number === null) continue
    const value = field.inline ? object : (object[field.name] ?? null)
    const skipped = value === null && (field.ptr || field.card !== 'one' || field.type === 'bytes' || schema.get(field.type)?.json === 'list')
    if (skipped) continue
    out[`f${field.number}`] = oracleMember(field, value)
  }
  return out
}

function oracleMember(field: SchemaField, value: JsonValue): unknown {
  if (field.card === 'list') return (value as JsonValue[]).map((item) => oracleValue(field.type, item))
  if (field.card === 'one') return oracleValue(field.type, value)
  const sorted = Object.entries(value as JsonObject).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([key, member]) => [key, oracleValue(field.type, member)]))
}

/** protobufjs cannot hold `__proto__`, and plain objects put keys like `10` first. */
const holdsHostileKeys = (object: JsonObject) => /"(?:__proto__|\d+)":/.test(JSON.stringify(object))

const kinds = [...schema].filter(([, type]) => type.gvk && type.proto !== null).map(([name]) => name)

describe('every kind', () => {
  test.each(kinds)('%s', (typeName) => {
    fc.assert(
      fc.property(fc.gen(), (gen) => {
        const { object } = codec.convert(typeName, arbitraryObject(gen, schema, typeName))
        const bytes = codec.encodeProtobuf(typeName, object)
        const decoded = codec.decodeProtobuf(typeNameOf, bytes)
        expect(codec.encodeJson(decoded.object)).toBe(codec.encodeJson(object))
        if (holdsHostileKeys(object)) return
        const oracle = root.lookupType(messageNames.get(typeName)!)
        const theirs = oracle.encode(oracle.fromObject(oracleMessage(typeName, object))).finish()
        expect(Buffer.from(openEnvelope(bytes).raw).toString('hex')).toBe(Buffer.from(theirs).toString('hex'))
      }),
      { numRuns: 8 },
    )
  })
})

describe('bad input', () => {
  const pod = codec.convert('io.k8s.api.core.v1.Pod', {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name: 'a' },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  }).object
  const bytes = codec.encodeProtobuf('io.k8s.api.core.v1.Pod', pod)
  const message = (body: Uint8Array) => {
    try {
      codec.decodeProtobuf(typeNameOf, body)
      return 'read'
    } catch (error) {
      return (error as Error).name === 'DecodeError' ? (error as Error).message : `not refused properly: ${String(error)}`
    }
  }

  test('cut anywhere, it is refused or read, never worse', () => {
    for (let length = 0; length < bytes.length; length++) expect(message(bytes.subarray(0, length))).not.toMatch(/not refused properly/)
  })

  test('one byte changed, it is refused or read, never worse', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const changed = Uint8Array.from(bytes)
        changed[at] = value
        expect(message(changed)).not.toMatch(/not refused properly/)
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    ['', 'empty data'],
    ['{}', 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]'],
    ['k8s\0', 'empty body'],
    ['k8s\0\x12\x05a', 'unexpected EOF'],
    ['k8s\0\x0a\x08\x0a\x02v1\x12\x02No', 'no kind "No" is registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"'],
  ])('%j', (body, expected) => expect(message(Buffer.from(body))).toBe(expected))

  test('schemas nested without end are refused', () => {
    let nested: JsonObject = { type: 'object' }
    for (let i = 0; i < 20_000; i++) nested = { not: nested }
    expect(() => codec.convert(schemaOf, nested)).toThrow('exceeded max depth')
  })
})

test('numbers may come packed, and unknown fields are skipped', () => {
  const securityContext = 'io.k8s.api.core.v1.PodSecurityContext'
  const groups = schema.get(securityContext)!.fields.find((field) => field.name === 'supplementalGroups')!.number!
  // Pod{ spec(2){ securityContext(14){ groups: 1, 300 packed } }, 99: 7 }
  const context = Buffer.from([groups * 8 + 2, 3, 1, 0xac, 0x02])
  const spec = Buffer.concat([Buffer.from([14 * 8 + 2, context.length]), context])
  const raw = Buffer.concat([Buffer.from([0x12, spec.length]), spec, Buffer.from([0x98, 0x06, 7])])
  const typeMeta = Buffer.from('\x0a\x02v1\x12\x03Pod')
  const body = Buffer.concat([Buffer.from('k8s\0'), Buffer.from([0x0a, typeMeta.length]), typeMeta, Buffer.from([0x12, raw.length]), raw])
  expect(codec.decodeProtobuf(typeNameOf, body).object).toMatchObject({ spec: { securityContext: { supplementalGroups: [1, 300] } } })
})

test('frames of a watch', () => {
  const object = codec.encodeProtobuf('io.k8s.api.core.v1.Pod', codec.convert('io.k8s.api.core.v1.Pod', { kind: 'Pod', apiVersion: 'v1' }).object)
  const frame = encodeWatchFrame({ type: 'ADDED', object })
  expect(Buffer.from(frame).readUInt32BE()).toBe(frame.length - 4)
  const read = decodeWatchFrame(frame.subarray(4))
  expect(read.type).toBe('ADDED')
  expect(Buffer.from(read.object)).toEqual(Buffer.from(object))
})
