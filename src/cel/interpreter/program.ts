// What runs an expression.
import { CelError, type CelValue } from '../values/value.ts'

/** Gives variables their values, asked once per use; `undefined` means there is no such variable. May compute lazily and may throw CelError. */
export interface Activation {
  resolve(name: string): CelValue | undefined
}

export interface EvaluationLimits {
  /** The evaluation ends with `operation cancelled: actual cost limit exceeded` once it has cost more. @default none */
  readonly costLimit?: number
  /** Asked every hundred steps of loops; true ends the evaluation with `operation interrupted`. */
  readonly interrupted?: () => boolean
}

export type Evaluation =
  | { readonly ok: true; readonly value: CelValue; readonly cost: number }
  | { readonly ok: false; readonly error: CelError; readonly cost: number }

export interface Program {
  /** Runs synchronously. Errors of the expression are results; only what an activation or function throws beside CelError is thrown. */
  evaluate(activation: Activation, limits?: EvaluationLimits): Evaluation
}

/** An activation of plain values. */
export function activationOf(values: Iterable<readonly [string, CelValue]>): Activation {
  const map = new Map(values)
  return { resolve: (name) => map.get(name) }
}
