import type { Steps } from '../../util/steps.ts'
import type { Expr } from '../ast/expr.ts'
import type { CheckedAst } from '../checker/checked-ast.ts'
import type { Environment } from '../environment.ts'
import type { CelValue } from '../values/value.ts'
import type { Evaluate } from './evaluate.ts'

/** What is known of a part before it runs. */
export interface Plan {
  readonly evaluate: Evaluate
  /** The value, if it is always the same. */
  readonly constant?: CelValue
}

export const constant = (value: CelValue): Plan => ({ evaluate: () => value, constant: value })

export const isConstant = (plan: Plan): plan is Plan & { readonly constant: CelValue } => plan.constant !== undefined

/** What planning a call or a loop needs of the planner. */
export interface Planning {
  readonly ast: CheckedAst
  readonly environment: Environment
  plan(expr: Expr): Steps<Plan>
  evaluator(expr: Expr): Steps<Evaluate>
  /**
   * Plans something inside a comprehension.
   * @param initialize computes the variable when it is first read; `undefined` if it is set before
   * @returns what `make` gives for the slot of the variable
   */
  withLocal<T>(name: string, initialize: Evaluate | undefined, make: (slot: number) => Steps<T>): Steps<T>
}
