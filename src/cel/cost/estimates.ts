// Arithmetic of estimates: everything saturates at the largest uint64. Source: cel-go checker/cost.go.
import type { Expr } from '../ast/expr.ts'
import type { CelType } from '../types/cel-type.ts'

/** A range of sizes: characters of a string, bytes, elements of a list, entries of a map. */
export interface SizeEstimate {
  readonly min: number
  readonly max: number
}

/** A range of costs; one unit is about the work of reading one field. */
export interface CostEstimate {
  readonly min: number
  readonly max: number
}

export interface CallEstimate {
  readonly cost: CostEstimate
  /** Of a result that has a size. */
  readonly resultSize?: SizeEstimate | undefined
}

/** What an estimator is told about a part of an expression. */
export interface CostNode {
  /** From a variable through fields, `@items`, `@keys`, `@values`, `@indices`; `undefined` for computed values. */
  readonly path: readonly string[] | undefined
  readonly type: CelType
  /** `undefined` for the elements of a list, which are no part of the expression. */
  readonly expr: Expr | undefined
  /** What the expression itself tells about its size. */
  readonly computedSize: SizeEstimate | undefined
}

/** A call whose cost is to be estimated. */
export interface CallNode {
  readonly function: string
  readonly overloadId: string
  readonly target: CostNode | undefined
  readonly args: readonly CostNode[]
  /** The computed size, or what the estimator knows, or anything from 0. */
  sizeOf(this: void, node: CostNode): SizeEstimate
}

/** What the owner of the variables knows about them: a schema's maxLength, maxItems, maxProperties. */
export interface SizeEstimator {
  /** Asked only where the expression does not tell; `undefined` for unknown. */
  estimateSize(node: CostNode): SizeEstimate | undefined
}

/** The largest uint64 (as the nearest double): sums and products stop here. */
export const costMax = 2 ** 64

export const fixed = (value: number): CostEstimate => ({ min: value, max: value })
export const unknownSize: SizeEstimate = { min: 0, max: costMax }

const saturated = (value: number) => Math.min(value, costMax)

export const addEstimates = (a: CostEstimate, b: CostEstimate): CostEstimate => ({ min: saturated(a.min + b.min), max: saturated(a.max + b.max) })
export const multiplyEstimates = (a: CostEstimate, b: CostEstimate): CostEstimate => ({ min: saturated(a.min * b.min), max: saturated(a.max * b.max) })
/** By a factor, each end rounded up. */
export const scaleEstimate = (a: CostEstimate, factor: number): CostEstimate => ({
  min: saturated(Math.ceil(a.min * factor)),
  max: saturated(Math.ceil(a.max * factor)),
})
export const uniteEstimates = (a: CostEstimate, b: CostEstimate): CostEstimate => ({ min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) })
