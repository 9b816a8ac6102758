// More functions of strings. Indexes count code points. Source: cel-go ext/strings.go; costs: Kubernetes 1.36 apiserver pkg/cel/library/cost.go.
import { goEscapes } from '../../../apimachinery/go-quote.ts'
import type { FunctionDeclaration, Library, Overload } from '../../declarations.ts'
import { intType, listType, stringType } from '../../types/cel-type.ts'
import { checkTextLength } from '../../values/bounds.ts'
import { ArrayList } from '../../values/collections.ts'
import { printKey } from '../../values/print.ts'
import { codePointCount, hasAstral, unitIndex } from '../../values/size.ts'
import { CelError, type CelInt, type CelList } from '../../values/value.ts'
import { formatFunction } from './format.ts'
import { formatValidator } from './format-validator.ts'
import { costOfCounting, costOfJoin, costOfReplace, costOfSearch, costOfSplit, costOfTraversal, quotes } from './string-costs.ts'

const listOfString = listType(stringType)
const outOfRange = (index: CelInt) => new CelError(`index out of range: ${String(index)}`)
const member = (id: string, overload: Pick<Overload, 'args' | 'result' | 'evaluate'> & Partial<Overload>): Overload => ({ id, member: true, ...overload })

const codePoints = (text: string): readonly string[] => Array.from(text)

function charAt(text: string, index: CelInt): string {
  if (index < 0 || index > codePointCount(text)) throw outOfRange(index)
  const char = text.codePointAt(unitIndex(text, Number(index)))
  return char === undefined ? '' : String.fromCodePoint(char)
}

/** A number of UTF-16 units as one of code points; -1 stays. */
const codePointIndex = (text: string, unit: number): number => (unit < 0 || !hasAstral(text) ? unit : codePointCount(text.slice(0, unit)))

function indexOf(text: string, part: string, offset: CelInt): CelInt {
  if (part === '') return offset
  if (offset < 0 || offset >= codePointCount(text)) throw outOfRange(offset)
  return codePointIndex(text, text.indexOf(part, unitIndex(text, Number(offset))))
}

function lastIndexOf(text: string, part: string, offset: CelInt | undefined): CelInt {
  const size = codePointCount(text)
  if (part === '') return offset ?? size
  if (offset !== undefined && (offset < 0 || offset >= size)) throw outOfRange(offset)
  return codePointIndex(text, text.lastIndexOf(part, unitIndex(text, Number(offset ?? size))))
}

function substring(text: string, start: CelInt, end: CelInt | undefined): string {
  const size = codePointCount(text)
  if (end !== undefined && start > end) throw new CelError(`invalid substring range. start: ${String(start)}, end: ${String(end)}`)
  if (start < 0 || start > size) throw outOfRange(start)
  if (end !== undefined && (end < 0 || end > size)) throw outOfRange(end)
  return text.slice(unitIndex(text, Number(start)), end === undefined ? undefined : unitIndex(text, Number(end)))
}

/** strings.Replace: the first n occurrences, all if n is negative; an empty string occurs before every code point and at the end. */
function replace(text: string, old: string, replacement: string, limit: CelInt): string {
  checkTextLength(text.length + (old === '' ? text.length + 1 : text.length / old.length) * replacement.length)
  if (limit < 0) return old === '' ? ['', ...codePoints(text), ''].join(replacement) : text.split(old).join(replacement)
  const parts = split(text, old, limit > Number.MAX_SAFE_INTEGER - 1 ? -1 : Number(limit) + 1)
  if (old !== '') return parts.join(replacement)
  const chars = codePoints(text)
  const count = Math.min(Number(limit), chars.length + 1)
  return chars.map((char, i) => (i < count ? replacement + char : char)).join('') + (count > chars.length ? replacement : '')
}

/** strings.SplitN: at most n parts, the last one with the rest; all if n is negative. */
function split(text: string, separator: string, limit: CelInt): string[] {
  if (limit === 0) return []
  const parts = separator === '' ? [...codePoints(text)] : text.split(separator)
  if (limit < 0 || parts.length <= limit) return parts
  const head = parts.slice(0, Number(limit) - 1)
  return [...head, parts.slice(head.length).join(separator)]
}

function join(list: CelList, separator: string): string {
  const texts: string[] = []
  let length = 0
  for (const element of list) {
    if (typeof element !== 'string') throw new CelError(`join: invalid input: ${printKey(element)}`)
    length += element.length + separator.length
    checkTextLength(length)
    texts.push(element)
  }
  return texts.join(separator)
}

/** Unicode's White_Space, which JavaScript's trim has, too, except for U+0085, and with U+FEFF. */
const space = '[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
const leadingSpace = new RegExp(`^${space}+`)

function trim(text: string): string {
  const start = text.replace(leadingSpace, '')
  let end = start.length
  while (end > 0 && isSpace.test(start[end - 1]!)) end--
  return start.slice(0, end)
}
const isSpace = new RegExp(space)

/** Lone surrogates become U+FFFD. */
// oxlint-disable-next-line no-control-regex
const quote = (text: string) => `"${text.toWellFormed().replaceAll(/[\x07\b\f\n\r\t\v\\"]/g, (char) => goEscapes.get(char)!)}"`

const string = stringType
const firstVersion: readonly FunctionDeclaration[] = [
  { name: 'charAt', overloads: [member('string_char_at_int', { args: [string, intType], result: string, evaluate: charAt, ...costOfCounting })] },
  {
    name: 'indexOf',
    overloads: [
      member('string_index_of_string', {
        args: [string, string],
        result: intType,
        evaluate: (text: string, part: string) => indexOf(text, part, 0),
        ...costOfSearch,
      }),
      member('string_index_of_string_int', { args: [string, string, intType], result: intType, evaluate: indexOf, ...costOfSearch }),
    ],
  },
  {
    name: 'lastIndexOf',
    overloads: [
      member('string_last_index_of_string', {
        args: [string, string],
        result: intType,
        evaluate: (text: string, part: string) => lastIndexOf(text, part, undefined),
        ...costOfSearch,
      }),
      member('string_last_index_of_string_int', {
        args: [string, string, intType],
        result: intType,
        evaluate: (text: string, part: string, offset: CelInt) => lastIndexOf(text, part, offset),
        ...costOfSearch,
      }),
    ],
  },
  {
    name: 'lowerAscii',
    overloads: [
      member('string_lower_ascii', {
        args: [string],
        result: string,
        evaluate: (text: string) => text.replaceAll(/[A-Z]+/g, (part) => part.toLowerCase()),
        ...costOfTraversal,
      }),
    ],
  },
  {
    name: 'upperAscii',
    overloads: [
      member('string_upper_ascii', {
        args: [string],
        result: string,
        evaluate: (text: string) => text.replaceAll(/[a-z]+/g, (part) => part.toUpperCase()),
        ...costOfTraversal,
      }),
    ],
  },
  {
    name: 'replace',
    overloads: [
      member('string_replace_string_string', {
        args: [string, string, string],
        result: string,
        evaluate: (text: string, old: string, replacement: string) => replace(text, old, replacement, -1),
        ...costOfReplace,
      }),
      member('string_replace_string_string_int', { args: [string, string, string, intType], result: string, evaluate: replace, ...costOfReplace }),
    ],
  },
  {
    name: 'split',
    overloads: [
      member('string_split_string', {
        args: [string, string],
        result: listOfString,
        evaluate: (text: string, separator: string) => new ArrayList(split(text, separator, -1)),
        ...costOfSplit,
      }),
      member('string_split_string_int', {
        args: [string, string, intType],
        result: listOfString,
        evaluate: (text: string, separator: string, limit: CelInt) => new ArrayList(split(text, separator, limit)),
        ...costOfSplit,
      }),
    ],
  },
  {
    name: 'substring',
    overloads: [
      member('string_substring_int', {
        args: [string, intType],
        result: string,
        evaluate: (text: string, start: CelInt) => substring(text, start, undefined),
        ...costOfTraversal,
      }),
      member('string_substring_int_int', {
        args: [string, intType, intType],
        result: string,
        evaluate: (text: string, start: CelInt, end: CelInt) => substring(text, start, end),
        ...costOfTraversal,
      }),
    ],
  },
  { name: 'trim', overloads: [member('string_trim', { args: [string], result: string, evaluate: trim, ...costOfTraversal })] },
  {
    name: 'join',
    overloads: [
      member('list_join', { args: [listOfString], result: string, evaluate: (list: CelList) => join(list, ''), ...costOfJoin }),
      member('list_join_string', { args: [listOfString, string], result: string, evaluate: join, ...costOfJoin }),
    ],
  },
  { name: 'strings.quote', overloads: [{ id: 'strings_quote', args: [string], result: string, evaluate: quote, ...quotes }] },
]

const reverse: FunctionDeclaration = {
  name: 'reverse',
  overloads: [member('reverse', { args: [string], result: string, evaluate: (text: string) => codePoints(text).toReversed().join('') })],
}

/** @param version 2 is what Kubernetes has; 4 has `reverse`, and `format` prints as the specification says */
export const stringsLibrary = (version: 2 | 4): Library => ({
  name: 'cel.lib.ext.strings',
  functions: [...firstVersion, formatFunction(version), ...(version === 4 ? [reverse] : [])],
  validators: [formatValidator],
})
