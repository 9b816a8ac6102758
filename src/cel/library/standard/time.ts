// Fields of timestamps and durations. Source: cel-go common/types/{timestamp,duration}.go.
import type { FunctionDeclaration, Overload } from '../../declarations.ts'
import { durationType, intType, stringType, timestampType } from '../../types/cel-type.ts'
import { inZone } from '../../values/timestamp.ts'
import { type CelDuration, type CelTimestamp, int } from '../../values/value.ts'

type Field = (date: Date, timestamp: CelTimestamp) => number

/** Without a zone UTC is meant. */
function timestampField(id: string, zoneSuffix: string, field: Field): Overload[] {
  const inUtc = (timestamp: CelTimestamp) => field(inZone(timestamp, 'UTC'), timestamp)
  const evaluate = (timestamp: CelTimestamp, zone: string) => field(inZone(timestamp, zone), timestamp)
  return [
    { id, member: true, args: [timestampType], result: intType, evaluate: inUtc },
    { id: `${id}${zoneSuffix}`, member: true, args: [timestampType, stringType], result: intType, evaluate },
  ]
}

const durationUnit = (id: string, nanoseconds: bigint): Overload => ({
  id,
  member: true,
  args: [durationType],
  result: intType,
  evaluate: (duration: CelDuration) => int(duration.nanoseconds / nanoseconds),
})

const dayMs = 24 * 60 * 60 * 1000
const dayOfYear = (date: Date) => {
  const start = new Date(0)
  start.setUTCFullYear(date.getUTCFullYear(), 0, 1)
  return Math.floor((date.getTime() - start.getTime()) / dayMs)
}

const withTz = '_with_tz'

export const timeFunctions: readonly FunctionDeclaration[] = [
  { name: 'getFullYear', overloads: timestampField('timestamp_to_year', withTz, (date) => date.getUTCFullYear()) },
  { name: 'getMonth', overloads: timestampField('timestamp_to_month', withTz, (date) => date.getUTCMonth()) },
  { name: 'getDayOfYear', overloads: timestampField('timestamp_to_day_of_year', withTz, dayOfYear) },
  { name: 'getDayOfMonth', overloads: timestampField('timestamp_to_day_of_month', withTz, (date) => date.getUTCDate() - 1) },
  { name: 'getDate', overloads: timestampField('timestamp_to_day_of_month_1_based', withTz, (date) => date.getUTCDate()) },
  { name: 'getDayOfWeek', overloads: timestampField('timestamp_to_day_of_week', withTz, (date) => date.getUTCDay()) },
  {
    name: 'getHours',
    overloads: [...timestampField('timestamp_to_hours', '_tz', (date) => date.getUTCHours()), durationUnit('duration_to_hours', 3_600_000_000_000n)],
  },
  {
    name: 'getMinutes',
    overloads: [...timestampField('timestamp_to_minutes', '_tz', (date) => date.getUTCMinutes()), durationUnit('duration_to_minutes', 60_000_000_000n)],
  },
  {
    name: 'getSeconds',
    overloads: [...timestampField('timestamp_to_seconds', '_tz', (date) => date.getUTCSeconds()), durationUnit('duration_to_seconds', 1_000_000_000n)],
  },
  {
    name: 'getMilliseconds',
    overloads: [
      ...timestampField('timestamp_to_milliseconds', '_tz', (_date, { nanos }) => Math.floor(nanos / 1_000_000)),
      durationUnit('duration_to_milliseconds', 1_000_000n),
    ],
  },
]
