import type { Steps } from '../../util/steps.ts'
import type { CheckedAst } from '../checker/checked-ast.ts'
import type { Environment } from '../environment.ts'
import { CelError } from '../values/value.ts'
import type { Evaluate } from './evaluate.ts'
import { EvaluationCancelled, Frame } from './frame.ts'
import { withElementBudget } from '../values/bounds.ts'
import { Planner } from './planner.ts'
import type { Activation, Evaluation, EvaluationLimits, Program } from './program.ts'

/** A planned expression. Holds no state of evaluations: it may be shared. */
export class CompiledProgram implements Program {
  readonly #evaluate: Evaluate

  private constructor(evaluate: Evaluate) {
    this.#evaluate = evaluate
  }

  static *plan(environment: Environment, ast: CheckedAst): Steps<CompiledProgram> {
    return new CompiledProgram(yield* new Planner(environment, ast).evaluator(ast.expr))
  }

  evaluate(activation: Activation, limits: EvaluationLimits = {}): Evaluation {
    const frame = new Frame(activation, limits)
    try {
      const value = withElementBudget(() => this.#evaluate(frame))
      return { ok: true, value, cost: frame.cost }
    } catch (error) {
      if (error instanceof CelError) return { ok: false, error, cost: frame.cost }
      if (error instanceof EvaluationCancelled) return { ok: false, error: new CelError(error.message), cost: frame.cost }
      throw error
    }
  }
}
