// size, contains, startsWith, endsWith, matches. Source: cel-go common/stdlib/standard.go.
import { countsCharacters, matchesRegex, searchesText, traversesArgument } from '../../cost/standard-costs.ts'
import type { FunctionDeclaration, Overload } from '../../declarations.ts'
import { boolType, bytesType, type CelType, intType, listType, mapType, paramType, stringType } from '../../types/cel-type.ts'
import { matches } from '../../values/regex.ts'
import { sizeOf } from '../../values/size.ts'
import { CelError } from '../../values/value.ts'

const sized: readonly (readonly [string, CelType])[] = [
  ['bytes', bytesType],
  ['list', listType(paramType('A'))],
  ['map', mapType(paramType('A'), paramType('B'))],
  ['string', stringType],
]

const textTest = (id: string, costs: Partial<Overload>): Overload => ({ id, member: true, args: [stringType, stringType], result: boolType, ...costs })

/** These look at their arguments themselves, and then do not say which function does not know them. */
function unguarded(name: string, overload: Overload, test: (text: string, part: string) => boolean): FunctionDeclaration {
  return {
    name,
    overloads: [overload],
    evaluate(text, part) {
      if (typeof text !== 'string' || typeof part !== 'string') throw new CelError('no such overload')
      return test(text, part)
    },
  }
}

export const stringFunctions: readonly FunctionDeclaration[] = [
  {
    name: 'size',
    overloads: sized.flatMap(([name, type]): Overload[] => [
      { id: `size_${name}`, args: [type], result: intType, ...(type === stringType && countsCharacters) },
      { id: `${name}_size`, member: true, args: [type], result: intType, ...(type === stringType && countsCharacters) },
    ]),
    evaluate(value) {
      const size = sizeOf(value!)
      if (size === undefined) throw new CelError('no such overload: size')
      return size
    },
  },
  unguarded('contains', textTest('contains_string', searchesText), (text, part) => text.includes(part)),
  unguarded('endsWith', textTest('ends_with_string', traversesArgument(1)), (text, part) => text.endsWith(part)),
  unguarded('startsWith', textTest('starts_with_string', traversesArgument(1)), (text, part) => text.startsWith(part)),
  {
    name: 'matches',
    overloads: [
      // The global form is estimated at one unit, as upstream does, but charged for what it does.
      { ...textTest('matches', {}), member: false, actualCost: matchesRegex.actualCost },
      textTest('matches_string', matchesRegex),
    ],
    evaluate(text, pattern) {
      if (typeof text !== 'string') throw new CelError('no such overload: matches')
      if (typeof pattern !== 'string') throw new CelError('no such overload')
      return matches(text, pattern)
    },
  },
]
