// size, contains, startsWith, endsWith, matches. Source: cel-go common/stdlib/standard.go.
import { matchesRegex, searchesText, traversesArgument } from '../../cost/standard-costs.ts'
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

const textTest = (id: string, test: (text: string, part: string) => boolean, costs: Partial<Overload>): Overload => ({
  id,
  member: true,
  args: [stringType, stringType],
  result: boolType,
  evaluate: (text, part) => test(text as string, part as string),
  ...costs,
})

export const stringFunctions: readonly FunctionDeclaration[] = [
  {
    name: 'size',
    overloads: sized.flatMap(([name, type]): Overload[] => [
      { id: `size_${name}`, args: [type], result: intType },
      { id: `${name}_size`, member: true, args: [type], result: intType },
    ]),
    evaluate(value) {
      const size = sizeOf(value!)
      if (size === undefined) throw new CelError('no such overload: size')
      return size
    },
  },
  { name: 'contains', overloads: [textTest('contains_string', (text, part) => text.includes(part), searchesText)] },
  { name: 'endsWith', overloads: [textTest('ends_with_string', (text, part) => text.endsWith(part), traversesArgument(1))] },
  { name: 'startsWith', overloads: [textTest('starts_with_string', (text, part) => text.startsWith(part), traversesArgument(1))] },
  {
    name: 'matches',
    overloads: [
      // The global form is estimated at one unit, as upstream does, but charged for what it does.
      { ...textTest('matches', matches, {}), member: false, actualCost: matchesRegex.actualCost },
      textTest('matches_string', matches, matchesRegex),
    ],
  },
]
