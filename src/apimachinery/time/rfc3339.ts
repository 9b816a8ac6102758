// Timestamps as Go writes them: `2006-01-02T15:04:05Z` (Time) and with six digits of a second (MicroTime), always UTC.
// Source: Go 1.25 time.Parse; Kubernetes 1.36 apimachinery meta/v1 time.go, micro_time.go.
import { goQuote } from '../go-quote.ts'

/** A text that is no timestamp; the message is Go's. */
export class TimeError extends Error {
  override readonly name = 'TimeError'
}

const utcSeconds = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

/** The text of a piece, what may stand there, and which numbers: said at once, whatever follows. */
type Piece = readonly [name: string, form: RegExp, word?: string, from?: number, to?: number]

/** Both layouts of Go, in the pieces it reads. A day is judged at the end, with its month. */
const datePieces: readonly Piece[] = [
  ['2006', /^\d{4}/],
  ['-', /^-/],
  ['01', /^\d\d/, 'month', 1, 12],
  ['-', /^-/],
  ['02', /^\d\d/],
  ['T', /^T/],
  ['15', /^\d\d?/, 'hour', 0, 23],
  [':', /^:/],
  ['04', /^\d\d/, 'minute', 0, 59],
  [':', /^:/],
  ['05', /^\d\d/, 'second', 0, 59],
]
const zonePiece: Piece = ['Z07:00', /^(?:Z|[+-]\d\d:\d\d)/]
const layouts = {
  seconds: { text: '2006-01-02T15:04:05Z07:00', pieces: [...datePieces, ['', /^(?:[.,]\d+)?/], zonePiece] },
  micro: { text: '2006-01-02T15:04:05.000000Z07:00', pieces: [...datePieces, ['.000000', /^[.,]\d{6}/], zonePiece] },
} as const satisfies { readonly [precision: string]: { readonly text: string; readonly pieces: readonly Piece[] } }

export type TimePrecision = keyof typeof layouts

/** What a zero `time.Time` is: written as null. */
export const isZeroTime = (canonical: string) => canonical.startsWith('0001-01-01T00:00:00') && /^Z|^\.0+Z/.test(canonical.slice(19))

/**
 * The same instant in UTC, with whole seconds or six digits.
 * @throws {TimeError} with Go's message
 */
export function canonicalTime(text: string, precision: TimePrecision): string {
  if (precision === 'seconds' && utcSeconds.test(text) && isPlainDate(text)) return text
  const read = readPieces(text, precision)
  const [year, month, day, hour, minute, second] = [read[0]!, read[2]!, read[4]!, read[6]!, read[8]!, read[10]!].map(Number) as SixNumbers
  const zone = read.at(-1)!
  const [zoneHours, zoneMinutes] = zone === 'Z' ? [0, 0] : [Number(zone.slice(1, 3)), Number(zone.slice(4))]
  // 24 and 60 are let through: some do write them.
  if (zoneMinutes > 60) throw outOfRange(text, 'time zone offset minute')
  if (zoneHours > 24) throw outOfRange(text, 'time zone offset hour')
  const offsetMinutes = (zone[0] === '-' ? -1 : 1) * (zoneHours * 60 + zoneMinutes)
  if (day < 1 || day > daysIn(year, month)) throw outOfRange(text, 'day')
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute - offsetMinutes, second)
  const fraction = precision === 'micro' ? `.${read[11]!.slice(1)}` : ''
  return `${formatSeconds(date.getTime()).slice(0, -1)}${fraction}Z`
}

const outOfRange = (text: string, what: string) => new TimeError(`parsing time ${goQuote(text)}: ${what} out of range`)

type SixNumbers = [number, number, number, number, number, number]

/** @param epochMs milliseconds since 1970; parts of a second are cut off */
export function formatSeconds(epochMs: number): string {
  const text = new Date(Math.floor(epochMs / 1000) * 1000).toISOString()
  // Years outside 0-9999 have a sign and six digits; Go writes them bare.
  return `${text.replace(/^[+-]0*(\d{4,})/, '$1').slice(0, -5)}Z`
}

/** @param epochMs milliseconds since 1970, also with a fraction */
export function formatMicroseconds(epochMs: number): string {
  const micros = Math.floor(epochMs * 1000)
  const micro = ((micros % 1_000_000) + 1_000_000) % 1_000_000
  return `${formatSeconds(Math.floor(micros / 1000)).slice(0, -1)}.${String(micro).padStart(6, '0')}Z`
}

function readPieces(text: string, precision: TimePrecision): string[] {
  const layout = layouts[precision]
  let rest = text
  const read: string[] = []
  for (const [name, form, word, from = 0, to = 0] of layout.pieces as readonly Piece[]) {
    const found = form.exec(rest)?.[0]
    if (found === undefined) throw new TimeError(`parsing time ${goQuote(text)} as ${goQuote(layout.text)}: cannot parse ${goQuote(rest)} as ${goQuote(name)}`)
    if (word !== undefined && (Number(found) < from || Number(found) > to)) throw outOfRange(text, word)
    read.push(found)
    rest = rest.slice(found.length)
  }
  if (rest !== '') throw new TimeError(`parsing time ${goQuote(text)}: extra text: ${goQuote(rest)}`)
  return read
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

/** Of a text in the form of {@link utcSeconds}: whether there is such a time. */
function isPlainDate(text: string): boolean {
  const two = (at: number) => (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48
  const [month, day] = [two(5), two(8)]
  if (month < 1 || month > 12 || two(11) > 23 || two(14) > 59 || two(17) > 59 || day < 1) return false
  return day <= 28 || day <= daysIn(Number(text.slice(0, 4)), month)
}
