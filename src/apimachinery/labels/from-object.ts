// LabelSelector objects (`matchLabels`, `matchExpressions`) as selectors. Source: k8s.io/apimachinery pkg/apis/meta/v1/helpers.go.
import { goQuote } from '../go-quote.ts'
import type { Labels, Operator } from './requirement.ts'
import { everything, newSelector, nothing, type Selector, SelectorError, validRequirement } from './selector.ts'

export interface LabelSelectorRequirementObject {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[]
}

/** The JSON form of meta/v1 LabelSelector. */
export interface LabelSelectorObject {
  readonly matchLabels?: Labels
  readonly matchExpressions?: readonly LabelSelectorRequirementObject[]
}

const operators: ReadonlyMap<string, Operator> = new Map([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
])

/**
 * @param object absent: selects nothing; empty: selects everything
 * @throws {SelectorError} when it is invalid
 */
export function selectorFromObject(object: LabelSelectorObject | null | undefined): Selector {
  if (!object) return nothing
  const { matchLabels = {}, matchExpressions = [] } = object
  const requirements = [
    ...Object.entries(matchLabels).map(([key, value]) => validRequirement({ key, operator: '=', values: [value] })),
    ...matchExpressions.map(({ key, operator: name, values = [] }) => {
      const operator = operators.get(name)
      if (!operator) throw new SelectorError(`${goQuote(name)} is not a valid label selector operator`)
      return validRequirement({ key, operator, values })
    }),
  ]
  return requirements.length === 0 ? everything : newSelector(requirements)
}

/** How kubectl and print columns show a LabelSelector: `app=web,tier in (a,b)`, `<none>`, or `<error>`. */
export function formatLabelSelector(object: LabelSelectorObject | null | undefined): string {
  try {
    return selectorFromObject(object).toString() || '<none>'
  } catch (error) {
    if (error instanceof SelectorError) return '<error>'
    throw error
  }
}
