// How deep rules of the grammar are nested. Left-recursive rules count each of their operators as one level, as upstream's parser does.
// Source: cel-go parser/parser.go (recursionListener).

/** Upstream's default. */
export const depthMax = 250

export class DepthError extends Error {
  override readonly name = 'DepthError'

  constructor(depthMax: number) {
    super(`expression recursion limit exceeded: ${depthMax}`)
  }
}

type Rule = 'expr' | 'relation' | 'calc' | 'member'

export class DepthCounter {
  readonly #depths: Record<Rule, number> = { expr: 0, relation: 0, calc: 0, member: 0 }
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  /** @throws {DepthError} */
  enter(rule: Rule): void {
    if (++this.#depths[rule] > this.#max) throw new DepthError(this.#max)
  }

  leave(rule: Rule, levels = 1): void {
    this.#depths[rule] -= levels
  }
}
