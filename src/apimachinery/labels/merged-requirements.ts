// Many requirements as one look at each label of an object: what a selector costs depends on the labels, not on its own length.
import { getOrMake } from '../../util/get-or-make.ts'
import { parseInt64 } from '../strconv.ts'
import type { Labels, Requirement } from './requirement.ts'

/** All that is required of one key. */
interface KeyRule {
  /** The label must be there. */
  required: boolean
  /** It must not. */
  forbidden: boolean
  /** The only values; undefined: any. */
  allowed: ReadonlySet<string> | undefined
  /** Values that it must not have; undefined: none. */
  denied: Set<string> | undefined
  /** The value must be a whole number above this, and below that. */
  above: bigint | undefined
  below: bigint | undefined
}

const newRule = (): KeyRule => ({ required: false, forbidden: false, allowed: undefined, denied: undefined, above: undefined, below: undefined })

function addTo(rule: KeyRule, { operator, values }: Requirement): void {
  if (operator === '!') rule.forbidden = true
  else if (operator === '!=' || operator === 'notin') for (const value of values) (rule.denied ??= new Set()).add(value)
  else rule.required = true
  if (operator === '=' || operator === '==' || operator === 'in') {
    const { allowed } = rule
    rule.allowed = new Set(allowed ? values.filter((value) => allowed.has(value)) : values)
  }
  if (operator === 'gt' || operator === 'lt') addBound(rule, operator, parseInt64(values[0]!))
}

/** Keeps the strictest; one that is no number is met by none. */
function addBound(rule: KeyRule, operator: 'gt' | 'lt', bound: bigint | undefined): void {
  if (bound === undefined) rule.allowed = new Set()
  else if (operator === 'gt') rule.above = rule.above === undefined || bound > rule.above ? bound : rule.above
  else rule.below = rule.below === undefined || bound < rule.below ? bound : rule.below
}

function accepts({ forbidden, allowed, denied, above, below }: KeyRule, value: string): boolean {
  if (forbidden || denied?.has(value) || (allowed && !allowed.has(value))) return false
  if (above === undefined && below === undefined) return true
  const actual = parseInt64(value)
  return actual !== undefined && (above === undefined || actual > above) && (below === undefined || actual < below)
}

/** @returns the same as asking each requirement on its own */
export function mergedRequirements(requirements: readonly Requirement[]): (labels: Labels) => boolean {
  const rules = new Map<string, KeyRule>()
  for (const requirement of requirements) addTo(getOrMake(rules, requirement.key, newRule), requirement)
  const required = [...rules.values()].filter((rule) => rule.required).length
  return (labels) => {
    let met = 0
    for (const key of Object.keys(labels)) {
      const rule = rules.get(key)
      if (!rule) continue
      if (!accepts(rule, labels[key]!)) return false
      if (rule.required) met++
    }
    return met === required
  }
}
