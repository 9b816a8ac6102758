import { expect, test } from 'vitest'
import type { JsonObject } from '../json-value.ts'
import type { Schema, SchemaField } from '../schema.ts'
import { ownJsonError, unstructuredError } from './from-unstructured.ts'

const field = (name: string, type: string, card: SchemaField['card'] = 'one', inline = false): SchemaField => ({
  name,
  number: 1,
  type,
  card,
  optional: true,
  inline,
})
const schema: Schema = new Map([
  ['Thing', { proto: null, fields: [field('data', 'string', 'map'), field('spec', 'Spec'), field('bytes', 'bytes')] }],
  ['Spec', { proto: null, fields: [field('replicas', 'int32'), field('paused', 'bool'), field('containers', 'Container', 'list'), field('at', 'Time')] }],
  ['Container', { proto: null, fields: [field('name', 'string'), field('source', 'Source', 'one', true)] }],
  ['Source', { proto: null, fields: [field('path', 'string')] }],
  ['Time', { proto: null, json: 'string', fields: [] }],
])

// The first four texts are a real API server's.
test.each<[JsonObject, string | undefined]>([
  [{ data: 'text' }, 'cannot restore map from string'],
  [{ data: { a: 5 } }, 'cannot convert int64 to string'],
  [{ spec: { containers: { name: 'main' } } }, 'cannot restore slice from map'],
  [{ spec: { replicas: 'two' } }, 'unrecognized type: int32'],
  [{ spec: { paused: 'yes' } }, 'unrecognized type: bool'],
  [{ spec: { containers: ['main'] } }, 'cannot restore struct from: string'],
  [{ spec: { containers: [{ path: true }] } }, 'unrecognized type: string'],
  [{ spec: { replicas: 1.5 } }, 'cannot convert float64 to int32'],
  [{ bytes: 5 }, 'cannot restore slice from int64'],
  [{ bytes: 'not base64!' }, undefined],
  [{ kind: 5 }, 'cannot convert int64 to string'],
  [{ apiVersion: true }, 'unrecognized type: string'],
  [{ spec: { replicas: 1, paused: null, at: 5, containers: [{ name: 'a' }] }, unknown: 1 }, undefined],
])('%j: %s', (object, message) => {
  expect(unstructuredError(schema, 'Thing', object)).toBe(message)
})

test.each([
  ['json: cannot unmarshal number into Go struct field ObjectMeta.metadata.at of type string', 'json: cannot unmarshal number into Go value of type string'],
  ['illegal base64 data at input byte 3', 'error decoding from json: illegal base64 data at input byte 3'],
  ['parsing time "x"', 'parsing time "x"'],
])('%s of a value that reads its own JSON', (decoding, message) => expect(ownJsonError(decoding)).toBe(message))
