// Lists as sets. Source: cel-go ext/sets.go.
import { actualSize } from '../cost/actual-size.ts'
import { addEstimates, fixed, multiplyEstimates, scaleEstimate } from '../cost/estimates.ts'
import type { FunctionDeclaration, Library } from '../declarations.ts'
import { boolType, listType, paramType } from '../types/cel-type.ts'
import { type ElementBudget, elementBudget } from '../values/bounds.ts'
import { isEqual } from '../values/equal.ts'
import type { CelList, CelValue } from '../values/value.ts'

const list = listType(paramType('T'))

function has(elements: CelList, element: CelValue, budget: ElementBudget): boolean {
  for (const other of elements) if (isEqual(other, element, budget)) return true
  return false
}

function contains(elements: CelList, others: CelList): boolean {
  const budget = elementBudget()
  for (const other of others) if (!has(elements, other, budget)) return false
  return true
}

function intersects(a: CelList, b: CelList): boolean {
  const budget = elementBudget()
  for (const element of a) if (has(b, element, budget)) return true
  return false
}

/** @param passes how often every element is compared with every other */
const setFunction = (name: string, passes: number, evaluate: (a: CelList, b: CelList) => boolean): FunctionDeclaration => ({
  name: `sets.${name}`,
  overloads: [
    {
      id: `list_sets_${name}_list`,
      args: [list, list],
      result: boolType,
      evaluate,
      estimateCost(call) {
        const [a, b] = call.args.map((arg) => call.sizeOf(arg))
        return { cost: addEstimates(scaleEstimate(multiplyEstimates(a!, b!), passes), fixed(1)) }
      },
      actualCost: ([a, b]) => 1 + actualSize(a!) * actualSize(b!) * passes,
    },
  ],
})

export const setsLibrary: Library = {
  name: 'cel.lib.ext.sets',
  functions: [
    setFunction('contains', 1, contains),
    setFunction('equivalent', 2, (a, b) => contains(a, b) && contains(b, a)),
    setFunction('intersects', 1, intersects),
  ],
}
