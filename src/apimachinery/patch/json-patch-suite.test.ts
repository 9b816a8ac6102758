// The cases of the public JSON Patch suite (json-patch/json-patch-tests and RFC 6902, appendix A), with the verdicts of the library that
// upstream uses (evanphx/json-patch v4): where it is more lenient or stricter than the RFC, the row says so.
import { expect, test } from 'vitest'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { applyJsonPatch, jsonPatchSteps } from './json-patch.ts'

const refused = Symbol('refused')

const run = (apply: () => JsonValue): unknown => {
  try {
    return apply()
  } catch (error) {
    expect(error).toMatchObject({ name: 'ApiError' })
    return refused
  }
}

const rows: readonly [name: string, document: object, patch: readonly object[], expected: unknown][] = [
  ['empty list, empty docs', {}, [], {}],
  ['empty patch list', { foo: 1 }, [], { foo: 1 }],
  ['rearrangements OK?', { foo: 1, bar: 2 }, [], { bar: 2, foo: 1 }],
  ['add replaces any existing field', { foo: null }, [{ op: 'add', path: '/foo', value: 1 }], { foo: 1 }],
  ['toplevel object, numeric string', {}, [{ op: 'add', path: '/foo', value: '1' }], { foo: '1' }],
  ['toplevel object, integer', {}, [{ op: 'add', path: '/foo', value: 1 }], { foo: 1 }],
  ['Add, / target', {}, [{ op: 'add', path: '/', value: 1 }], { '': 1 }],
  ['Add, /foo/ deep target (trailing slash)', { foo: {} }, [{ op: 'add', path: '/foo/', value: 1 }], { foo: { '': 1 } }],
  ['Add composite value at top level', { foo: 1 }, [{ op: 'add', path: '/bar', value: [1, 2] }], { foo: 1, bar: [1, 2] }],
  [
    'Add into composite value',
    { foo: 1, baz: [{ qux: 'hello' }] },
    [{ op: 'add', path: '/baz/0/foo', value: 'world' }],
    { foo: 1, baz: [{ qux: 'hello', foo: 'world' }] },
  ],
  ['out of bounds (upper)', { bar: [1, 2] }, [{ op: 'add', path: '/bar/8', value: '5' }], refused],
  ['negative index: from the end, against the RFC', { bar: [1, 2] }, [{ op: 'add', path: '/bar/-1', value: '5' }], { bar: [1, 2, '5'] }],
  ['undefined to true', { foo: 1 }, [{ op: 'add', path: '/bar', value: true }], { foo: 1, bar: true }],
  ['undefined to null', { foo: 1 }, [{ op: 'add', path: '/bar', value: null }], { foo: 1, bar: null }],
  ['a key that is an index in an object', { foo: 1 }, [{ op: 'add', path: '/0', value: 'bar' }], { foo: 1, '0': 'bar' }],
  ['insert at the beginning', { l: ['foo'] }, [{ op: 'add', path: '/l/0', value: 'bar' }], { l: ['bar', 'foo'] }],
  ['insert in the middle', { l: ['foo', 'sil'] }, [{ op: 'add', path: '/l/1', value: 'bar' }], { l: ['foo', 'bar', 'sil'] }],
  ['insert at the end by index', { l: ['foo', 'sil'] }, [{ op: 'add', path: '/l/2', value: 'bar' }], { l: ['foo', 'sil', 'bar'] }],
  ['push item to array via last index + 1', { l: [1] }, [{ op: 'add', path: '/l/1', value: 2 }], { l: [1, 2] }],
  ['add item to array at index > length should fail', { l: [1] }, [{ op: 'add', path: '/l/3', value: 2 }], refused],
  ['test against implementation-specific numeric parsing', { '1e0': 'foo' }, [{ op: 'test', path: '/1e0', value: 'foo' }], { '1e0': 'foo' }],
  ['test with bad number should fail', { l: ['foo', 'bar'] }, [{ op: 'test', path: '/l/1e0', value: 'bar' }], refused],
  ['object operation on array target', { l: ['foo'] }, [{ op: 'add', path: '/l/bar', value: 42 }], refused],
  ['value in array add not flattened', { l: ['foo'] }, [{ op: 'add', path: '/l/1', value: ['bar', 'baz'] }], { l: ['foo', ['bar', 'baz']] }],
  ['remove a member', { foo: 1, bar: [1, 2] }, [{ op: 'remove', path: '/bar' }], { foo: 1 }],
  ['remove deep', { foo: 1, baz: [{ qux: 'hello' }] }, [{ op: 'remove', path: '/baz/0/qux' }], { foo: 1, baz: [{}] }],
  ['replace a member', { foo: 1 }, [{ op: 'replace', path: '/foo', value: [1] }], { foo: [1] }],
  ['replace deep', { baz: [{ qux: 'hello' }] }, [{ op: 'replace', path: '/baz/0/qux', value: 'world' }], { baz: [{ qux: 'world' }] }],
  ['replace element', { l: ['foo'] }, [{ op: 'replace', path: '/l/0', value: 'bar' }], { l: ['bar'] }],
  ['replace with 0, true, false, null, list', { l: [''] }, [0, true, false, null, []].map((value) => ({ op: 'replace', path: '/l/0', value })), { l: [[]] }],
  ['replace of a missing member: an addition, against the RFC', { foo: 1 }, [{ op: 'replace', path: '/bar', value: 2 }], { foo: 1, bar: 2 }],
  ['replace outside of a list', { l: [1] }, [{ op: 'replace', path: '/l/1', value: 2 }], refused],
  ['replace whole document', { foo: 1 }, [{ op: 'replace', path: '', value: { baz: 1 } }], { baz: 1 }],
  ['add whole document: refused, against the RFC', { foo: 1 }, [{ op: 'add', path: '', value: { baz: 1 } }], refused],
  ['spurious patch properties', { foo: 1 }, [{ op: 'test', path: '/foo', value: 1, spurious: 1 }], { foo: 1 }],
  ['null value should be valid obj property', { foo: null }, [{ op: 'test', path: '/foo', value: null }], { foo: null }],
  ['null as a value that is moved', { foo: null }, [{ op: 'move', from: '/foo', path: '/bar' }], { bar: null }],
  ['null as a value that is copied', { foo: null }, [{ op: 'copy', from: '/foo', path: '/bar' }], { foo: null, bar: null }],
  [
    'test should pass despite rearrangement',
    { foo: { foo: 1, bar: 2 } },
    [{ op: 'test', path: '/foo', value: { bar: 2, foo: 1 } }],
    { foo: { foo: 1, bar: 2 } },
  ],
  [
    'test should pass despite (nested) rearrangement',
    { foo: [{ foo: 1, bar: 2 }] },
    [{ op: 'test', path: '/foo', value: [{ bar: 2, foo: 1 }] }],
    { foo: [{ foo: 1, bar: 2 }] },
  ],
  ['test should pass - no error', { foo: { bar: [1, 2, 5, 4] } }, [{ op: 'test', path: '/foo', value: { bar: [1, 2, 5, 4] } }], { foo: { bar: [1, 2, 5, 4] } }],
  ['test op should fail', { foo: { bar: [1, 2, 5, 4] } }, [{ op: 'test', path: '/foo', value: [1, 2] }], refused],
  ['Whole document', { foo: 1 }, [{ op: 'test', path: '', value: { foo: 1 } }], { foo: 1 }],
  ['Empty-string element', { '': 1 }, [{ op: 'test', path: '/', value: 1 }], { '': 1 }],
  [
    'keys of RFC 6901',
    { 'a/b': 1, 'c%d': 2, 'm~n': 8, ' ': 7 },
    [
      { op: 'test', path: '/a~1b', value: 1 },
      { op: 'test', path: '/c%d', value: 2 },
      { op: 'test', path: '/m~0n', value: 8 },
      { op: 'test', path: '/ ', value: 7 },
    ],
    { 'a/b': 1, 'c%d': 2, 'm~n': 8, ' ': 7 },
  ],
  ['~01 is ~1', { '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '~1': 10 }],
  ['Move to same location has no effect', { foo: 1 }, [{ op: 'move', from: '/foo', path: '/foo' }], { foo: 1 }],
  ['move between objects', { foo: 1, baz: [{ qux: 'hello' }] }, [{ op: 'move', from: '/foo', path: '/bar' }], { baz: [{ qux: 'hello' }], bar: 1 }],
  ['move deep', { baz: [{ qux: 'hello' }], bar: 1 }, [{ op: 'move', from: '/baz/0/qux', path: '/baz/1' }], { baz: [{}, 'hello'], bar: 1 }],
  [
    'move an array element (A.7)',
    { foo: ['all', 'grass', 'cows', 'eat'] },
    [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
    { foo: ['all', 'cows', 'eat', 'grass'] },
  ],
  [
    'copy deep',
    { baz: [{ qux: 'hello' }], bar: 1 },
    [{ op: 'copy', from: '/baz/0', path: '/boo' }],
    { baz: [{ qux: 'hello' }], bar: 1, boo: { qux: 'hello' } },
  ],
  ['replacing the root of the document is possible with test', { foo: 'bar' }, [{ op: 'test', path: '', value: { foo: 'baz' } }], refused],
  [
    'Adding to "/-" adds to the end of the array',
    { l: [1, 2] },
    [{ op: 'add', path: '/l/-', value: { foo: ['bar', 'baz'] } }],
    { l: [1, 2, { foo: ['bar', 'baz'] }] },
  ],
  [
    'Adding to "/-" of a nested list',
    { l: [1, 2, [3, [4, 5]]] },
    [{ op: 'add', path: '/l/2/1/-', value: { foo: ['bar'] } }],
    { l: [1, 2, [3, [4, 5, { foo: ['bar'] }]]] },
  ],
  ['test remove with bad number should fail', { foo: 1, baz: [{ qux: 'hello' }] }, [{ op: 'remove', path: '/baz/1e0/qux' }], refused],
  ['test remove on array', { l: [1, 2, 3, 4] }, [{ op: 'remove', path: '/l/0' }], { l: [2, 3, 4] }],
  [
    'test repeated removes',
    { l: [1, 2, 3, 4] },
    [
      { op: 'remove', path: '/l/1' },
      { op: 'remove', path: '/l/2' },
    ],
    { l: [1, 3] },
  ],
  ['test remove with bad index should fail', { l: [1, 2, 3, 4] }, [{ op: 'remove', path: '/l/1e0' }], refused],
  ['test replace with bad number should fail', { l: [''] }, [{ op: 'replace', path: '/l/1e0', value: false }], refused],
  ['test copy with bad number should fail', { baz: [1, 2, 3], bar: 1 }, [{ op: 'copy', from: '/baz/1e0', path: '/boo' }], refused],
  ['test move with bad number should fail', { foo: 1, baz: [1, 2, 3, 4] }, [{ op: 'move', from: '/baz/1e0', path: '/foo' }], refused],
  ['test add with bad number should fail', { l: ['foo', 'sil'] }, [{ op: 'add', path: '/l/1e0', value: 'bar' }], refused],
  ['missing path', { foo: 'bar' }, [{ op: 'add', value: 'bar' }], refused],
  ['missing from', { foo: 1 }, [{ op: 'copy', path: '/-' }], refused],
  ['missing from location to move', { foo: 1 }, [{ op: 'move', from: '/bar', path: '/foo' }], refused],
  ['unrecognized op should fail', { foo: 1 }, [{ op: 'spam', path: '/foo', value: 1 }], refused],
  ['remove of what is not there', { foo: 1 }, [{ op: 'remove', path: '/baz' }], refused],
  ['remove below what is not there', { foo: 'bar' }, [{ op: 'remove', path: '/baz/foo' }], refused],
  ['add below what is not there (A.12)', { foo: 'bar' }, [{ op: 'add', path: '/baz/bat', value: 'qux' }], refused],
  ['texts are not numbers (A.15)', { '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: '10' }], refused],
  ['a nested member object (A.10)', { foo: 'bar' }, [{ op: 'add', path: '/child', value: { grandchild: {} } }], { foo: 'bar', child: { grandchild: {} } }],
  [
    'nothing is kept of a patch that fails in the end',
    { foo: 1 },
    [
      { op: 'add', path: '/bar', value: 1 },
      { op: 'test', path: '/foo', value: 2 },
    ],
    refused,
  ],
]

test.each(rows)('%s', (_, document, patch, expected) => {
  const before = JSON.stringify(document)
  expect(run(() => applyJsonPatch(document as JsonObject, patch as unknown as JsonValue))).toEqual(expected)
  expect(JSON.stringify(document)).toBe(before)
  // One operation at a time comes to the same.
  const stepwise = () => {
    const steps = jsonPatchSteps(document as JsonObject, patch as unknown as JsonValue, 1)
    let step = steps.next()
    while (!step.done) step = steps.next()
    return step.value
  }
  expect(run(stepwise)).toEqual(expected)
})
