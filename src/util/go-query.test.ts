import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseGoQuery } from './go-query.ts'

// Each as `url.ParseQuery` of Go 1.26 gives it, its error aside.
test.each([
  ['', []],
  ['a=b', [['a', 'b']]],
  ['a', [['a', '']]],
  ['a=', [['a', '']]],
  ['=b', [['', 'b']]],
  ['=', [['', '']]],
  ['a=b=c', [['a', 'b=c']]],
  ['&&a=1&&', [['a', '1']]],
  [
    'a=1&b=2&a=3',
    [
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ],
  ],
  ['a+b=c+d', [['a b', 'c d']]],
  ['a%2Bb=%26%3D%3b', [['a+b', '&=;']]],
  ['a=%', []],
  ['a=%2', []],
  ['a=%zz&b=1', [['b', '1']]],
  ['%zz=1&b=2', [['b', '2']]],
  ['a=%%41&b=%41', [['b', 'A']]],
  ['a=1;b=2&c=3', [['c', '3']]],
  ['a=1;&c=3', [['c', '3']]],
  ['a=1&c=3;', [['a', '1']]],
  ['?a=1', [['?a', '1']]],
  ['a=%&?b=1', [['?b', '1']]],
  ['a=#b', [['a', '#b']]],
  ['a=ä', [['a', 'ä']]],
  ['a=%C3%A4', [['a', 'ä']]],
  ['a=%FF', [['a', '\uFFFD']]],
  ['__proto__=1', [['__proto__', '1']]],
] as const)('%s', (search, pairs) => expect([...parseGoQuery(search)]).toEqual(pairs))

test('ten thousand pairs are read, one more is too many', () => {
  const pairs = (count: number) => [...parseGoQuery(Array.from({ length: count }, () => 'a').join('&'))].length
  expect([pairs(9_999), pairs(10_000), pairs(10_001)]).toEqual([9_999, 10_000, 0])
})

test('what is well formed is what it always was', () => {
  const pair = fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))
  fc.assert(
    fc.property(fc.array(pair), (pairs) => {
      expect([...parseGoQuery(String(new URLSearchParams(pairs)))]).toEqual(pairs)
    }),
  )
})
