/** `100m 5 2k` | `64Ki 1Gi` | `12e6` */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent'

/** A text that is no quantity; the message is upstream's. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError'
}

interface Parts {
  unscaled: bigint
  exponent: number
  format: QuantityFormat
  text?: string | undefined
}

const form = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/
const formatWrong = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
const numericWrong = 'unable to parse numeric part of quantity'
const suffixWrong = "unable to parse quantity's suffix"

const suffixes = new Map<string, { base: 2 | 10; exponent: number }>([
  ...['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'].map((suffix, i) => [suffix, { base: 10, exponent: i * 3 - 9 }] as const),
  ...['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((suffix, i) => [suffix, { base: 2, exponent: i * 10 + 10 }] as const),
])

/** Digits and exponents beyond these are refused, so that a short text cannot make a huge number. */
const digitsMax = 1000
const exponentMax = 1000
/** Nothing is finer than a billionth: smaller parts are rounded up to it. */
const exponentMin = -9
/** Decimal digits that surely fit an int64. */
const int64Digits = 18
/** Binary amounts end here. */
const int64Max = 2n ** 63n - 1n

export function parseParts(text: string): Parts {
  const match = form.exec(text)
  if (!match || text === '') throw new QuantityError(formatWrong)
  const [, sign, integer = '', fraction = '', suffixText = ''] = match
  const suffix = suffixOf(suffixText)
  const num = integer.replace(/^0+/, '') || '0'
  if (num.length + fraction.length > digitsMax) throw new QuantityError(numericWrong)
  const magnitude = BigInt(num + fraction)
  const negative = sign === '-'
  const signed = (value: bigint) => (negative ? -value : value)
  const format = suffix.format
  if (magnitude === 0n) return { unscaled: 0n, exponent: 0, format }

  if (format === 'BinarySI') {
    const scaled = roundUp(magnitude << BigInt(suffix.exponent), -fraction.length)
    const below1 = scaled.exponent < 0 && scaled.unscaled < 10n ** BigInt(-scaled.exponent)
    const capped = scaled.exponent < 0 ? scaled.unscaled > int64Max * 10n ** BigInt(-scaled.exponent) : scaled.unscaled > int64Max
    if (capped) return { unscaled: signed(int64Max), exponent: 0, format }
    const kept = keptText(text, num + fraction, suffix, fraction)
    return { unscaled: signed(scaled.unscaled), exponent: scaled.exponent, format: below1 ? 'DecimalSI' : format, text: kept }
  }
  const { unscaled, exponent } = roundUp(magnitude, suffix.exponent - fraction.length)
  return { unscaled: signed(unscaled), exponent, format, text: keptText(text, num + fraction, suffix, fraction) }
}

function suffixOf(text: string): { exponent: number; format: QuantityFormat } {
  const known = suffixes.get(text)
  if (known) return { exponent: known.exponent, format: known.base === 2 ? 'BinarySI' : 'DecimalSI' }
  if (!/^[eE][-+]?[0-9]+$/.test(text)) throw new QuantityError(suffixWrong)
  const exponent = Number(text.slice(1))
  if (Math.abs(exponent) > exponentMax) throw new QuantityError(suffixWrong)
  return { exponent, format: 'DecimalExponent' }
}

function roundUp(unscaled: bigint, exponent: number): { unscaled: bigint; exponent: number } {
  if (exponent >= exponentMin) return { unscaled, exponent }
  const divisor = 10n ** BigInt(exponentMin - exponent)
  return { unscaled: (unscaled + divisor - 1n) / divisor, exponent: exponentMin }
}

/** Upstream's parser keeps the text of numbers that look canonical to it, also `+5` and `1.500`; so must we, to answer with the same text. */
function keptText(text: string, digits: string, suffix: { exponent: number; format: QuantityFormat }, fraction: string): string | undefined {
  if (suffix.format === 'BinarySI') {
    const exponentDigits = Math.trunc((suffix.exponent * 3) / 10)
    const exact = fraction === '' && 15 - digits.length - exponentDigits - 1 >= 0
    return exact && BigInt(digits) % 8n !== 0n ? text : undefined
  }
  const exponent = suffix.exponent - fraction.length
  const exact = digits.length <= int64Digits && exponent >= exponentMin
  return exact && exponent % 3 === 0 && !digits.endsWith('000') && digits[0] !== '0' ? text : undefined
}
