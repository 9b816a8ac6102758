// Whole numbers from texts that a client sent. Source: Go's strconv (ParseInt and ParseUint with base 10 and 64 bits).
import { goQuote } from './go-quote.ts'

const uint64Max = 2n ** 64n - 1n
/** Characters of the longest, with its sign. */
const lengthMax = 20

/**
 * @param text digits behind an optional sign
 * @returns undefined for what surely exceeds 64 bits: it is not read, a million digits take the engine a tenth of a second
 */
function integerOf(text: string): bigint | undefined {
  const significant = text.length <= lengthMax ? text : text.replace(/^([+-]?)0+(?=[0-9])/, '$1')
  return significant.length <= lengthMax ? BigInt(significant) : undefined
}

/** strconv.ParseInt(text, 10, 64). @returns undefined for what is no integer of 64 bits */
export function parseInt64(text: string): bigint | undefined {
  const value = /^[+-]?[0-9]+$/.test(text) ? integerOf(text) : undefined
  return value !== undefined && BigInt.asIntN(64, value) === value ? value : undefined
}

/** What ParseInt says of a text that {@link parseInt64} does not read. */
export const parseIntError = (text: string): string => numberError('ParseInt', text, /^[+-]?[0-9]+$/.test(text))

/** What ParseUint says of a text; undefined: it is a number. */
export function parseUintError(text: string): string | undefined {
  if (!/^[0-9]+$/.test(text)) return numberError('ParseUint', text, false)
  const value = integerOf(text)
  return value !== undefined && value <= uint64Max ? undefined : numberError('ParseUint', text, true)
}

const numberError = (name: string, text: string, isNumber: boolean) =>
  `strconv.${name}: parsing ${goQuote(text)}: ${isNumber ? 'value out of range' : 'invalid syntax'}`
