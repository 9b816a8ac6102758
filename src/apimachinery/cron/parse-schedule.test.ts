import { expect, test } from 'vitest'
import { type FieldSchedule, parseSchedule } from './parse-schedule.ts'
import { isTimeZone } from './time-zone.ts'

const numbers = (set: ReadonlySet<number>) => [...set].join(' ')

test.each([
  // text, minutes, hours, days of month, months, days of week
  ['0 12 1 1 0', '0', '12', '1', '1', '0'],
  ['*/20 0-6/3 1,15 JAN,dec mon-fri', '0 20 40', '0 3 6', '1 15', '1 12', '1 2 3 4 5'],
  ['50/5 22/1 31 2 6', '50 55', '22 23', '31', '2', '6'],
  ['@weekly', '0', '0', undefined, undefined, '0'],
  ['TZ=Europe/Berlin 1 2 3 4 5', '1', '2', '3', '4', '5'],
])('%s', (text, minutes, hours, days, months, weekdays) => {
  const schedule = parseSchedule(text) as FieldSchedule
  expect(numbers(schedule.minutes)).toBe(minutes)
  expect(numbers(schedule.hours)).toBe(hours)
  if (days) expect(numbers(schedule.daysOfMonth)).toBe(days)
  if (months) expect(numbers(schedule.months)).toBe(months)
  expect(numbers(schedule.daysOfWeek)).toBe(weekdays)
})

test('days: a star leaves the choice to the other field; a stepped star does not', () => {
  const days = (text: string) => {
    const { anyDayOfMonth, anyDayOfWeek } = parseSchedule(text) as FieldSchedule
    return [anyDayOfMonth, anyDayOfWeek]
  }
  expect(days('0 0 * * 1')).toEqual([true, false])
  expect(days('0 0 ? * *')).toEqual([true, true])
  expect(days('0 0 */2 * 1')).toEqual([false, false])
})

test('what is said again and again is said once', () => {
  expect(parseSchedule(`${'*/30,0-59/30,5,'.repeat(50_000)}7 * * * *`)).toMatchObject({ minutes: new Set([0, 30, 5, 7]) })
  expect(() => parseSchedule(`1,1,61,1-2-3,61 * * * *`)).toThrow('end of range (61) above maximum (59): 61')
})

test('intervals are whole seconds', () => {
  expect(parseSchedule('@every 1m30.7s')).toEqual({ kind: 'every', seconds: 90 })
  expect(parseSchedule('@every 1ms')).toEqual({ kind: 'every', seconds: 1 })
})

test.each([
  ['', 'empty spec string'],
  ['x', 'expected exactly 5 fields, found 1: [x]'],
  ['* * * * * *', 'expected exactly 5 fields, found 6: [* * * * * *]'],
  ['0 0 L * *', 'failed to parse int from L: strconv.Atoi: parsing "L": invalid syntax'],
  ['1 2 3 4 7', 'end of range (7) above maximum (6): 7'],
  ['0 0 0 * *', 'beginning of range (0) below minimum (1): 0'],
  ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
  ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
  ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
  ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ['@reboot', 'unrecognized descriptor: @reboot'],
  ['@every x', 'failed to parse duration @every x: time: invalid duration "x"'],
  ['TZ=Mars/Phobos 1 2 3 4 5', 'provided bad location Mars/Phobos: unknown time zone Mars/Phobos'],
])('refused: %s', (text, message) => expect(() => parseSchedule(text)).toThrow(message))

test.each([
  ['Europe/Berlin', true],
  ['Etc/UTC', true],
  ['US/Eastern', true], // a link
  ['europe/berlin', false],
  ['Europe/BERLIN', false],
  ['etc/utc', false],
  ['+01:00', false],
  ['Mars/Phobos', false],
])('zone %s: %s', (name, expected) => expect(isTimeZone(name)).toBe(expected))
