import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { durationMs, formatDuration, parseDuration } from './duration.ts'

test.each([
  ['0', '0s'],
  ['90m', '1h30m0s'],
  ['1.5s', '1.5s'],
  ['100ms', '100ms'],
  ['1500us', '1.5ms'],
  ['2us', '2µs'],
  ['7ns', '7ns'],
  ['-1m', '-1m0s'],
  ['1h0.5s', '1h0m0.5s'],
  ['.5h', '30m0s'],
  ['1.s', '1s'],
  ['-0', '0s'],
  ['0s1m0s', '1m0s'],
  ['1h1m1h1m', '2h2m0s'],
  [`${'0'.repeat(30)}5s`, '5s'],
  ['9223372035s1234567890ns', '2562047h47m16.23456789s'],
  ['1ns'.repeat(300_000), '300µs'],
])('%s is %s', (text, expected) => expect(formatDuration(parseDuration(text))).toBe(expected))

test.each([
  ['', 'time: invalid duration ""'],
  ['x', 'time: invalid duration "x"'],
  ['5', 'time: missing unit in duration "5"'],
  ['5x', 'time: unknown unit "x" in duration "5x"'],
  ['9999999h', 'time: invalid duration "9999999h"'],
  ['99999999999999999999ns', 'time: invalid duration "99999999999999999999ns"'],
  ['9223372036s9223372036s', 'time: invalid duration "9223372036s9223372036s"'],
  ['.', 'time: invalid duration "."'],
  ['.s', 'time: invalid duration ".s"'],
  ['1.2.3s', 'time: missing unit in duration "1.2.3s"'],
  ['1h5', 'time: missing unit in duration "1h5"'],
  ['1 h', 'time: unknown unit " h" in duration "1 h"'],
])('%j is refused', (text, message) => expect(() => parseDuration(text)).toThrow(message))

test('any duration survives its text', () => {
  fc.assert(fc.property(fc.bigInt({ min: -(2n ** 63n - 1n), max: 2n ** 63n - 1n }), (value) => parseDuration(formatDuration(value)) === value))
})

test('milliseconds for timers', () => expect(durationMs('1m0.25s')).toBe(60_250))
