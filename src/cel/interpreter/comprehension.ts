// Loops, and cel.bind, which is a loop over nothing.
import type { Steps } from '../../util/steps.ts'
import type { Comprehension } from '../ast/expr.ts'
import { CelError, CelList, CelMap, type CelValue } from '../values/value.ts'
import { typeOfValue } from '../values/type-of-value.ts'
import { attempt, type Evaluate } from './evaluate.ts'
import { type Frame, pending } from './frame.ts'
import type { Planning } from './plan.ts'

export function planComprehension(planner: Planning, expr: Comprehension): Steps<Evaluate> {
  const isBinding = expr.range.kind === 'list' && expr.range.elements.length === 0
  return isBinding ? planBinding(planner, expr) : planLoop(planner, expr)
}

/** The value is computed when it is first read, and once. */
function* planBinding(planner: Planning, { accuInit, accuVar, result: resultExpr }: Comprehension): Steps<Evaluate> {
  const initialize = yield* planner.evaluator(accuInit)
  return yield* planner.withLocal(accuVar, initialize, function* (slot): Steps<Evaluate> {
    const result = yield* planner.evaluator(resultExpr)
    return (frame) => {
      frame.slots[slot] = pending
      return result(frame)
    }
  })
}

function* planLoop(planner: Planning, expr: Comprehension): Steps<Evaluate> {
  const range = yield* planner.evaluator(expr.range)
  const init = yield* planner.evaluator(expr.accuInit)
  return yield* planner.withLocal(expr.accuVar, undefined, function* (accu): Steps<Evaluate> {
    const result = yield* planner.evaluator(expr.result)
    const { first, second, condition, step } = yield* planner.withLocal(expr.iterVar, undefined, (first) => {
      const inner = function* (second: number) {
        return { first, second, condition: yield* planner.plan(expr.condition), step: yield* planner.evaluator(expr.step) }
      }
      return expr.iterVar2 === undefined ? inner(-1) : planner.withLocal(expr.iterVar2, undefined, inner)
    })
    // A loop without a condition cannot recover from an error.
    const unconditional = condition.constant === true
    const loop = (frame: Frame) => {
      const over = range(frame)
      frame.slots[accu] = attempt(init, frame)
      forEachItem(over, second >= 0, (item, item2) => {
        frame.step()
        frame.slots[first] = item
        if (second >= 0) frame.slots[second] = item2
        if (!unconditional && condition.evaluate(frame) === false) return false
        frame.slots[accu] = unconditional ? step(frame) : attempt(step, frame)
        return true
      })
      return result(frame)
    }
    return loop
  })
}

/** Elements of a list or keys of a map; with two variables index and element, or key and value. Ends when `visit` answers false. */
function forEachItem(range: CelValue, two: boolean, visit: (item: CelValue, item2: CelValue) => boolean): void {
  if (range instanceof CelList) {
    for (let i = 0; i < range.size; i++) {
      const element = range.at(i)
      if (!(two ? visit(i, element) : visit(element, element))) return
    }
  } else if (range instanceof CelMap) {
    for (const key of range.keys()) if (!visit(key, two ? range.get(key)! : key)) return
  } else throw new CelError(`got '${typeOfValue(range).name}', expected iterable type`)
}
