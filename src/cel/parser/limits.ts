// How large an expression may be. Its depth is counted as upstream's parser does: rules of the grammar within each other while it reads, and operators
// within each other when it makes the tree. Source: cel-go parser/parser.go (recursionListener, checkAndIncrementRecursionDepth).

/** Upstream's default, for both. */
export const depthMax = 250

/** Longer texts are refused. Source: cel-go parser/parser.go. */
export const codePointsMax = 100_000
/** Nodes after macros were expanded. A text has one for two characters at most, but `x.optMap(a, f)` copies x, and that may happen within x, too. */
export const nodesMax = 150_000

export class LimitError extends Error {
  override readonly name = 'LimitError'
}

/** Rules that may contain themselves. */
type Rule = 'expr' | 'relation' | 'calc'

export class DepthCounter {
  readonly #depths: Record<Rule, number> = { expr: 0, relation: 0, calc: 0 }

  /** @throws {LimitError} */
  enter(rule: Rule): void {
    if (++this.#depths[rule] > depthMax) throw new LimitError(`expression recursion limit exceeded: ${depthMax}`)
  }

  leave(rule: Rule): void {
    this.#depths[rule]--
  }
}

/** Operators above the height of their operands. @throws {LimitError} */
export function heightAbove(...operands: readonly number[]): number {
  const height = Math.max(...operands) + 1
  if (height > depthMax) throw new LimitError('max recursion depth exceeded')
  return height
}
