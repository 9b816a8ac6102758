// Label selectors: what selects objects by their labels. Source: k8s.io/apimachinery pkg/labels/selector.go.
import { aggregate, type FieldError, invalid } from '../field-errors.ts'
import { isLabelValue, isQualifiedName } from '../validation/names.ts'
import { parseInt64 } from '../strconv.ts'
import type { Labels, Requirement } from './requirement.ts'
import { mergedRequirements } from './merged-requirements.ts'

/** A selector that cannot be understood; the message is what the API answers with 400. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError'
}

/** A conjunction of requirements. Immutable. */
export interface Selector {
  /** Sorted by key. */
  readonly requirements: readonly Requirement[]
  /** Selects every object. */
  readonly isEverything: boolean
  /** Selects no object at all. */
  readonly isNothing: boolean
  matches(labels: Labels | undefined): boolean
  /** The one value that a selected object's label must have, if the selector says so. */
  exactMatch(key: string): string | undefined
  /** Canonical form; '' for everything and for nothing. */
  toString(): string
}

function requirementMatches({ key, operator, values }: Requirement, labels: Labels): boolean {
  const exists = Object.hasOwn(labels, key)
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return exists && values.includes(labels[key]!)
    case '!=':
    case 'notin':
      return !exists || !values.includes(labels[key]!)
    case 'exists':
      return exists
    case '!':
      return !exists
    case 'gt':
    case 'lt': {
      const actual = exists ? parseInt64(labels[key]!) : undefined
      const bound = parseInt64(values[0]!)
      if (actual === undefined || bound === undefined) return false
      return operator === 'gt' ? actual > bound : actual < bound
    }
  }
}

function requirementText({ key, operator, values }: Requirement): string {
  const listed = values.length > 1 ? values.toSorted().join(',') : (values[0] ?? '')
  switch (operator) {
    case 'exists':
      return key
    case '!':
      return `!${key}`
    case 'in':
    case 'notin':
      return `${key} ${operator} (${listed})`
    case 'gt':
      return `${key}>${listed}`
    case 'lt':
      return `${key}<${listed}`
    case '=':
    case '==':
    case '!=':
      return `${key}${operator}${listed}`
  }
}

/** Asked one by one as long as that is quicker than looking at every label. */
const separateMax = 8
const isShort = (requirements: readonly Requirement[]) => requirements.length <= separateMax && requirements.every(({ values }) => values.length <= separateMax)

const none: Labels = {}
const byKey = (a: Requirement, b: Requirement) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)

/** @param requirements valid ones (see {@link validRequirement}), in any order */
export function newSelector(requirements: readonly Requirement[]): Selector {
  const sorted = requirements.toSorted(byKey)
  const matches = isShort(sorted) ? (labels: Labels) => sorted.every((requirement) => requirementMatches(requirement, labels)) : mergedRequirements(sorted)
  return {
    requirements: sorted,
    isEverything: sorted.length === 0,
    isNothing: false,
    matches: (labels = none) => matches(labels),
    exactMatch(key) {
      const found = sorted.find((requirement) => requirement.key === key)
      if (!found || !['=', '==', 'in'].includes(found.operator) || found.values.length !== 1) return undefined
      return found.values[0]
    },
    toString: () => sorted.map(requirementText).join(','),
  }
}

export const everything: Selector = newSelector([])

export const nothing: Selector = {
  requirements: [],
  isEverything: false,
  isNothing: true,
  matches: () => false,
  exactMatch: () => undefined,
  toString: () => '',
}

/** A selector of objects that have all of `labels`; no labels: everything. The labels are not validated. */
export function selectorFromSet(labels: Labels | undefined): Selector {
  return newSelector(Object.entries(labels ?? none).map(([key, value]) => ({ key, operator: '=', values: [value] })))
}

/** Nobody reads more. */
const errorsMax = 1000

function keyErrors(key: string): readonly FieldError[] {
  const messages = isQualifiedName(key)
  return messages.length > 0 ? [invalid('key', key, messages.join('; '))] : []
}

function valueErrors({ key, operator, values }: Requirement): readonly FieldError[] {
  const errors: FieldError[] = []
  switch (operator) {
    case 'in':
    case 'notin':
      if (values.length === 0) errors.push(invalid('values', values, "for 'in', 'notin' operators, values set can't be empty"))
      break
    case '=':
    case '==':
    case '!=':
      if (values.length !== 1) errors.push(invalid('values', values, 'exact-match compatibility requires one single value'))
      break
    case 'exists':
    case '!':
      if (values.length > 0) errors.push(invalid('values', values, 'values set must be empty for exists and does not exist'))
      break
    case 'gt':
    case 'lt':
      if (values.length !== 1) errors.push(invalid('values', values, "for 'Gt', 'Lt' operators, exactly one value is required"))
      for (const [index, value] of values.entries()) {
        if (parseInt64(value) === undefined) errors.push(invalid(`values[${index}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer"))
      }
      break
  }
  for (const [index, value] of values.entries()) {
    if (errors.length >= errorsMax) break
    const messages = isLabelValue(value)
    if (messages.length > 0) errors.push(invalid(`values[${index}][${key}]`, value, messages.join('; ')))
  }
  return errors
}

/** @throws {SelectorError} naming everything that is wrong with it */
export const validRequirement = (requirement: Requirement): Requirement =>
  withoutErrors(requirement, [...keyErrors(requirement.key), ...valueErrors(requirement)])

/** @param requirement with a valid key @throws {SelectorError} */
export const withValidValues = (requirement: Requirement): Requirement => withoutErrors(requirement, valueErrors(requirement))

function withoutErrors(requirement: Requirement, errors: readonly FieldError[]): Requirement {
  if (errors.length > 0) throw new SelectorError(aggregate(errors))
  return requirement
}
