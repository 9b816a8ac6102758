// `x in ['a', 'b']` with a list of constants is one look into a set, and costs nothing. Source: cel-go interpreter/optimizations.go.
import { numberOf } from '../values/equal.ts'
import { CelDouble, CelList, CelUint, type CelValue } from '../values/value.ts'
import type { Evaluate } from './evaluate.ts'
import type { Plan } from './plan.ts'

type Member = string | boolean | number | bigint

/** `undefined` if the list is not of constant scalars. */
export function planMembership([element, list]: readonly Plan[]): Evaluate | undefined {
  const constant = list!.constant
  if (!(constant instanceof CelList)) return undefined
  const members = new Set<Member>()
  for (const value of constant) {
    const member = memberOf(value)
    if (member === undefined) return undefined
    members.add(member)
  }
  const { evaluate } = element!
  return (frame) => {
    const member = memberOf(evaluate(frame))
    return member !== undefined && members.has(member)
  }
}

/** One key for all numbers that are equal. */
function memberOf(value: CelValue): Member | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint') return value
  if (!(value instanceof CelDouble) && !(value instanceof CelUint)) return undefined
  const number = numberOf(value)!
  if (typeof number === 'bigint') return number <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(number) : number
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? BigInt(number) : number
}
