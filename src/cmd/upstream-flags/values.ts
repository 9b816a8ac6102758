// What the values of flags may be. Errors have the words of upstream's flag library.
import { InvalidArgumentError } from 'commander'
import { durationMs } from '../../apimachinery/duration/duration.ts'

export function integer(text: string): number {
  if (/^-?\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError(`strconv.ParseInt: parsing "${text}": invalid syntax.`)
}

export function wholeNumber(text: string): number {
  const value = integer(text)
  if (value >= 0) return value
  throw new InvalidArgumentError('must not be negative.')
}

/** In milliseconds. */
export function duration(text: string): number {
  try {
    return durationMs(text)
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`)
  }
}

/** `a=1,b=2`. */
export function keyValues(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '')
  const entries = pairs.map((pair): [string, string] => {
    const at = pair.indexOf('=')
    if (at < 0) throw new InvalidArgumentError(`malformed pair, expect string=string`)
    return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
  })
  return Object.fromEntries([...Object.entries(before), ...entries])
}

/** Comma separated; the flag may be repeated. */
export const list = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...text.split(',').flatMap((part) => (part.trim() ? [part.trim()] : [])),
]
