import { expect, test } from 'vitest'
import { canonicalTime, formatMicroseconds, formatSeconds, isZeroTime } from './rfc3339.ts'

test.each([
  ['2024-02-29T12:00:00Z', '2024-02-29T12:00:00Z'],
  ['2024-01-01T00:30:00+02:00', '2023-12-31T22:30:00Z'],
  ['2024-01-01T00:00:00.987Z', '2024-01-01T00:00:00Z'],
  ['2024-01-01T00:00:00,987-24:60', '2024-01-02T01:00:00Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
])('%s is %s', (text, expected) => expect(canonicalTime(text, 'seconds')).toBe(expected))

test('six digits of a MicroTime', () => expect(canonicalTime('2024-01-01T00:00:00.123456+01:00', 'micro')).toBe('2023-12-31T23:00:00.123456Z'))

test.each([
  ['yesterday', 'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"'],
  ['2024-01-01', 'parsing time "2024-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'],
  ['2024-13-01T00:00:00Z', 'parsing time "2024-13-01T00:00:00Z": month out of range'],
  ['2023-02-29T00:00:00Z', 'parsing time "2023-02-29T00:00:00Z": day out of range'],
  ['2024-12-31T24:00:00Z', 'parsing time "2024-12-31T24:00:00Z": hour out of range'],
  // The first number that cannot be is named, whatever follows it; a day is judged last.
  ['2024-13-99', 'parsing time "2024-13-99": month out of range'],
  ['2024-02-30T00:60:00', 'parsing time "2024-02-30T00:60:00": minute out of range'],
  ['2024-02-30T00:00:00', 'parsing time "2024-02-30T00:00:00" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"'],
  ['2024-01-01T00:00:60.5Z', 'parsing time "2024-01-01T00:00:60.5Z": second out of range'],
  ['2024-01-01T00:00:00+25:00', 'parsing time "2024-01-01T00:00:00+25:00": time zone offset hour out of range'],
  ['2024-01-01T00:00:00+01:61', 'parsing time "2024-01-01T00:00:00+01:61": time zone offset minute out of range'],
  ['2024-01-01T00:00:00Zx', 'parsing time "2024-01-01T00:00:00Zx": extra text: "x"'],
])('%s is refused', (text, message) => expect(() => canonicalTime(text, 'seconds')).toThrow(message))

test('a MicroTime needs its six digits, and a month that is one before them', () => {
  expect(() => canonicalTime('2024-13-01T00:00:00Z', 'micro')).toThrow('parsing time "2024-13-01T00:00:00Z": month out of range')
  const layout = 'as "2006-01-02T15:04:05.000000Z07:00"'
  expect(() => canonicalTime('2024-01-01T00:00:00.5Z', 'micro')).toThrow(`parsing time "2024-01-01T00:00:00.5Z" ${layout}: cannot parse ".5Z" as ".000000"`)
})

test('clock times', () => {
  expect(formatSeconds(1_700_000_000_999)).toBe('2023-11-14T22:13:20Z')
  expect(formatMicroseconds(1_700_000_000_000.25)).toBe('2023-11-14T22:13:20.000250Z')
  expect(formatMicroseconds(-1)).toBe('1969-12-31T23:59:59.999000Z')
})

test('the zero time', () => {
  expect(isZeroTime('0001-01-01T00:00:00Z')).toBe(true)
  expect(isZeroTime('0001-01-01T00:00:00.000000Z')).toBe(true)
  expect(isZeroTime('0001-01-01T00:00:00.000001Z')).toBe(false)
})
