import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { SelectorError } from '../labels/selector.ts'
import { newFieldSelector, parseFieldSelector } from './selector.ts'

const pod = (field: string) => (field === 'metadata.name' ? 'a' : field === 'spec.nodeName' ? 'n,1' : '')

test.each([
  ['', true],
  ['metadata.name=a', true],
  ['metadata.name==a', true],
  ['metadata.name=a,', true], // as a real API server accepts it
  ['metadata.name!=a', false],
  ['metadata.name=a,spec.nodeName=n\\,1', true],
  ['status.phase=', true],
  ['status.phase!=', false],
  ['metadata.name=a,metadata.name=b', false],
  ['metadata.name=a,metadata.name=a', true],
  ['metadata.name!=b,metadata.name!=c', true],
  ['metadata.name!=b,metadata.name!=a', false],
  ['metadata.name=a,metadata.name!=a', false],
])('%j matches: %j', (text, matches) => {
  expect(parseFieldSelector(text).matches(pod)).toBe(matches)
})

test.each([
  ['metadata.name', "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
  ['metadata.name in (a)', "invalid selector: 'metadata.name in (a)'; can't understand 'metadata.name in (a)'"],
  ['metadata.name=a\\b', 'invalid field selector: invalid escape sequence: \\b'],
  ['metadata.name=a\\', 'invalid field selector: invalid escape sequence: \\'],
  ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
])('%j is refused', (text, message) => {
  expect(() => parseFieldSelector(text)).toThrow(new SelectorError(message))
})

test('names can be mapped and terms dropped', () => {
  const selector = parseFieldSelector('name=a,drop=x')
  const mapped = selector.transform((term) => ({ ...term, field: term.field === 'name' ? 'metadata.name' : '' }))
  expect([mapped.toString(), mapped.exactMatch('metadata.name')]).toEqual(['metadata.name=a', 'a'])
})

test('what is written can be read', () => {
  const term = fc.record({ field: fc.stringMatching(/^[a-z.]{1,8}$/), operator: fc.constantFrom('=' as const, '!=' as const), value: fc.string() })
  fc.assert(
    fc.property(term, (term) => {
      expect(parseFieldSelector(newFieldSelector([term]).toString()).terms).toEqual([term])
    }),
  )
})
