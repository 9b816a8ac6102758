// `'abc 123'.find('[0-9]+')`, with the expressions of RE2. Source: k8s.io/apiserver pkg/cel/library/regex.go.
import type { RE2JS } from 're2js'
import type { Library } from '../../declarations.ts'
import { intType, listType, stringType } from '../../types/cel-type.ts'
import { ArrayList } from '../../values/collections.ts'
import { compileRegex } from '../../values/regex.ts'
import { inTime } from '../../values/regex-time.ts'
import { type CelInt, CelError } from '../../values/value.ts'
import { perCallCostLimit } from '../limits.ts'
import { regexCost } from './call-costs.ts'
import { functions, member, textOf } from './opaque.ts'

function compile(pattern: string): RE2JS {
  try {
    return compileRegex(pattern)
  } catch (error) {
    throw error instanceof CelError ? new CelError(`Illegal regex: ${error.message}`) : error
  }
}

/**
 * `FindAllString`: an empty match right after a match does not count. A call that would cost more than an expression may is not begun.
 * @param max at most so many; negative: all
 */
function find(text: string, pattern: string, max: number): readonly string[] {
  if (regexCost(text, pattern) > perCallCostLimit) throw new CelError('operation cancelled: actual cost limit exceeded')
  const regex = compile(pattern)
  const places = inTime(regex, text, (watched) => placesOf(regex, watched, max))
  return places.map(([start, end]) => text.slice(start, end))
}

function placesOf(regex: RE2JS, text: string, max: number): readonly (readonly [start: number, end: number])[] {
  const matcher = regex.matcher(text)
  const found: (readonly [number, number])[] = []
  let lastEnd = -1
  const mayGoOn = () => max < 0 || found.length < max
  while (mayGoOn() && matcher.find()) {
    const [start, end] = [matcher.start(), matcher.end()]
    if (start === end && start === lastEnd) continue
    found.push([start, end])
    lastEnd = end
  }
  return found
}

const all = listType(stringType)

export const regexLibrary: Library = {
  name: 'kubernetes.regex',
  functions: functions({
    find: [member('string_find_string', [stringType, stringType], stringType, (text, pattern) => find(textOf(text), textOf(pattern), 1)[0] ?? '')],
    findAll: [
      member('string_find_all_string', [stringType, stringType], all, (text, pattern) => new ArrayList(find(textOf(text), textOf(pattern), -1))),
      member(
        'string_find_all_string_int',
        [stringType, stringType, intType],
        all,
        (text, pattern, max) => new ArrayList(find(textOf(text), textOf(pattern), Number(max as CelInt))),
      ),
    ],
  }),
}
