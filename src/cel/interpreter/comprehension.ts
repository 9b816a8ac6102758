// Loops, and cel.bind, which is a loop over nothing.
import type { Comprehension } from '../ast/expr.ts'
import { CelError, CelList, CelMap, type CelValue } from '../values/value.ts'
import { typeOfValue } from '../values/type-of-value.ts'
import { attempt, type Evaluate } from './evaluate.ts'
import { type Frame, pending } from './frame.ts'
import type { Planning } from './plan.ts'

export function planComprehension(planner: Planning, expr: Comprehension): Evaluate {
  const isBinding = expr.range.kind === 'list' && expr.range.elements.length === 0
  return isBinding ? planBinding(planner, expr) : planLoop(planner, expr)
}

/** The value is computed when it is first read, and once. */
function planBinding(planner: Planning, { accuInit, accuVar, result: resultExpr }: Comprehension): Evaluate {
  const initialize = planner.evaluator(accuInit)
  return planner.withLocal(accuVar, initialize, (slot) => {
    const result = planner.evaluator(resultExpr)
    return (frame) => {
      frame.slots[slot] = pending
      return result(frame)
    }
  })
}

function planLoop(planner: Planning, expr: Comprehension): Evaluate {
  const range = planner.evaluator(expr.range)
  const init = planner.evaluator(expr.accuInit)
  return planner.withLocal(expr.accuVar, undefined, (accu) => {
    const result = planner.evaluator(expr.result)
    const [first, second, condition, step] = planner.withLocal(expr.iterVar, undefined, (iter) => {
      const inner = (iter2: number) => [iter, iter2, planner.plan(expr.condition), planner.evaluator(expr.step)] as const
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
