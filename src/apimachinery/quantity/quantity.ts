// Amounts of resources: `100m`, `1536Mi`, `12e6`. Exact decimal arithmetic; nothing here is ever a double.
// A quantity is unscaled × 10^exponent, and remembers which of three notations it was written in.
// Source: Kubernetes 1.36 apimachinery pkg/api/resource (quantity.go, suffix.go).
import { parseParts, type QuantityFormat } from './parse.ts'

const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'] as const
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const

export const pow10 = (exponent: number) => 10n ** BigInt(exponent)

const absolute = (value: bigint) => (value < 0n ? -value : value)

/** value / divisor, away from zero when it does not divide. */
function divideRoundingUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor
  if (quotient * divisor === value) return quotient
  return value < 0n ? quotient - 1n : quotient + 1n
}

export class Quantity {
  readonly format: QuantityFormat
  readonly #unscaled: bigint
  readonly #exponent: number
  /** The text it was parsed from, when upstream keeps that as the canonical one. */
  #text: string | undefined

  constructor(parts: { unscaled: bigint; exponent: number; format: QuantityFormat; text?: string | undefined }) {
    this.format = parts.format
    this.#unscaled = parts.unscaled
    this.#exponent = parts.exponent
    this.#text = parts.text
  }

  /** -1, 0 or 1. */
  get sign(): -1 | 0 | 1 {
    return this.#unscaled === 0n ? 0 : this.#unscaled < 0n ? -1 : 1
  }

  isZero(): boolean {
    return this.#unscaled === 0n
  }

  /** In whole units, rounded up (away from zero). */
  value(): bigint {
    return this.scaledValue(0)
  }

  /** In thousandths, rounded up (away from zero). */
  milliValue(): bigint {
    return this.scaledValue(-3)
  }

  /** In units of 10^scale, rounded up (away from zero). */
  scaledValue(scale: number): bigint {
    const shift = this.#exponent - scale
    return shift >= 0 ? this.#unscaled * pow10(shift) : divideRoundingUp(this.#unscaled, pow10(-shift))
  }

  /** The nearest double: for ratios and metrics only. */
  toNumber(): number {
    return Number(`${this.#unscaled}e${this.#exponent}`)
  }

  /** Negative, zero or positive, as for sort. */
  compare(other: Quantity): number {
    const [mine, theirs] = this.#aligned(other)
    return mine < theirs ? -1 : mine > theirs ? 1 : 0
  }

  equals(other: Quantity): boolean {
    return this.compare(other) === 0
  }

  /** A sum takes the notation of its first part, or of the second when the first is zero. */
  add(other: Quantity): Quantity {
    const [mine, theirs, exponent] = this.#aligned(other)
    return new Quantity({ unscaled: mine + theirs, exponent, format: this.isZero() ? other.format : this.format })
  }

  sub(other: Quantity): Quantity {
    return this.add(other.negate())
  }

  negate(): Quantity {
    return new Quantity({ unscaled: -this.#unscaled, exponent: this.#exponent, format: this.format })
  }

  /** Canonical: no fraction, the largest suffix that loses nothing. */
  toString(): string {
    return (this.#text ??= this.#canonical())
  }

  toJSON(): string {
    return this.toString()
  }

  #aligned(other: Quantity): [bigint, bigint, number] {
    const exponent = Math.min(this.#exponent, other.#exponent)
    return [this.#unscaled * pow10(this.#exponent - exponent), other.#unscaled * pow10(other.#exponent - exponent), exponent]
  }

  #canonical(): string {
    if (this.#unscaled === 0n) return '0'
    return this.format === 'BinarySI' ? (this.#binary() ?? this.#decimal('DecimalSI')) : this.#decimal(this.format)
  }

  /** undefined when the amount is small or fractional: then decimal notation says it better. */
  #binary(): string | undefined {
    let value = this.value()
    if (absolute(value) < 1024n || (this.#exponent < 0 && value * pow10(-this.#exponent) !== this.#unscaled)) return undefined
    let steps = 0
    while (value % 1024n === 0n && steps < binarySuffixes.length - 1) {
      value /= 1024n
      steps++
    }
    return `${value}${binarySuffixes[steps]}`
  }

  #decimal(format: 'DecimalSI' | 'DecimalExponent'): string {
    let [unscaled, exponent] = [this.#unscaled, this.#exponent]
    while (unscaled % 10n === 0n) {
      unscaled /= 10n
      exponent++
    }
    const largest = format === 'DecimalSI' ? 18 : Number.POSITIVE_INFINITY
    const target = Math.min(Math.floor(exponent / 3) * 3, largest)
    unscaled *= pow10(exponent - target)
    if (format === 'DecimalSI') return `${unscaled}${decimalSuffixes[target / 3 + 3]}`
    return target === 0 ? `${unscaled}` : `${unscaled}e${target}`
  }
}

/**
 * @throws {QuantityError} with upstream's message
 * @see Kubernetes 1.36 apimachinery pkg/api/resource/quantity.go (ParseQuantity)
 */
export function parseQuantity(text: string): Quantity {
  const known = recent.get(text)
  if (known) return known
  const quantity = new Quantity(parseParts(text))
  if (text.length > keptTextMax) return quantity
  if (recent.size === recentMax) recent.clear()
  recent.set(text, quantity)
  return quantity
}

/** A cluster knows few different amounts, and a Pod is asked for its own a dozen times while it is created. */
const recent = new Map<string, Quantity>()
const recentMax = 4096
const keptTextMax = 32

export const zeroQuantity = new Quantity({ unscaled: 0n, exponent: 0, format: 'DecimalSI' })

/** A quantity of `value` × 10^`exponent`. */
export function newQuantity(value: bigint | number, options: { readonly exponent?: number; readonly format?: QuantityFormat } = {}): Quantity {
  return new Quantity({ unscaled: BigInt(value), exponent: options.exponent ?? 0, format: options.format ?? 'DecimalSI' })
}

/** What almost every quantity looks like. Four digits or more, and binary multiples of 8, might hold a larger unit. */
const plainlyCanonical = /^(?:0|[1-9][0-9]{0,2}[mkMG]?|[0-9]{0,2}[13579][KMGT]i)$/

/**
 * The text of a quantity in an object that has been stored: upstream stores the canonical text, and reads it again before it answers. So `62.5Ki`,
 * which is canonically `64000`, comes back as the canonical form of that, `64k`.
 * @throws {QuantityError}
 */
export function canonicalQuantity(text: string): string {
  if (plainlyCanonical.test(text)) return text
  const canonical = parseQuantity(text).toString()
  return canonical === text ? text : parseQuantity(canonical).toString()
}
