import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { matches } from './regex.ts'

/** Makes a state of the automaton for each text of `length` characters: there are more than can be kept. */
const explosive = (length: number) => `[ab]*a[ab]{${length}}$`
/** The same for each run, and without a period. */
function abOf(length: number): string {
  let seed = 1
  return Array.from({ length }, () => ((seed = (seed * 48_271) % 2_147_483_647) % 2 ? 'a' : 'b')).join('')
}
const tooLong = 'the text is too long for a regular expression of this size'

afterEach(() => nextTurn())

// A fifth of what may be spent, at most, on the machines that this was written on.
test.each([
  ['\\pL{100}', 'é'.repeat(25_000)],
  ['pass?word$', `${'x'.repeat(60_000)}password`],
  ['^(?:[a-z]+\\n)*-----END$', `${'ab\n'.repeat(6_000)}-----END`],
  ['^(?:\\x{1f600}{2})+$', '😀'.repeat(10_000)],
])('long texts are matched: %s', (pattern, text) => expect(matches(text, pattern)).toBe(true))

test('a pattern without an end of states is broken off, and so are all that follow in the same turn', async () => {
  const text = abOf(200_000)
  expect(() => matches(text, explosive(200))).toThrow(tooLong)
  expect(() => matches(text.slice(0, 1000), explosive(201))).toThrow(tooLong)
  expect(matches('a', '^a$')).toBe(true)
  await nextTurn()
  expect(matches(text.slice(0, 1000), explosive(202))).toBe(text.at(1000 - 203) === 'a')
})

test('many that are short each are so, too', () => {
  const text = abOf(1200)
  expect(() => {
    for (let length = 100; length < 400; length++) matches(text, explosive(length))
  }).toThrow(tooLong)
})
