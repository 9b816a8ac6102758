// Doubles with a number of digits, as Go rounds them: to the nearest, exact halves to the even digit.

/** JavaScript rounds halves up; digits up to the hundredth are exact in both. */
export function fixedPoint(value: number, precision: number): string {
  const digits = Math.min(precision, 100)
  const padding = '0'.repeat(precision - digits)
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}${precision > 0 ? '.' : ''}${'0'.repeat(precision)}`
  const rounded = value.toFixed(digits)
  const sign = Object.is(value, -0) ? '-' : ''
  return `${sign}${isHalf(value, digits) ? toEven(rounded, value) : rounded}${padding}`
}

/** Whether everything after the digits is exactly a half. */
function isHalf(value: number, digits: number): boolean {
  if (digits >= 100) return false
  const exact = value.toFixed(100)
  return /^50*$/.test(exact.slice(exact.indexOf('.') + 1 + digits))
}

/** Of the two neighbours the one with an even last digit. */
function toEven(rounded: string, value: number): string {
  if (Number(rounded.at(-1)) % 2 === 0) return rounded
  // The other neighbour is one unit of the last digit nearer to zero, as halves were rounded away from it.
  const unscaled = BigInt(rounded.replace('.', '')) - (value < 0 ? -1n : 1n)
  const fraction = rounded.includes('.') ? rounded.length - rounded.indexOf('.') - 1 : 0
  const text = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(fraction + 1, '0')
  const sign = value < 0 ? '-' : ''
  return fraction === 0 ? sign + text : `${sign}${text.slice(0, -fraction)}.${text.slice(-fraction)}`
}

/** `1.052033e+03`: the exponent has two digits at least. */
export function scientific(value: number, precision: number): string {
  const digits = Math.min(precision, 100)
  const [mantissa, exponent] = value.toExponential(digits).split('e') as [string, string]
  return `${mantissa}${'0'.repeat(precision - digits)}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`
}

/** `1,234.5`: how English texts write numbers. */
export function groupThousands(text: string): string {
  const [whole, fraction] = text.split('.') as [string, string | undefined]
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** `1.05e+03` as `1.05 × 10⁰³`, with narrow spaces. */
export function superscriptExponent(text: string): string {
  const [mantissa, exponent] = text.split('e') as [string, string]
  const digits = Array.from(exponent.replace('+', ''), (char) => (char === '-' ? '⁻' : superscripts[Number(char)]))
  return `${mantissa}\u202f×\u202f10${digits.join('')}`
}
