// Sets of indexes in text: `1,3-5,7`. Source: pkg/apis/batch/validation/validation.go (validateIndexesFormat).
import { goQuote } from '../../../../apimachinery/go-quote.ts'

interface Interval {
  readonly first: number
  readonly last: number
}

/** What is wrong, in upstream's words. */
type Problem = string

function parseIndex(text: string, completions: number): number | Problem {
  if (!/^[+-]?[0-9]+$/.test(text)) return `cannot convert string to integer for index: ${goQuote(text)}`
  return Number(text) >= completions ? `too large index: ${goQuote(text)}` : Number(text)
}

function parseInterval(text: string, completions: number): Interval | Problem {
  const [firstText = '', lastText, ...others] = text.split('-')
  if (others.length > 0) {
    return `the fragment ${goQuote(text)} violates the requirement that an index interval can have at most two parts separated by '-'`
  }
  const first = parseIndex(firstText, completions)
  if (typeof first === 'string' || lastText === undefined) return typeof first === 'string' ? first : { first, last: first }
  const last = parseIndex(lastText, completions)
  if (typeof last === 'string') return last
  return first >= last ? `non-increasing order, previous: ${first}, current: ${last}` : { first, last }
}

/** @returns how many indexes a text names, or what is wrong with it */
export function countIndexes(text: string, completions: number): number | Problem {
  let total = 0
  let previous: number | undefined
  for (const fragment of text === '' ? [] : text.split(',')) {
    const interval = parseInterval(fragment, completions)
    if (typeof interval === 'string') return interval
    if (previous !== undefined && previous >= interval.first) return `non-increasing order, previous: ${previous}, current: ${interval.first}`
    total += interval.last - interval.first + 1
    previous = interval.last
  }
  return total
}

const parsed = (text: string, completions: number) =>
  (text === '' ? [] : text.split(',')).map((part) => parseInterval(part, completions)).filter((each) => typeof each !== 'string')

/** The first index that both texts name; what cannot be read names none. */
export function overlappingIndex(one: string, other: string, completions: number): number | undefined {
  const others = parsed(other, completions)
  for (const { first, last } of parsed(one, completions)) {
    const hit = others.find((each) => first <= each.last && each.first <= last)
    if (hit) return Math.max(first, hit.first)
  }
  return undefined
}
