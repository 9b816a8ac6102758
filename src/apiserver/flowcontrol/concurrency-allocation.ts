// How many seats each priority level gets for the next while: a fair division of a fixed sum between bounds.
// Source: k8s.io/apiserver pkg/util/flowcontrol/conc_alloc.go, KEP-1040 ("Borrowing").

export interface Claim {
  /** Seats the level would like to have; at least `min`. */
  readonly target: number
  readonly min: number
  readonly max: number
}

export interface Allocation {
  /** One for each claim; they add up to the sum that was divided. */
  readonly seats: readonly number[]
  /** What every claim gets of its target, unless one of its bounds says otherwise. */
  readonly fairFraction: number
}

/** Keeps a level that wants nothing in proportion to others. */
const targetMin = 0.001
const epsilon = 1e-7

/**
 * Finds the fraction f for which the sum over all claims of `clamp(f * target, min, max)` is `sum`.
 * That sum grows with f in straight pieces, whose ends are where a claim leaves its min or reaches its max.
 * @returns undefined when the bounds leave no solution
 */
export function allocate(sum: number, claims: readonly Claim[]): Allocation | undefined {
  const lowest = total(claims.map(({ min }) => min))
  const highest = total(claims.map(({ max }) => max))
  if (sum < 0 || lowest - sum > epsilon || sum - highest > epsilon) return undefined
  if (claims.some(({ target, min, max }) => min < 0 || min > max || min > target)) return undefined
  if (sum === 0) return { seats: claims.map(() => 0), fairFraction: 0 }
  const targets = claims.map(({ target }) => Math.max(target, targetMin))
  const lower = claims.map(({ min }, i) => min / targets[i]!)
  const upper = claims.map(({ max }, i) => max / targets[i]!)
  if (lowest - sum > -epsilon) return { seats: claims.map(({ min }) => min), fairFraction: Math.min(...lower) }
  if (sum - highest > -epsilon) return { seats: claims.map(({ max }) => max), fairFraction: Math.max(...upper) }

  const seatsAt = (fraction: number) => claims.map(({ min, max }, i) => Math.max(min, Math.min(max, fraction * targets[i]!)))
  const bends = [...new Set([...lower, ...upper])].toSorted((a, b) => a - b)
  let from = bends[0]!
  let allocated = total(seatsAt(from))
  for (const to of bends.slice(1)) {
    const next = total(seatsAt(to))
    if (next >= sum) {
      const fairFraction = next === allocated ? from : from + ((sum - allocated) / (next - allocated)) * (to - from)
      return { seats: seatsAt(fairFraction), fairFraction }
    }
    from = to
    allocated = next
  }
  return { seats: seatsAt(from), fairFraction: from }
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
