// Source: Kubernetes 1.36 apiserver pkg/cel/library/cost.go; cel-go checker/cost.go (quote, format).
import { actualSize } from '../../cost/actual-size.ts'
import { addEstimates, type CallNode, type CostNode, costMax, multiplyEstimates, scaleEstimate, type SizeEstimate } from '../../cost/estimates.ts'
import { countsCharacters, stringTraversalFactor } from '../../cost/standard-costs.ts'
import type { Overload } from '../../declarations.ts'

type Costs = Pick<Overload, 'estimateCost' | 'actualCost' | 'actualCostOfResult'>

const traversal = (size: number, factor = 1) => Math.ceil(size * factor * stringTraversalFactor)

export const costOfCounting: Costs = countsCharacters

/** One pass that gives a string of the same size at most. */
export const costOfTraversal: Costs = {
  estimateCost(call) {
    const size = call.sizeOf(call.target!)
    return { cost: scaleEstimate(size, stringTraversalFactor), resultSize: size }
  },
  actualCost: ([text]) => traversal(actualSize(text!)),
}

export const costOfSearch: Costs = {
  estimateCost: (call) => ({ cost: scaleEstimate(call.sizeOf(call.target!), stringTraversalFactor) }),
  actualCost: ([text]) => Math.floor(actualSize(text!) * stringTraversalFactor),
}

export const costOfSplit: Costs = {
  estimateCost(call) {
    const size = call.sizeOf(call.target!)
    const limit = call.args[1]?.expr
    const max = limit?.kind === 'literal' && typeof limit.value === 'number' && limit.value >= 0 ? limit.value : size.max
    return { cost: scaleEstimate(size, 2 * stringTraversalFactor), resultSize: { min: 0, max } }
  },
  actualCost: ([text]) => traversal(actualSize(text!), 2),
}

export const costOfReplace: Costs = {
  estimateCost(call) {
    const size = call.sizeOf(call.target!)
    const resultSize = replacedSize(size, call.sizeOf(call.args[0]!), call.sizeOf(call.args[1]!))
    return { cost: scaleEstimate(size, 2 * stringTraversalFactor), resultSize }
  },
  actualCost: ([text]) => traversal(actualSize(text!), 2),
}

/** The longest and the shortest result a replacement can have. */
function replacedSize(size: SizeEstimate, old: SizeEstimate, replacement: SizeEstimate): SizeEstimate {
  const max = ((): { count: number; retained: number } => {
    // An empty string is found between all characters.
    if (old.min === 0) return { count: size.max + 1, retained: size.max }
    if (replacement.max <= old.min) return { count: 0, retained: size.max }
    return { count: Math.ceil(size.max / old.min), retained: 0 }
  })()
  const min = ((): { count: number; retained: number } => {
    if (old.max === 0) return { count: size.min + 1, retained: size.min }
    if (old.max <= replacement.min) return { count: 0, retained: size.min }
    return { count: Math.ceil(size.min / old.max), retained: 0 }
  })()
  return addEstimates(multiplyEstimates({ min: min.count, max: Math.min(max.count, costMax) }, replacement), { min: min.retained, max: max.retained })
}

export const costOfJoin: Costs = {
  estimateCost(call) {
    const list = call.sizeOf(call.target!)
    const [separator] = call.args
    const elements = multiplyEstimates(list, elementSize(call, call.target!))
    const separators = { min: Math.max(list.min - 1, 0), max: Math.max(list.max - 1, 0) }
    const resultSize = separator ? addEstimates(elements, multiplyEstimates(call.sizeOf(separator), separators)) : elements
    return { cost: scaleEstimate(resultSize, stringTraversalFactor), resultSize }
  },
  actualCostOfResult: (result) => traversal(actualSize(result), 2),
}

function elementSize(call: CallNode, list: CostNode): SizeEstimate {
  const type = list.type.parameters[0]
  if (!type) return { min: 0, max: 0 }
  return call.sizeOf({ path: list.path && [...list.path, '@items'], type, expr: undefined, computedSize: undefined })
}

/** Every character may be escaped, and there are two quotes. */
export const quotes: Costs = {
  estimateCost(call) {
    const size = call.sizeOf(call.args[0]!)
    return { cost: scaleEstimate(size, stringTraversalFactor), resultSize: { min: size.min + 2, max: Math.min(size.max * 2 + 2, costMax) } }
  },
  actualCost: ([text]) => traversal(actualSize(text!)),
}

/** Estimated by the format alone, as upstream does, but charged for what it prints. */
export const formats: Costs = {
  estimateCost: (call) => ({ cost: scaleEstimate(call.sizeOf(call.target!), stringTraversalFactor) }),
  actualCost: ([text]) => traversal(actualSize(text!)),
  actualCostOfResult: (text) => traversal(actualSize(text)),
}
