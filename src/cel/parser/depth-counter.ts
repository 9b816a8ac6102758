// How deep an expression is nested, counted as upstream's parser does: rules of the grammar within each other while it reads, and operators
// within each other when it makes the tree. Source: cel-go parser/parser.go (recursionListener, checkAndIncrementRecursionDepth).

/** Upstream's default, for both. */
export const depthMax = 250

export class DepthError extends Error {
  override readonly name = 'DepthError'
}

/** Rules that may contain themselves. */
type Rule = 'expr' | 'relation' | 'calc'

export class DepthCounter {
  readonly #depths: Record<Rule, number> = { expr: 0, relation: 0, calc: 0 }

  /** @throws {DepthError} */
  enter(rule: Rule): void {
    if (++this.#depths[rule] > depthMax) throw new DepthError(`expression recursion limit exceeded: ${depthMax}`)
  }

  leave(rule: Rule): void {
    this.#depths[rule]--
  }
}

/** Operators above the height of their operands. @throws {DepthError} */
export function heightAbove(...operands: readonly number[]): number {
  const height = Math.max(...operands) + 1
  if (height > depthMax) throw new DepthError('max recursion depth exceeded')
  return height
}
