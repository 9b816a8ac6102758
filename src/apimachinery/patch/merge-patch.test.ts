import { expect, test } from 'vitest'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { applyMergePatch } from './merge-patch.ts'

// The examples of RFC 7386, appendix A, as far as documents are objects; upstream also removes nulls inside new values.
test.each([
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', '{}'],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ['{}', '{"a":[null,{"b":null}]}', '{"a":[null,{}]}'],
  ['{"a":{}}', '{"a":[{"b":null}]}', '{"a":[{"b":null}]}'],
  ['{"a":1}', '{"__proto__":{"x":1},"constructor":2}', '{"a":1,"__proto__":{"x":1},"constructor":2}'],
  ['{"__proto__":{"x":1}}', '{"__proto__":{"y":2}}', '{"__proto__":{"x":1,"y":2}}'],
])('%s patched with %s', (document, patch, result) => {
  const original = JSON.parse(document) as JsonObject
  const change = JSON.parse(patch) as JsonValue
  expect(JSON.stringify(applyMergePatch(original, change))).toBe(result)
  expect([JSON.stringify(original), JSON.stringify(change)]).toEqual([document, patch])
})

test.each([
  [[], 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}'],
  [null, 'Invalid JSON Patch'],
])('%j is refused', (patch, message) => {
  expect(() => applyMergePatch({}, patch)).toThrow(message)
})
