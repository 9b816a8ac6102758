// Costs of the standard functions, before they run and after. Source: cel-go checker/cost.go, interpreter/runtimecost.go, common/cost.go.
import type { Overload } from '../declarations.ts'
import type { CelValue } from '../values/value.ts'
import { hasAstral } from '../values/size.ts'
import { actualSize } from './actual-size.ts'
import { addEstimates, type CallNode, type CostNode, fixed, multiplyEstimates, scaleEstimate } from './estimates.ts'

/** Per character of a string that is looked through. */
export const stringTraversalFactor = 0.1
/** Per character of a regular expression: an expression has about four. */
const regexLengthFactor = 0.25

type Costs = Pick<Overload, 'estimateCost' | 'actualCost'>

/** The target first, if there is one. */
const operands = ({ target, args }: CallNode): readonly CostNode[] => (target ? [target, ...args] : args)

const traversal = (size: number) => Math.ceil(size * stringTraversalFactor)

/** One argument is looked through, the target being the first. */
export const traversesArgument = (index: number): Costs => ({
  estimateCost: (call) => ({ cost: scaleEstimate(call.sizeOf(operands(call)[index]!), stringTraversalFactor) }),
  actualCost: (args) => traversal(actualSize(args[index]!)),
})

/** Text to bytes: a character has one to four of them. */
export const encodes: Costs = {
  estimateCost(call) {
    const size = call.sizeOf(call.args[0]!)
    return { cost: scaleEstimate(size, stringTraversalFactor), resultSize: { min: size.min, max: scaleEstimate(size, 4).max } }
  },
  actualCost: ([text]) => traversal(actualSize(text!)),
}

export const decodes: Costs = {
  estimateCost(call) {
    const size = call.sizeOf(call.args[0]!)
    return { cost: scaleEstimate(size, stringTraversalFactor), resultSize: { min: Math.floor(size.min / 4), max: size.max } }
  },
  actualCost: ([bytes]) => traversal(actualSize(bytes!)),
}

/** A unit, unless the characters of a text are to be counted one by one. */
export const countsCharacters: Costs = {
  actualCost: ([text]) => (typeof text === 'string' && hasAstral(text) ? traversal(text.length) : 1),
}

/** Up to the end of the shorter one. */
export const comparesTexts: Costs = {
  estimateCost(call) {
    const [left, right] = call.args.map((arg) => call.sizeOf(arg)) as [CostEstimateLike, CostEstimateLike]
    const max = Math.min(left.max, right.max)
    return { cost: scaleEstimate({ min: max > 0 ? 1 : 0, max }, stringTraversalFactor) }
  },
  actualCost: ([left, right]) => traversal(Math.min(actualSize(left!), actualSize(right!))),
}
type CostEstimateLike = ReturnType<CallNode['sizeOf']>

/** A new string of both. */
export const concatenates: Costs = {
  estimateCost(call) {
    const resultSize = addEstimates(call.sizeOf(call.args[0]!), call.sizeOf(call.args[1]!))
    return { cost: scaleEstimate(resultSize, stringTraversalFactor), resultSize }
  },
  actualCost: ([left, right]) => traversal(actualSize(left!) + actualSize(right!)),
}

/** Lists are joined at no cost, but the size is known. */
export const joinsLists: Costs = {
  estimateCost: (call) => ({ cost: fixed(1), resultSize: addEstimates(call.sizeOf(call.args[0]!), call.sizeOf(call.args[1]!)) }),
}

export const searchesList: Costs = {
  estimateCost: (call) => ({ cost: scaleEstimate(call.sizeOf(call.args[1]!), 1) }),
  actualCost: ([, list]) => actualSize(list!),
}

export const searchesText: Costs = {
  estimateCost(call) {
    const [text, part] = operands(call) as [CostNode, CostNode]
    return {
      cost: multiplyEstimates(scaleEstimate(call.sizeOf(text), stringTraversalFactor), scaleEstimate(call.sizeOf(part), stringTraversalFactor)),
    }
  },
  actualCost: ([text, part]) => traversal(actualSize(text!)) * traversal(actualSize(part!)),
}

/** One is added to the length of the text: on an empty one an expression costs something, too. */
export const matchesRegex: Required<Costs> = {
  estimateCost(call) {
    const [text, pattern] = operands(call) as [CostNode, CostNode]
    const textCost = scaleEstimate(addEstimates(call.sizeOf(text), fixed(1)), stringTraversalFactor)
    return { cost: multiplyEstimates(textCost, scaleEstimate(call.sizeOf(pattern), regexLengthFactor)) }
  },
  actualCost: ([text, pattern]: readonly CelValue[]) => traversal(actualSize(text!) + 1) * Math.ceil(actualSize(pattern!) * regexLengthFactor),
}
