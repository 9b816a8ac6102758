// When a schedule is due next, on the clocks of a time zone. An hour that clocks skip is not due; one that they repeat is due twice.
// Source: github.com/robfig/cron v3 (spec.go, constantdelay.go).
import type { CronSchedule, FieldSchedule } from '../../apimachinery/cron/parse-schedule.ts'

const secondMs = 1000
const minuteMs = 60_000
const hourMs = 3_600_000

/** Years searched: 29 February comes every fourth, mostly. */
const yearsMax = 5

/**
 * @param zone for schedules that name none; undefined: that of this machine
 * @returns milliseconds since the epoch, on a whole second after `afterMs`; undefined when there is none within five years
 */
export function nextTime(schedule: CronSchedule, afterMs: number, zone?: string): number | undefined {
  const secondBefore = Math.floor(afterMs / secondMs) * secondMs
  if (schedule.kind === 'every') return secondBefore + schedule.seconds * secondMs
  return nextMatch(schedule, secondBefore + secondMs, schedule.timeZone === undefined ? zone : schedule.timeZone || 'UTC')
}

/** Goes to the next month, day, hour or minute until all match. */
function nextMatch(schedule: FieldSchedule, fromMs: number, zone: string | undefined): number | undefined {
  let ms = fromMs
  const yearMax = wallClock(ms, zone).getUTCFullYear() + yearsMax
  for (;;) {
    const wall = wallClock(ms, zone)
    const [year, month, day] = [wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate()]
    const [minute, second] = [wall.getUTCMinutes(), wall.getUTCSeconds()]
    if (year > yearMax) return undefined
    if (!schedule.months.has(month + 1)) ms = startOfDay(year, month + 1, 1, zone)
    else if (!dayMatches(schedule, day, wall.getUTCDay())) ms = startOfDay(year, month, day + 1, zone)
    else if (!schedule.hours.has(wall.getUTCHours())) ms += hourMs - minute * minuteMs - second * secondMs
    else if (!schedule.minutes.has(minute) || second > 0) ms += minuteMs - second * secondMs
    else return ms
  }
}

function dayMatches({ daysOfMonth, daysOfWeek, anyDayOfMonth, anyDayOfWeek }: FieldSchedule, day: number, weekday: number): boolean {
  const [byMonth, byWeek] = [daysOfMonth.has(day), daysOfWeek.has(weekday)]
  return anyDayOfMonth || anyDayOfWeek ? byMonth && byWeek : byMonth || byWeek
}

/** The first instant of a day; where clocks skip midnight, that is one o'clock. Months and days may overflow. */
function startOfDay(year: number, month: number, day: number, zone: string | undefined): number {
  const midnight = Date.UTC(year, month, day)
  const guess = midnight - offsetMs(midnight - offsetMs(midnight, zone), zone)
  const hour = wallClock(guess, zone).getUTCHours()
  return hour > 12 ? guess + (24 - hour) * hourMs : guess
}

/** A Date whose UTC fields are what clocks in the zone show. */
const wallClock = (ms: number, zone: string | undefined) => new Date(ms + offsetMs(ms, zone))

const formats = new Map<string | undefined, Intl.DateTimeFormat>()

function offsetMs(ms: number, zone: string | undefined): number {
  if (zone === 'UTC') return 0
  let format = formats.get(zone)
  if (!format) {
    const fields = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' } as const
    format = new Intl.DateTimeFormat('en-US', { ...(zone === undefined ? {} : { timeZone: zone }), ...fields, hourCycle: 'h23' })
    formats.set(zone, format)
  }
  const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
  const [year, month, day] = [parts.get('year')!, parts.get('month')!, parts.get('day')!]
  return Date.UTC(year, month - 1, day, parts.get('hour'), parts.get('minute'), parts.get('second')) - Math.floor(ms / secondMs) * secondMs
}

/** `2026-01-31T10:20:30+01:00`; `Z` for UTC. */
export function formatInZone(ms: number, zone: string): string {
  const offset = offsetMs(ms, zone)
  const text = new Date(ms + offset).toISOString().slice(0, 19)
  if (offset === 0) return `${text}Z`
  const two = (value: number) => String(Math.trunc(value)).padStart(2, '0')
  const minutes = Math.abs(offset) / minuteMs
  return `${text}${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`
}
