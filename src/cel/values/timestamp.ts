// Instants as text and in time zones. Source: Go 1.25 time.Parse(RFC3339), Time.Format(RFC3339Nano), time.LoadLocation;
// cel-go common/types/timestamp.go.
import { isTimeZone } from '../../apimachinery/cron/time-zone.ts'
import { canonicalTime, TimeError } from '../../apimachinery/time/rfc3339.ts'
import { checkedTimestamp } from './arithmetic.ts'
import { CelError, CelTimestamp } from './value.ts'

/** `undefined` if the text is no RFC 3339 timestamp. @throws {CelError} for years outside 1 to 9999 */
export function parseTimestamp(text: string): CelTimestamp | undefined {
  try {
    const seconds = Date.parse(canonicalTime(text, 'seconds')) / 1000
    const fraction = /[.,](\d+)/.exec(text)?.[1] ?? ''
    return checkedTimestamp(seconds, Number(fraction.slice(0, 9).padEnd(9, '0')), offsetOf(text))
  } catch (error) {
    if (error instanceof TimeError) return undefined
    throw error
  }
}

/** Of a valid timestamp, in minutes. */
function offsetOf(text: string): number {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(text) ?? []
  return (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === '-' ? -1 : 1)
}

/** RFC 3339 with the offset it was read with, and as many digits of a second as there are. */
export function formatTimestamp({ seconds, nanos, offset }: CelTimestamp): string {
  const text = new Date((seconds + offset * 60) * 1000).toISOString().slice(0, 19)
  const fraction = nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`
  if (offset === 0) return `${text}${fraction}Z`
  const two = (value: number) => String(value).padStart(2, '0')
  return `${text}${fraction}${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`
}

/** An instant's fields, in a zone, as a date whose UTC fields are the zone's. */
export function inZone({ seconds }: CelTimestamp, zone: string): Date {
  const minutes = fixedOffset(zone)
  if (minutes !== undefined) return new Date((seconds + minutes * 60) * 1000)
  return new Date((seconds + namedOffset(seconds, zone)) * 1000)
}

/** `+02:00`, `-02:00`, `02:00` in minutes; `undefined` for names. */
function fixedOffset(zone: string): number | undefined {
  const colon = zone.indexOf(':')
  if (colon < 0) return undefined
  const parse = (text: string) => {
    if (!/^[+-]?\d+$/.test(text)) throw new CelError(`strconv.Atoi: parsing "${text}": invalid syntax`)
    return Number(text)
  }
  const [hours, minutes] = [parse(zone.slice(0, colon)), parse(zone.slice(colon + 1))]
  return zone.startsWith('-') ? hours * 60 - minutes : hours * 60 + minutes
}

/** Formats of zones; there are some 600. */
const formats = new Map<string, Intl.DateTimeFormat>()

/** Seconds east of UTC. */
function namedOffset(seconds: number, zone: string): number {
  if (zone === '' || zone === 'UTC') return 0
  const parts = new Map(
    formatOf(zone)
      .formatToParts(new Date(seconds * 1000))
      .map(({ type, value }) => [type, Number(value)]),
  )
  const date = new Date(0)
  date.setUTCFullYear(parts.get('year')!, parts.get('month')! - 1, parts.get('day'))
  date.setUTCHours(parts.get('hour')!, parts.get('minute'), parts.get('second'))
  return date.getTime() / 1000 - seconds
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known) return known
  if (!isTimeZone(zone)) throw new CelError(`unknown time zone ${zone}`)
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  formats.set(zone, format)
  return format
}
