// Cron schedules: `*/5 * * * *`, `@hourly`, `@every 90s`. Five fields: minute, hour, day of month, month, day of week.
// Source of the grammar and of the messages: github.com/robfig/cron v3 (ParseStandard), which Kubernetes 1.36 uses.
import { DurationError, parseDuration } from '../duration/duration.ts'
import { goQuote } from '../go-quote.ts'
import { isTimeZone } from './time-zone.ts'

/** Says what is wrong in upstream's words. */
export class ScheduleError extends Error {
  override name = 'ScheduleError'
}

export interface FieldSchedule {
  readonly kind: 'fields'
  readonly minutes: ReadonlySet<number>
  readonly hours: ReadonlySet<number>
  readonly daysOfMonth: ReadonlySet<number>
  /** 1 to 12. */
  readonly months: ReadonlySet<number>
  /** 0 is Sunday. */
  readonly daysOfWeek: ReadonlySet<number>
  /** Was `*`. When neither field of days is, a day that either names will do; otherwise both must name it. */
  readonly anyDayOfMonth: boolean
  readonly anyDayOfWeek: boolean
  /** Of a `TZ=` prefix. */
  readonly timeZone?: string
}

export interface EverySchedule {
  readonly kind: 'every'
  /** Whole seconds, at least one. */
  readonly seconds: number
}

export type CronSchedule = FieldSchedule | EverySchedule

interface Bounds {
  readonly min: number
  readonly max: number
  readonly names?: readonly string[]
}

const minuteBounds: Bounds = { min: 0, max: 59 }
const hourBounds: Bounds = { min: 0, max: 23 }
const dayBounds: Bounds = { min: 1, max: 31 }
const monthBounds: Bounds = { min: 1, max: 12, names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] }
const weekdayBounds: Bounds = { min: 0, max: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] }

const descriptors: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
])

function parseNumber(text: string): number {
  if (!/^[+-]?[0-9]+$/.test(text)) {
    throw new ScheduleError(`failed to parse int from ${text}: strconv.Atoi: parsing ${goQuote(text)}: invalid syntax`)
  }
  const value = Number(text)
  if (!Number.isSafeInteger(value)) {
    throw new ScheduleError(`failed to parse int from ${text}: strconv.Atoi: parsing ${goQuote(text)}: value out of range`)
  }
  if (value < 0) throw new ScheduleError(`negative number (${value}) not allowed: ${text}`)
  return value
}

function parseNumberOrName(text: string, { min, names = [] }: Bounds): number {
  const at = names.indexOf(text.toLowerCase())
  return at < 0 ? parseNumber(text) : at + min
}

interface Range {
  readonly start: number
  /** Belongs to it. */
  readonly end: number
  readonly step: number
  readonly any: boolean
}

/** `number | number "-" number [ "/" number ]`, or `*` for all. */
function parseRange(text: string, bounds: Bounds): Range {
  const [span = '', stepText, ...slashes] = text.split('/')
  const [low = '', high, ...hyphens] = span.split('-')
  const all = low === '*' || low === '?'
  const start = all ? bounds.min : parseNumberOrName(low, bounds)
  if (!all && hyphens.length > 0) throw new ScheduleError(`too many hyphens: ${text}`)
  let end = all ? bounds.max : high === undefined ? start : parseNumberOrName(high, bounds)
  if (slashes.length > 0) throw new ScheduleError(`too many slashes: ${text}`)
  const step = stepText === undefined ? 1 : parseNumber(stepText)
  // `5/15` is `5-max/15`.
  if (stepText !== undefined && high === undefined) end = bounds.max
  if (start < bounds.min) throw new ScheduleError(`beginning of range (${start}) below minimum (${bounds.min}): ${text}`)
  if (end > bounds.max) throw new ScheduleError(`end of range (${end}) above maximum (${bounds.max}): ${text}`)
  if (start > end) throw new ScheduleError(`beginning of range (${start}) beyond end of range (${end}): ${text}`)
  if (step === 0) throw new ScheduleError(`step of range should be a positive number: ${text}`)
  return { start, end, step, any: all && step === 1 }
}

/** Nothing limits how often a schedule says the same: what it has said already costs nothing more. */
function parseField(text: string, bounds: Bounds): { readonly values: ReadonlySet<number>; readonly any: boolean } {
  const spans = new Map<number, Range>()
  let any = false
  for (const part of new Set(text.split(','))) {
    if (part === '') continue
    const range = parseRange(part, bounds)
    any ||= range.any
    // No bound is above 59; a larger step names the start alone.
    spans.set((range.start * 64 + range.end) * 64 + Math.min(range.step, 63), range)
  }
  const values = new Set<number>()
  for (const { start, end, step } of spans.values()) for (let value = start; value <= end; value += step) values.add(value)
  return { values, any }
}

function parseEvery(text: string): EverySchedule {
  try {
    const nanoseconds = parseDuration(text.slice('@every '.length))
    return { kind: 'every', seconds: Math.max(1, Number(nanoseconds / 1_000_000_000n)) }
  } catch (error) {
    if (!(error instanceof DurationError)) throw error
    throw new ScheduleError(`failed to parse duration ${text}: ${error.message}`, { cause: error })
  }
}

function parseFields(text: string, timeZone: string | undefined): FieldSchedule {
  const fields = text.split(/\s+/).filter(Boolean)
  if (fields.length !== 5) throw new ScheduleError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`)
  const [minute, hour, day, month, weekday] = fields as [string, string, string, string, string]
  const minutes = parseField(minute, minuteBounds).values
  const hours = parseField(hour, hourBounds).values
  const days = parseField(day, dayBounds)
  const months = parseField(month, monthBounds).values
  const weekdays = parseField(weekday, weekdayBounds)
  return {
    kind: 'fields',
    minutes,
    hours,
    daysOfMonth: days.values,
    months,
    daysOfWeek: weekdays.values,
    anyDayOfMonth: days.any,
    anyDayOfWeek: weekdays.any,
    ...(timeZone === undefined ? {} : { timeZone }),
  }
}

/** @throws {ScheduleError} */
export function parseSchedule(text: string): CronSchedule {
  if (text === '') throw new ScheduleError('empty spec string')
  const zone = /^(?:CRON_)?TZ=(\S*)\s*(.*)$/s.exec(text)
  const timeZone = zone?.[1]
  if (timeZone !== undefined && timeZone !== '' && !isTimeZone(timeZone)) {
    throw new ScheduleError(`provided bad location ${timeZone}: unknown time zone ${timeZone}`)
  }
  const rest = zone ? zone[2]!.trim() : text
  if (!rest.startsWith('@')) return parseFields(rest, timeZone)
  if (rest.startsWith('@every ')) return parseEvery(rest)
  const fields = descriptors.get(rest)
  if (!fields) throw new ScheduleError(`unrecognized descriptor: ${rest}`)
  return parseFields(fields, timeZone)
}
