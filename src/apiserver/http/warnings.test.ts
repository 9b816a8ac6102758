import { expect, test } from 'vitest'
import { Warnings } from './warnings.ts'

const textsOf = (texts: readonly string[]) => {
  const warnings = new Warnings()
  for (const text of texts) warnings.add(text)
  return warnings.texts
}
const numbered = (count: number, length: number) => Array.from({ length: count }, (_, index) => `${index}`.padEnd(length, 'x'))

test.each<[string, readonly string[], readonly string[]]>([
  ['each once, in order', ['b', 'a', 'b', ''], ['b', 'a']],
  ['4096 characters as they are', numbered(4, 1024), numbered(4, 1024)],
  ['one more: all are cut at 256', [...numbered(4, 1024), 'y'], [...numbered(4, 256), 'y']],
  ['one that is too long by itself', ['x'.repeat(5000)], ['x'.repeat(256)]],
  ['characters beyond the basic plane count once', ['😀'.repeat(4096)], ['😀'.repeat(4096)]],
  ['and are not cut in two', ['😀'.repeat(4097)], ['😀'.repeat(256)]],
])('%s', (_, given, expected) => expect(textsOf(given)).toEqual(expected))

test('a million different ones are those that fit', () => {
  // Within the limit 409 of ten characters; the next one exceeds it, and cut none is shorter.
  expect(textsOf(numbered(1_000_000, 10))).toEqual(numbered(410, 10))
})
