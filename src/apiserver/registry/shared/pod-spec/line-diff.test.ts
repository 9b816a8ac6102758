import { expect, test } from 'vitest'
import { unifiedDiff } from './line-diff.ts'

const lines = (text: string) => text.split(' ')
const numbers = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`)

test.each([
  ['equal texts have no difference', 'a b c', 'a b c', ''],
  ['a change shows what was and what is', 'a b c', 'a x c', '@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n'],
  ['an addition', 'a c', 'a b c', '@@ -1,2 +1,3 @@\n a\n+b\n c\n'],
  ['one line each: no lengths', 'a', 'b', '@@ -1 +1 @@\n-a\n+b\n'],
  ['three lines of context', 'a b c d e f g h i', 'a b c d X f g h i', '@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+X\n f\n g\n h\n'],
])('%s', (_, a, b, expected) => {
  expect(unifiedDiff(lines(a), lines(b))).toBe(expected)
})

test('far changes are in groups of their own', () => {
  const changed = numbers(30)
  changed[5] = 'first'
  changed[20] = 'second'
  const headers = unifiedDiff(numbers(30), changed)
    .split('\n')
    .filter((line) => line.startsWith('@@'))
  expect(headers).toEqual(['@@ -3,7 +3,7 @@', '@@ -18,7 +18,7 @@'])
})

test('a long text that repeats itself still differs in one place only', () => {
  const a = Array.from({ length: 400 }, (_, index) => (index % 2 === 0 ? 'often' : `line ${index}`))
  const b = a.with(201, 'changed')
  expect(
    unifiedDiff(a, b)
      .split('\n')
      .filter((line) => /^[-+]/.test(line)),
  ).toEqual(['-line 201', '+changed'])
})

test('texts that take too long to compare: what was not looked at counts as changed, though the last line is the same', () => {
  const inside = Array.from({ length: 9000 }, (_, index) => `${index % 200}`)
  const diff = unifiedDiff(['first', ...inside, 'last'], ['first', ...inside.toReversed(), 'last']).split('\n')
  expect([diff[1], diff.at(-2)]).toEqual([' first', '+last'])
})

test('a difference that nobody would read to its end is cut off', () => {
  const long = (prefix: string) => Array.from({ length: 500 }, (_, index) => `${prefix}${index}`.padEnd(1000))
  const diff = unifiedDiff(long('a'), long('b'))
  expect([diff.length < 140_000, diff.endsWith('\n...\n')]).toEqual([true, true])
})
