import { expect, test } from 'vitest'
import { parseSchedule } from '../../apimachinery/cron/parse-schedule.ts'
import { formatInZone, nextTime } from './next-time.ts'

const next = (schedule: string, after: string, zone = 'UTC') => {
  const ms = nextTime(parseSchedule(schedule), Date.parse(after), zone)
  return ms === undefined ? undefined : formatInZone(ms, zone)
}

// From the tests of robfig/cron, and some more.
for (const [schedule, after, expected] of [
  ['*/15 * * * *', '2012-07-09T14:45:00Z', '2012-07-09T15:00:00Z'],
  ['*/15 * * * *', '2012-07-09T14:59:59Z', '2012-07-09T15:00:00Z'],
  ['*/15 * * * *', '2012-07-09T14:44:59.999Z', '2012-07-09T14:45:00Z'],
  ['20-35/15 * * * *', '2012-07-09T15:45:00Z', '2012-07-09T16:20:00Z'],
  ['*/15 * * * *', '2012-12-31T23:46:00Z', '2013-01-01T00:00:00Z'],
  ['0 0 9 Apr-Oct ?', '2012-07-09T23:35:00Z', '2012-08-09T00:00:00Z'],
  ['0 0 */5 Apr,Aug,Oct Mon', '2012-07-09T23:35:00Z', '2012-08-01T00:00:00Z'],
  ['0 0 */5 Oct Mon', '2012-07-09T23:35:00Z', '2012-10-01T00:00:00Z'],
  ['0 0 * Feb Mon', '2012-07-09T23:35:00Z', '2013-02-04T00:00:00Z'],
  ['0 0 * Feb Mon/2', '2012-07-09T23:35:00Z', '2013-02-01T00:00:00Z'],
  ['0 0 29 Feb ?', '2012-07-09T23:35:00Z', '2016-02-29T00:00:00Z'],
  ['0 0 30 Feb ?', '2012-07-09T23:35:00Z', undefined],
  ['0 0 31 Apr ?', '2012-07-09T23:35:00Z', undefined],
  ['@hourly', '2026-01-01T10:59:59Z', '2026-01-01T11:00:00Z'],
  ['@every 90s', '2026-01-01T10:00:00.500Z', '2026-01-01T10:01:30Z'],
  ['TZ=Asia/Tokyo 0 9 * * *', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'],
] as const) {
  test(`${schedule} after ${after}`, () => expect(next(schedule, after)).toBe(expected))
}

for (const { name, schedule, after, zone, expected } of [
  {
    name: 'an hour that is skipped',
    schedule: '30 2 11 Mar ?',
    after: '2012-03-11T00:00:00-05:00',
    zone: 'America/New_York',
    expected: '2013-03-11T02:30:00-04:00',
  },
  { name: 'hourly over it', schedule: '0 * * * ?', after: '2012-03-11T01:00:00-05:00', zone: 'America/New_York', expected: '2012-03-11T03:00:00-04:00' },
  {
    name: 'hourly into a repeated hour',
    schedule: '0 * * * ?',
    after: '2012-11-04T01:00:00-04:00',
    zone: 'America/New_York',
    expected: '2012-11-04T01:00:00-05:00',
  },
  {
    name: 'a time that is repeated',
    schedule: '30 1 * * ?',
    after: '2012-11-04T01:30:00-04:00',
    zone: 'America/New_York',
    expected: '2012-11-04T01:30:00-05:00',
  },
  { name: 'no midnight', schedule: '0 9 * * ?', after: '2018-11-03T10:00:00-03:00', zone: 'America/Sao_Paulo', expected: '2018-11-04T09:00:00-02:00' },
  { name: 'half an hour', schedule: '0 0 * * *', after: '2026-01-01T00:00:00Z', zone: 'Asia/Kolkata', expected: '2026-01-02T00:00:00+05:30' },
]) {
  test(`clocks change: ${name}`, () => expect(next(schedule, after, zone)).toBe(expected))
}
