// Calls of functions: arguments, implementation, cost.
import { mapSteps, type Steps } from '../../util/steps.ts'
import type { Call } from '../ast/expr.ts'
import type { CallCosts, Overload } from '../declarations.ts'
import { CelError, CelOptional, type CelValue } from '../values/value.ts'
import { type Dispatch, dispatch } from './dispatch.ts'
import type { Evaluate } from './evaluate.ts'
import type { Planning } from './plan.ts'
import { planMembership } from './membership.ts'

export function* planCall(planner: Planning, expr: Call): Steps<Evaluate> {
  const overloadIds = planner.ast.overloadIds(expr.id)
  const exprs = expr.target ? [expr.target, ...expr.args] : expr.args
  const args = yield* mapSteps(exprs, (arg) => planner.plan(arg))
  const evaluators = args.map(({ evaluate }) => evaluate)
  const [only] = overloadIds
  if (overloadIds.length === 1 && only === 'optional_or_optional') return orElse(evaluators, (value) => value)
  if (overloadIds.length === 1 && only === 'optional_orValue_value') return orElse(evaluators, (optional) => optional.value!)
  const membership = only === 'in_list' && overloadIds.length === 1 ? planMembership(args) : undefined
  if (membership) return membership
  const declaration = planner.environment.function(expr.function)!
  const argTypes = exprs.map(({ id }) => planner.ast.typeOf(id))
  const dispatched = dispatch(declaration, overloadIds, argTypes)
  return planEvaluation(evaluators, dispatched, askedCost(planner.environment.callCosts, expr.function))
}

function planEvaluation(evaluators: readonly Evaluate[], { call, fixedOverload, overloadOf }: Dispatch, asked: AskedCost | undefined): Evaluate {
  const isSimple = fixedOverload && !fixedOverload.actualCost && !fixedOverload.actualCostOfResult && !asked
  const [first, second] = evaluators as [Evaluate, Evaluate]
  if (isSimple && evaluators.length === 1)
    return (frame) => {
      const a = first(frame)
      frame.spend(1)
      return call(a)
    }
  if (isSimple && evaluators.length === 2)
    return (frame) => {
      const a = first(frame)
      const b = second(frame)
      frame.spend(1)
      return call(a, b)
    }
  return (frame) => {
    const args = evaluators.map((evaluate) => evaluate(frame))
    const overload = overloadOf(args)
    const cost = overload?.actualCost?.(args) ?? 1
    frame.reserve(cost)
    const result = call(...args)
    frame.spend(asked?.(overload, args, result) ?? overload?.actualCostOfResult?.(result) ?? cost)
    return result
  }
}

type AskedCost = (overload: Overload | undefined, args: readonly CelValue[], result: CelValue) => number | undefined

/** What those say who were given to the environment. */
function askedCost(costs: readonly CallCosts[], name: string): AskedCost | undefined {
  const asked = costs.flatMap(({ actual }) => (actual ? [actual] : []))
  if (asked.length === 0) return undefined
  return (overload, args, result) => {
    for (const actual of asked) {
      const cost = actual(name, overload?.id ?? '', args, result)
      if (cost !== undefined) return cost
    }
    return undefined
  }
}

/** `a.or(b)` and `a.orValue(b)`: b is evaluated only if a is none. */
function orElse([left, right]: readonly Evaluate[], unwrap: (optional: CelOptional) => CelValue): Evaluate {
  return (frame) => {
    const optional = left!(frame)
    if (!(optional instanceof CelOptional)) throw new CelError('no such overload')
    return optional.value === undefined ? right!(frame) : unwrap(optional)
  }
}
