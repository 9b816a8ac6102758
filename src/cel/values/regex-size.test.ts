import { expect, test } from 'vitest'
import { matches } from './regex.ts'
import { regexSize } from './regex-size.ts'
import { CelError } from './value.ts'

test.each([
  ['', 0],
  ['abc', 3],
  ['a+b*c?', 3],
  ['a{10}', 10],
  ['a{2,5}', 5],
  ['a{7,}', 7],
  ['a{,3}', 4],
  ['(ab)', 3],
  ['(ab){10}', 30],
  ['((a{10}){10}){10}', 1110],
  ['(a|b){3}c', 13],
  ['\\(\\){4}', 5],
  ['[(){}]{4}', 4],
  ['[]a]{4}', 4],
  ['[[:alpha:](]{4}', 4],
  ['[^\\]]{4}', 4],
  ['\\pL', 101],
  ['[\\pL\\PN]{2}', 202],
  ['\\p{Greek}{3}', 103],
  ['\\x{2028}{3}', 3],
  // No regular expressions, but their sizes are asked before that is known.
  ['a){3}', 3],
  ['(a', 2],
  ['[a', 2],
])('the size of %j', (pattern, size) => expect(regexSize(pattern)).toBe(size))

test('a pattern that compiles to too much is an error', () => {
  expect(() => matches('a', '(a{100}){10}'.repeat(100))).toThrow(new CelError('error parsing regexp: expression too large'))
  expect(() => matches('a', '\\pL'.repeat(1000))).toThrow('expression too large')
  expect(matches('é'.repeat(1000), '^\\pL{1000}$')).toBe(true)
  expect(matches(`${'a-'.repeat(30)}z`, '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$')).toBe(true)
})
