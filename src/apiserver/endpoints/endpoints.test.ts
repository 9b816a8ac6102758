import { load } from 'js-yaml'
import { assert, boolean, dictionary, integer, lorem, oneof, property, string, stringMatching } from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import { allFormats, negotiate, type Offer } from './negotiation.ts'
import { parseListQuery, validateListQuery, writeQuery } from './query-options.ts'
import { protobufWatchEvent } from './watch-frame.ts'
import { encodeYaml } from './yaml.ts'

const offer: Offer = { formats: allFormats, conversions: 'all', watchable: false }

for (const [accept, expected] of [
  [undefined, 'json'],
  ['*/*', 'json'],
  ['application/json;q=0.1, application/yaml;q=0.9', 'yaml'],
  ['text/html, application/json;q=0.9', 'json'],
  ['application/json;as=Table;v=v1;g=meta.k8s.io', 'json Table v1'],
  ['application/json;as=Table;g=meta.k8s.io;v=v9,application/json', 'json'],
  ['application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1', 'protobuf PartialObjectMetadata v1'],
] as const) {
  test(`Accept: ${accept} gives ${expected}`, () => {
    const { format, conversion } = negotiate(accept, offer)
    expect([format, ...(conversion ? [conversion.kind, conversion.version] : [])].join(' ')).toBe(expected)
  })
}

for (const [accept, message] of [
  ['text/html', '406: Not Acceptable'],
  // The router knows no partial wildcards.
  ['application/*', '406: Not Acceptable'],
  ['application/json;as=Table', 'only the following media types are accepted'],
  ['application/vnd.kubernetes.protobuf;as=Table;g=meta.k8s.io;v=v1', 'only the following media types are accepted'],
] as const) {
  test(`Accept: ${accept} is refused`, () => expect(() => negotiate(accept, offer)).toThrow(message))
}

test('numbers and booleans of queries are read as Go reads them', () => {
  expect(parseListQuery(new URLSearchParams('limit=5&watch=maybe&sendInitialEvents=0'))).toMatchObject({ limit: 5, watch: true, sendInitialEvents: false })
  expect(() => parseListQuery(new URLSearchParams('limit=many'))).toThrow('strconv.ParseInt: parsing "many": invalid syntax')
})

for (const [query, isWatch, message] of [
  ['resourceVersionMatch=Exact', false, 'resourceVersionMatch is forbidden unless resourceVersion is provided'],
  ['resourceVersionMatch=NotOlderThan&resourceVersion=1', true, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'],
  ['sendInitialEvents=true&resourceVersionMatch=NotOlderThan&continue=x', true, 'resourceVersionMatch is forbidden when continue is provided'],
  ['sendInitialEvents=true', true, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'],
] as const) {
  test(`${query} on ${isWatch ? 'watch' : 'list'} is refused`, () => {
    expect(() => validateListQuery(parseListQuery(new URLSearchParams(query)), isWatch)).toThrow(message)
  })
}

test('force is for apply, and apply needs a manager', () => {
  expect(() => writeQuery(new URLSearchParams('force=true'), 'patch')).toThrow('force: Forbidden: may not be specified for non-apply patch')
  expect(() => writeQuery(new URLSearchParams(), 'apply')).toThrow('fieldManager: Required value: is required for apply patch')
})

test('a protobuf frame is length, type and wrapped object', () => {
  const frame = protobufWatchEvent('ADDED', Buffer.from('k8s\0x'))
  expect(frame.readUInt32BE(0)).toBe(frame.length - 4)
  expect(frame.subarray(4).toString('latin1')).toBe('\x0a\x05ADDED\x12\x07\x0a\x05k8s\0x')
})

test('YAML looks as Go writes it', () => {
  const object = { kind: 'X', metadata: { creationTimestamp: '2026-01-01T00:00:00Z' }, list: [{ b: 1, a: 'yes' }, []], empty: {}, text: 'one\ntwo' }
  expect(encodeYaml(object as unknown as JsonObject)).toBe(
    'empty: {}\nkind: X\nlist:\n- a: "yes"\n  b: 1\n- []\nmetadata:\n  creationTimestamp: "2026-01-01T00:00:00Z"\ntext: |-\n  one\n  two\n',
  )
})

test('any text survives YAML', () => {
  assert(
    property(dictionary(stringMatching(/^[a-z.:/ -]{1,8}$/), oneof(string(), lorem({ maxCount: 40 }), integer(), boolean())), (object) => {
      expect(load(encodeYaml(object as JsonObject))).toEqual({ ...object })
    }),
    { numRuns: 300 },
  )
})
