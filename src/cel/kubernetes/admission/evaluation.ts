// Runs the expressions of one policy for one request: within a budget, with variables that are computed once and when they are asked for,
// and letting others have their turn between expressions. Source: k8s.io/apiserver pkg/admission/plugin/cel/{activation,composition}.go.
import { nextTurn } from '../../../util/turns.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { Clock } from '../../../util/clock.ts'
import type { Activation, EvaluationLimits } from '../../interpreter/program.ts'
import { CelError, CelMap, type CelValue } from '../../values/value.ts'
import type { ExpressionCompilation } from '../expression.ts'
import { DecisionPending } from '../library/authorizer.ts'
import { evaluationLimits } from '../limits.ts'

export type ExpressionResult = { readonly value: CelValue } | { readonly error: string }

/** The budget is spent: nothing more is run for this request. */
export class OutOfBudget extends Error {
  override readonly name = 'OutOfBudget'

  constructor() {
    super('validation failed due to running out of cost budget, no further validation rules will be run')
  }
}

/** What may be spent before others have their turn: a few milliseconds. */
const costPerTurn = 200_000
/** Decisions that one expression may wait for: more than its cost allows. */
const decisionsMax = 16

/** What the variables of a policy yield, each once. */
class LazyVariables extends CelMap {
  readonly #compiled: ReadonlyMap<string, ExpressionCompilation>
  readonly #activation: Activation
  readonly #limits: () => EvaluationLimits
  readonly #known = new Map<string, { readonly value: CelValue } | { readonly error: CelError }>()
  /** Of what was computed since it was last taken. */
  #cost = 0

  constructor(compiled: ReadonlyMap<string, ExpressionCompilation>, activation: Activation, limits: () => EvaluationLimits) {
    super()
    this.#compiled = compiled
    this.#activation = activation
    this.#limits = limits
  }

  takeCost(): number {
    const cost = this.#cost
    this.#cost = 0
    return cost
  }

  override get size(): number {
    return this.#compiled.size
  }

  override keys(): Iterable<CelValue> {
    return this.#compiled.keys()
  }

  override get(key: CelValue): CelValue | undefined {
    if (typeof key !== 'string') return undefined
    const compiled = this.#compiled.get(key)
    if (!compiled) return undefined
    let known = this.#known.get(key)
    if (!known) this.#known.set(key, (known = this.#compute(key, compiled)))
    if ('error' in known) throw known.error
    return known.value
  }

  #compute(name: string, compiled: ExpressionCompilation): { readonly value: CelValue } | { readonly error: CelError } {
    if (!compiled.ok) return { error: new CelError(`composited variable ${goQuote(name)} fails to compile: ${compiled.error.detail}`) }
    const result = compiled.program.evaluate(this.#activation, this.#limits())
    this.#cost += result.cost
    if (result.ok) return { value: result.value }
    return { error: new CelError(`composited variable ${goQuote(name)} fails to evaluate: ${result.error.message}`) }
  }
}

export class AdmissionEvaluation {
  readonly #activation: Activation
  readonly #variables: LazyVariables
  readonly #limits: () => EvaluationLimits
  #budget: number
  #untilTurn = costPerTurn

  /** @param values of the variables that every expression has */
  constructor({ variables, values, budget, clock }: EvaluationOptions) {
    this.#limits = () => evaluationLimits(undefined, clock)
    const bound = new Map(values)
    this.#activation = { resolve: (name) => (name === 'variables' ? this.#variables : bound.get(name)) }
    this.#variables = new LazyVariables(variables, this.#activation, this.#limits)
    this.#budget = budget
  }

  /** What is left to be spent. */
  get budget(): number {
    return this.#budget
  }

  /** @throws {OutOfBudget} */
  async run(compiled: ExpressionCompilation): Promise<ExpressionResult> {
    if (!compiled.ok) return { error: `compilation error: ${compiled.error.detail}` }
    const result = await this.#decided(() => compiled.program.evaluate(this.#activation, this.#limits()))
    const cost = result.cost + this.#variables.takeCost()
    if (cost > this.#budget) throw new OutOfBudget()
    this.#budget -= cost
    this.#untilTurn -= cost
    if (this.#untilTurn <= 0) {
      await nextTurn()
      this.#untilTurn = costPerTurn
    }
    return result.ok ? { value: result.value } : { error: `expression '${compiled.source}' resulted in error: ${result.error.message}` }
  }

  /** Runs it again once a decision that it needs has been made. */
  async #decided<T>(run: () => T): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return run()
      } catch (error) {
        if (!(error instanceof DecisionPending) || attempt === decisionsMax) throw error
        await error.decided
      }
    }
  }
}

interface EvaluationOptions {
  readonly variables: ReadonlyMap<string, ExpressionCompilation>
  readonly values: Iterable<readonly [string, CelValue]>
  readonly budget: number
  /** Ends what takes too long, whatever it costs. Default: the system's. */
  readonly clock?: Pick<Clock, 'monotonic'>
}
