// int(x), uint(x), double(x), string(x), ... Source: cel-go common/types/*.go (ConvertToType).
import { DurationError, parseDuration } from '../../apimachinery/duration/duration.ts'
import type { CelType } from '../types/cel-type.ts'
import { boolType, doubleType, durationType, intType, stringType, timestampType, uintType } from '../types/cel-type.ts'
import { checkedInt, checkedTimestamp, checkedUint } from './arithmetic.ts'
import { formatTimestamp, parseTimestamp } from './timestamp.ts'
import { typeOfValue } from './type-of-value.ts'
import { CelBytes, CelDouble, CelDuration, CelError, type CelInt, CelTimestamp, CelUint, type CelValue, int } from './value.ts'

/** Longer texts are no numbers, times or durations: upstream would read on, at a cost of one, through any number of zeros. */
const literalLengthMax = 1024

/** The text, if it may be a literal. */
const literalOf = (value: CelValue): string | undefined => (typeof value === 'string' && value.length <= literalLengthMax ? value : undefined)

const conversionError = (value: CelValue, target: CelType) => new CelError(`type conversion error from '${typeOfValue(value).name}' to '${target.name}'`)

export function toInt(value: CelValue): CelInt {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  if (value instanceof CelUint) return checkedInt(value.value)
  if (value instanceof CelTimestamp) return value.seconds
  if (value instanceof CelDuration) return int(value.nanoseconds)
  if (value instanceof CelDouble) {
    const { value: number } = value
    if (!(number > -(2 ** 63) && number < 2 ** 63)) throw new CelError('integer overflow')
    return int(BigInt(Math.trunc(number)))
  }
  const text = literalOf(value)
  if (text !== undefined && /^[+-]?\d+$/.test(text)) {
    const parsed = BigInt(text.replace(/^\+/, ''))
    if (parsed >= -(2n ** 63n) && parsed < 2n ** 63n) return int(parsed)
  }
  throw conversionError(value, intType)
}

export function toUint(value: CelValue): CelUint {
  if (value instanceof CelUint) return value
  if (typeof value === 'number' || typeof value === 'bigint') return checkedUint(BigInt(value))
  if (value instanceof CelDouble) {
    if (!(value.value >= 0 && value.value < 2 ** 64)) throw new CelError('unsigned integer overflow')
    return new CelUint(BigInt(Math.trunc(value.value)))
  }
  const text = literalOf(value)
  if (text !== undefined && /^\d+$/.test(text) && BigInt(text) < 2n ** 64n) return new CelUint(BigInt(text))
  throw conversionError(value, uintType)
}

/** What strconv.ParseFloat takes: decimal with an exponent, hexadecimal, and names in any case. */
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

export function toDouble(value: CelValue): CelDouble {
  if (value instanceof CelDouble) return value
  if (typeof value === 'number' || typeof value === 'bigint') return new CelDouble(Number(value))
  if (value instanceof CelUint) return new CelDouble(Number(value.value))
  const text = literalOf(value)
  if (text !== undefined) {
    if (decimal.test(text) && Number.isFinite(Number(text))) return new CelDouble(Number(text))
    if (/^nan$/i.test(text)) return new CelDouble(Number.NaN)
    if (/^[+-]?inf(?:inity)?$/i.test(text)) return new CelDouble(text.startsWith('-') ? -Infinity : Infinity)
  }
  throw conversionError(value, doubleType)
}

export function toBool(value: CelValue): boolean {
  if (typeof value === 'boolean') return value
  if (value === '1' || value === 't' || value === 'T' || value === 'TRUE' || value === 'true' || value === 'True') return true
  if (value === '0' || value === 'f' || value === 'F' || value === 'FALSE' || value === 'false' || value === 'False') return false
  throw conversionError(value, boolType)
}

export function toText(value: CelValue): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (value instanceof CelUint) return String(value.value)
  if (value instanceof CelDouble) return formatDouble(value.value)
  if (value instanceof CelTimestamp) return formatTimestamp(value)
  if (value instanceof CelDuration) return formatSeconds(value)
  if (value instanceof CelBytes) return decodeUtf8(value.value)
  throw conversionError(value, stringType)
}

export function toTimestamp(value: CelValue): CelTimestamp {
  if (value instanceof CelTimestamp) return value
  if (typeof value === 'number' || typeof value === 'bigint') return checkedTimestamp(Number(value), 0)
  const text = literalOf(value)
  const parsed = text === undefined ? undefined : parseTimestamp(text)
  if (!parsed) throw conversionError(value, timestampType)
  return parsed
}

export function toDuration(value: CelValue): CelDuration {
  if (value instanceof CelDuration) return value
  if (typeof value === 'number' || typeof value === 'bigint') return new CelDuration(BigInt(value))
  const text = literalOf(value)
  try {
    if (text !== undefined) return new CelDuration(parseDuration(text))
  } catch (error) {
    if (!(error instanceof DurationError)) throw error
  }
  throw conversionError(value, durationType)
}

/** `fmt.Sprintf("%g", x)`: an exponent below -4 and from 6 on, of two digits at least. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (Object.is(value, -0)) return '-0'
  const exponential = value.toExponential()
  const exponent = Number(exponential.slice(exponential.indexOf('e') + 1))
  if (value !== 0 && (exponent < -4 || exponent >= 6)) return exponential.replace(/e([+-])(\d)$/, 'e$10$2')
  return formatFixed(value)
}

/** All digits, without an exponent. */
export function formatFixed(value: number): string {
  const text = String(value)
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (!match) return text
  const [, sign, first, rest = '', exponent] = match
  const digits = first! + rest
  const point = 1 + Number(exponent)
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  return point >= digits.length ? `${sign}${digits.padEnd(point, '0')}` : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

/** `1.5s`: seconds with as many digits as there are. */
export const formatSeconds = ({ nanoseconds }: CelDuration): string => {
  const whole = nanoseconds / 1_000_000_000n
  const rest = nanoseconds % 1_000_000_000n
  // As a float64 of Go: the sum of the two parts.
  return `${formatFixed(Number(whole) + Number(rest) / 1e9)}s`
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new CelError('invalid UTF-8 in bytes, cannot convert to string')
  }
}
