// The state of one evaluation.
import { CelError, type CelValue } from '../values/value.ts'
import type { Activation, EvaluationLimits } from './program.ts'

/** Ends an evaluation from outside: nothing in the expression can absorb it. */
export class EvaluationCancelled extends Error {
  override readonly name = 'EvaluationCancelled'
}

/** Loop steps between two questions whether to go on. Source: Kubernetes 1.36 apiserver pkg/apis/cel/config.go (CheckFrequency). */
const stepsPerCheck = 100

/** Not computed yet: the variable of cel.bind. */
export const pending = Symbol('pending')

/** What a variable of a comprehension may hold; an error is thrown by whoever reads it. */
export type Held = CelValue | CelError | typeof pending

export class Frame {
  readonly activation: Activation
  /** Variables of comprehensions, by the index the planner gave them. */
  readonly slots: Held[] = []
  /** Spent so far. */
  cost = 0
  readonly #costLimit: number
  readonly #interrupted: (() => boolean) | undefined
  #steps = 0

  constructor(activation: Activation, { costLimit = Infinity, interrupted }: EvaluationLimits) {
    this.activation = activation
    this.#costLimit = costLimit
    this.#interrupted = interrupted
  }

  /** @throws {EvaluationCancelled} if that was too much */
  spend(cost: number): void {
    this.cost += cost
    if (this.cost > this.#costLimit) throw new EvaluationCancelled('operation cancelled: actual cost limit exceeded')
  }

  /** @throws {EvaluationCancelled} if there is not so much left */
  reserve(cost: number): void {
    if (this.cost + cost > this.#costLimit) throw new EvaluationCancelled('operation cancelled: actual cost limit exceeded')
  }

  /** Called once per step of a loop. @throws {EvaluationCancelled} */
  step(): void {
    if (this.#interrupted && ++this.#steps % stepsPerCheck === 0 && this.#interrupted()) throw new EvaluationCancelled('operation interrupted')
  }
}
