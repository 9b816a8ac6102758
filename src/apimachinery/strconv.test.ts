import { expect, test } from 'vitest'
import { parseInt64, parseIntError, parseUintError } from './strconv.ts'

const zeros = '0'.repeat(1_000_000)
const nines = '9'.repeat(1_000_000)

test.each([
  { text: '0', value: 0n },
  { text: '+5', value: 5n },
  { text: '-5', value: -5n },
  { text: '9223372036854775807', value: 2n ** 63n - 1n },
  { text: '-9223372036854775808', value: -(2n ** 63n) },
  { text: `${zeros}5`, value: 5n },
  { text: `-${zeros}`, value: 0n },
])('ParseInt of $text', ({ text, value }) => expect(parseInt64(text)).toBe(value))

test.each([
  { text: '', problem: 'invalid syntax' },
  { text: '1_000', problem: 'invalid syntax' },
  { text: ' 1', problem: 'invalid syntax' },
  { text: '0x1', problem: 'invalid syntax' },
  { text: '٣', problem: 'invalid syntax' },
  { text: '9223372036854775808', problem: 'value out of range' },
  { text: '-9223372036854775809', problem: 'value out of range' },
  { text: nines, problem: 'value out of range' },
])('ParseInt refuses $text', ({ text, problem }) => {
  expect(parseInt64(text)).toBeUndefined()
  expect(parseIntError(text)).toBe(`strconv.ParseInt: parsing "${text}": ${problem}`)
})

test.each([
  { text: '18446744073709551615', problem: undefined },
  { text: `${zeros}1`, problem: undefined },
  { text: '18446744073709551616', problem: 'value out of range' },
  { text: nines, problem: 'value out of range' },
  { text: '-1', problem: 'invalid syntax' },
  { text: '+1', problem: 'invalid syntax' },
])('ParseUint of $text', ({ text, problem }) => {
  expect(parseUintError(text)).toBe(problem && `strconv.ParseUint: parsing "${text}": ${problem}`)
})
