// Go's durations as text: `1h30m`, `1.5s`, `100ms`. Values are nanoseconds, as in Go an int64, here a bigint.
// Source: Go 1.25 time.ParseDuration, Duration.String.
import { goQuote } from '../go-quote.ts'

/** A text that is no duration; the message is Go's. */
export class DurationError extends Error {
  override readonly name = 'DurationError'
}

const nanosecondsPer = new Map<string, bigint>([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
])

/** The largest int64: about 292 years. */
const nanosecondsMax = 2n ** 63n - 1n
/** More digits than any int64 of nanoseconds has; the rest of a fraction is dropped as in Go. */
const fractionDigitsMax = 18

/** Up to so many digits are added as a number: even a text of a million such parts adds up exactly. */
const shortDigitsMax = 9

function digitsEnd(text: string, from: number): number {
  let at = from
  for (let code = text.charCodeAt(at); code >= 0x30 && code <= 0x39; code = text.charCodeAt(at)) at++
  return at
}

function unitEnd(text: string, from: number): number {
  let at = from
  for (let code = text.charCodeAt(at); at < text.length && code !== 0x2e && (code < 0x30 || code > 0x39); code = text.charCodeAt(at)) at++
  return at
}

/** @throws {DurationError} */
export function parseDuration(text: string): bigint {
  const invalid = () => new DurationError(`time: invalid duration ${goQuote(text)}`)
  const sign = /^[-+]/.exec(text)?.[0] ?? ''
  const start = sign.length
  if (text.length === start + 1 && text.endsWith('0')) return 0n
  if (text.length === start) throw invalid()
  let total = 0n
  /** Short parts, by what their units are worth: whoever writes a million of them does not have a million large numbers made. */
  const short = new Map<bigint, number>()
  for (let at = start; at < text.length;) {
    const pointAt = digitsEnd(text, at)
    const numberEnd = text[pointAt] === '.' ? digitsEnd(text, pointAt + 1) : pointAt
    const fraction = text.slice(pointAt + 1, numberEnd)
    if (pointAt === at && fraction === '') throw invalid()
    const end = unitEnd(text, numberEnd)
    const unit = text.slice(numberEnd, end)
    if (unit === '') throw new DurationError(`time: missing unit in duration ${goQuote(text)}`)
    const scale = nanosecondsPer.get(unit)
    if (scale === undefined) throw new DurationError(`time: unknown unit ${goQuote(unit)} in duration ${goQuote(text)}`)
    const integer = text.slice(at, pointAt)
    if (fraction === '' && integer.length <= shortDigitsMax) short.set(scale, (short.get(scale) ?? 0) + Number(integer))
    else total += valueOf(integer, fraction, scale) ?? nanosecondsMax + 1n
    if (total > nanosecondsMax) throw invalid()
    at = end
  }
  for (const [scale, count] of short) total += BigInt(count) * scale
  if (total > nanosecondsMax) throw invalid()
  return sign === '-' ? -total : total
}

/** @returns undefined for what is surely too large */
function valueOf(integer: string, fraction: string, scale: bigint): bigint | undefined {
  const digits = integer.replace(/^0+/, '')
  if (digits.length > fractionDigitsMax + 1) return undefined
  const part = fraction.slice(0, fractionDigitsMax)
  return BigInt(digits) * scale + (BigInt(part) * scale) / 10n ** BigInt(part.length)
}

/** `1h0m0s`, `1.5s`, `20ms`, `0s`. */
export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds < 0n) return `-${formatDuration(-nanoseconds)}`
  if (nanoseconds === 0n) return '0s'
  if (nanoseconds < 1_000n) return `${nanoseconds}ns`
  if (nanoseconds < 1_000_000n) return `${decimal(nanoseconds, 3)}µs`
  if (nanoseconds < 1_000_000_000n) return `${decimal(nanoseconds, 6)}ms`
  const minutes = nanoseconds / 60_000_000_000n
  const seconds = `${decimal(nanoseconds % 60_000_000_000n, 9)}s`
  if (minutes === 0n) return seconds
  return minutes < 60n ? `${minutes}m${seconds}` : `${minutes / 60n}h${minutes % 60n}m${seconds}`
}

/** value / 10^digits without trailing zeros. */
function decimal(value: bigint, digits: number): string {
  const scale = 10n ** BigInt(digits)
  const fraction = (value % scale).toString().padStart(digits, '0').replace(/0+$/, '')
  return fraction === '' ? `${value / scale}` : `${value / scale}.${fraction}`
}

/** Milliseconds of a duration text, for clocks and timers. @throws {DurationError} */
export const durationMs = (text: string) => Number(parseDuration(text)) / 1e6
