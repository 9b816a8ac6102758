import fastJsonPatch from 'fast-json-patch'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ApiError } from '../api-error.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { applyJsonPatch, jsonPatchUnknownFields } from './json-patch.ts'

const rejected = 'the server rejected our request due to an error in our request'

/** The result, or the message of the refusal. */
function patch(document: JsonObject, operations: unknown): unknown {
  const before = JSON.stringify(document)
  try {
    return applyJsonPatch(document, operations as JsonValue)
  } catch (error) {
    if (error instanceof ApiError) return error.message
    throw error
  } finally {
    expect(JSON.stringify(document)).toBe(before)
  }
}

// Every row with a map was answered so by a real API server.
test.each<[string, JsonObject, unknown, unknown]>([
  ['add', { a: '1' }, [{ op: 'add', path: '/b', value: '2' }], { a: '1', b: '2' }],
  ['add overwrites', { a: '1' }, [{ op: 'add', path: '/a', value: '2' }], { a: '2' }],
  [
    'replace, remove',
    { a: '1', b: '2' },
    [
      { op: 'replace', path: '/a', value: 'one' },
      { op: 'remove', path: '/b' },
    ],
    { a: 'one' },
  ],
  ['move', { a: '1' }, [{ op: 'move', from: '/a', path: '/b' }], { b: '1' }],
  [
    'copy',
    { a: { x: 1 } },
    [
      { op: 'copy', from: '/a', path: '/b' },
      { op: 'add', path: '/b/y', value: 2 },
    ],
    { a: { x: 1 }, b: { x: 1, y: 2 } },
  ],
  ['test', { a: '1' }, [{ op: 'test', path: '/a', value: '1' }], { a: '1' }],
  ['failed test', { a: '1' }, [{ op: 'test', path: '/a', value: '2' }], rejected],
  ['test of an absent member', {}, [{ op: 'test', path: '/a', value: null }], {}],
  ['escapes', { l: {} }, [{ op: 'add', path: '/l/a~1b~0c~01', value: 1 }], { l: { 'a/b~c~1': 1 } }],
  ['replace adds what is missing', {}, [{ op: 'replace', path: '/a', value: 1 }], { a: 1 }],
  ['copy of what is missing is null', {}, [{ op: 'copy', from: '/a', path: '/b' }], { b: null }],
  ['remove of what is missing', {}, [{ op: 'remove', path: '/a' }], rejected],
  ['move of what is missing', {}, [{ op: 'move', from: '/a', path: '/b' }], rejected],
  ['no parent', {}, [{ op: 'add', path: '/a/b', value: 1 }], rejected],
  ['unknown operation', {}, [{ op: 'frobnicate', path: '/a' }], rejected],
  ['no operation', {}, [{ path: '/a', value: 1 }], rejected],
  ['no path', {}, [{ op: 'add', value: 1 }], rejected],
  ['no value is null', {}, [{ op: 'add', path: '/a' }], { a: null }],
  ['no from', {}, [{ op: 'move', path: '/a' }], rejected],
  ['no leading slash', {}, [{ op: 'add', path: 'data/x', value: 1 }], { x: 1 }],
  ['root replaced', { a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
  ['root added', { a: 1 }, [{ op: 'add', path: '', value: {} }], rejected],
  ['root removed', { a: 1 }, [{ op: 'remove', path: '' }], rejected],
  ['root tested', { a: 1 }, [{ op: 'test', path: '', value: {} }], rejected],
  ['null', { a: 1 }, null, { a: 1 }],
  ['no list', {}, {}, 'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp'],
  ['text', {}, 'text', 'error decoding patch: json: cannot unmarshal string into Go value of type []handlers.jsonPatchOp'],
  ['no object', {}, [1], 'error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp'],
  ['list: append', { l: [1] }, [{ op: 'add', path: '/l/-', value: 2 }], { l: [1, 2] }],
  ['list: insert', { l: [1] }, [{ op: 'add', path: '/l/0', value: 2 }], { l: [2, 1] }],
  ['list: beyond the end', { l: [1] }, [{ op: 'add', path: '/l/2', value: 2 }], rejected],
  ['list: remove from the end', { l: [1, 2] }, [{ op: 'remove', path: '/l/-1' }], { l: [1] }],
  ['list: too negative', { l: [1] }, [{ op: 'remove', path: '/l/-2' }], rejected],
  ['list: no index', { l: [1] }, [{ op: 'replace', path: '/l/x', value: 2 }], rejected],
  ['list: replace', { l: [1] }, [{ op: 'replace', path: '/l/0', value: 2 }], { l: [2] }],
  ['a prototype is no member', {}, [{ op: 'add', path: '/__proto__/polluted', value: 1 }], rejected],
  ['nor a constructor', {}, [{ op: 'remove', path: '/constructor' }], rejected],
])('%s', (_, document, operations, result) => {
  expect(patch(document, operations)).toEqual(result)
})

test('hostile keys are ordinary members', () => {
  const result = patch({}, JSON.parse('[{"op":"add","path":"/__proto__","value":{"x":1}}]')) as JsonObject
  expect(JSON.stringify(result)).toBe('{"__proto__":{"x":1}}')
})

test('limits', () => {
  expect(
    patch(
      {},
      Array.from({ length: 10_001 }, () => ({})),
    ),
  ).toBe('Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001')
  const doubling = Array.from({ length: 30 }, (_, index) => ({ op: 'copy', from: '/a', path: `/a/${index}` }))
  expect(patch({ a: { x: 'y'.repeat(100) } }, doubling)).toBe(rejected)
})

test('unknown members of operations', () => {
  expect(
    jsonPatchUnknownFields([
      { op: 'remove', path: '/a' },
      { op: 'add', path: '/a', value: 1, extra: 1 },
    ]),
  ).toEqual(['json patch unknown field "[1].extra"'])
})

test('what fast-json-patch finds as the difference leads from one document to the other', () => {
  const document = fc.dictionary(fc.constantFrom('a', 'b', 'c/~', '0'), fc.jsonValue({ maxDepth: 3 })) as fc.Arbitrary<JsonObject>
  fc.assert(
    fc.property(document, document, (from, to) => {
      const operations = fastJsonPatch.compare(from, to)
      expect(JSON.parse(JSON.stringify(patch(from, operations)))).toEqual(JSON.parse(JSON.stringify(to)))
    }),
  )
})
