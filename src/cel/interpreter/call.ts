// Calls of functions: arguments, implementation, cost.
import type { Call } from '../ast/expr.ts'
import type { CallCosts, Overload } from '../declarations.ts'
import { CelError, CelOptional, type CelValue } from '../values/value.ts'
import { type Dispatch, dispatch } from './dispatch.ts'
import type { Evaluate } from './evaluate.ts'
import type { Planner } from './planner.ts'
import { planMembership } from './membership.ts'

export function planCall(planner: Planner, expr: Call): Evaluate {
  const overloadIds = planner.ast.overloadIds(expr.id)
  const exprs = expr.target ? [expr.target, ...expr.args] : expr.args
  const args = exprs.map((arg) => planner.plan(arg))
  const evaluators = args.map(({ evaluate }) => evaluate)
  const [only] = overloadIds
  if (overloadIds.length === 1 && only === 'optional_or_optional') return orElse(evaluators, (value) => value)
  if (overloadIds.length === 1 && only === 'optional_orValue_value') return orElse(evaluators, (optional) => optional.value!)
  const membership = only === 'in_list' && overloadIds.length === 1 ? planMembership(args) : undefined
  if (membership) return membership
  const declaration = planner.environment.function(expr.function)!
  const argTypes = exprs.map(({ id }) => planner.ast.typeOf(id))
  const dispatched = dispatch(declaration, overloadIds, argTypes)
  const cost = costOf(planner.environment.callCosts, expr.function, dispatched)
  const { call } = dispatched
  const [first, second] = evaluators as [Evaluate, Evaluate]
  if (evaluators.length === 1)
    return (frame) => {
      const a = first(frame)
      const result = call(a)
      frame.spend(cost([a], result))
      return result
    }
  if (evaluators.length === 2)
    return (frame) => {
      const a = first(frame)
      const b = second(frame)
      const result = call(a, b)
      frame.spend(cost([a, b], result))
      return result
    }
  return (frame) => {
    const values = evaluators.map((evaluate) => evaluate(frame))
    const result = call(...values)
    frame.spend(cost(values, result))
    return result
  }
}

type CallCost = (args: readonly CelValue[], result: CelValue) => number

const one: CallCost = () => 1

function costOf(costs: readonly CallCosts[], name: string, { overloadOf, fixedOverload }: Dispatch): CallCost {
  const asked = costs.filter(({ actual }) => actual)
  const own = (overload: Overload | undefined, args: readonly CelValue[], result: CelValue) => overload?.actualCost?.(args, result) ?? 1
  if (asked.length > 0)
    return (args, result) => {
      const overload = overloadOf(args)
      for (const { actual } of asked) {
        const cost = actual!(name, overload?.id ?? '', args, result)
        if (cost !== undefined) return cost
      }
      return own(overload, args, result)
    }
  if (!fixedOverload) return (args, result) => own(overloadOf(args), args, result)
  return fixedOverload.actualCost ? (args, result) => own(fixedOverload, args, result) : one
}

/** `a.or(b)` and `a.orValue(b)`: b is evaluated only if a is none. */
function orElse([left, right]: readonly Evaluate[], unwrap: (optional: CelOptional) => CelValue): Evaluate {
  return (frame) => {
    const optional = left!(frame)
    if (!(optional instanceof CelOptional)) throw new CelError('no such overload')
    return optional.value === undefined ? right!(frame) : unwrap(optional)
  }
}
