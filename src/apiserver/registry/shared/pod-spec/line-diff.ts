// A unified diff of two texts, as Go's difflib writes it: longest matching blocks first (Ratcliff and Obershelp), lines that
// occur often in a long text do not start a match. Source: github.com/pmezard/go-difflib.

/** Lines of context around a change. */
const context = 3
/** From this many lines on, frequent lines are left out of the index. */
const longText = 200
/** Pairs of lines that are compared: enough for texts of a few thousand lines. What is left when they are used up counts as changed. */
const comparisonsMax = 50_000

interface Block {
  readonly a: number
  readonly b: number
  readonly size: number
}

/** A stretch of `a` (from `a1` to before `a2`) that became one of `b`; equal ones are the same. */
interface Change {
  readonly equal: boolean
  readonly a1: number
  readonly a2: number
  readonly b1: number
  readonly b2: number
}

function indexOf(lines: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const index = new Map<string, number[]>()
  for (const [at, line] of lines.entries()) {
    const places = index.get(line)
    if (places) places.push(at)
    else index.set(line, [at])
  }
  if (lines.length < longText) return index
  const often = Math.floor(lines.length / 100) + 1
  return new Map([...index].filter(([, places]) => places.length <= often))
}

class Matcher {
  readonly #a: readonly string[]
  readonly #b: readonly string[]
  readonly #index: ReadonlyMap<string, readonly number[]>
  #comparisons = 0

  constructor(a: readonly string[], b: readonly string[]) {
    this.#a = a
    this.#b = b
    this.#index = indexOf(b)
  }

  /** The longest block within the bounds, of those found in time; of several the first in a, then in b. */
  #longest(aLow: number, aHigh: number, bLow: number, bHigh: number): Block {
    let best: Block = { a: aLow, b: bLow, size: 0 }
    let lengths = new Map<number, number>()
    for (let i = aLow; i < aHigh && this.#comparisons < comparisonsMax; i++) {
      const next = new Map<number, number>()
      const places = this.#index.get(this.#a[i]!) ?? []
      this.#comparisons += places.length + 1
      for (const j of places) {
        if (j < bLow || j >= bHigh) continue
        const size = (lengths.get(j - 1) ?? 0) + 1
        next.set(j, size)
        if (size > best.size) best = { a: i - size + 1, b: j - size + 1, size }
      }
      lengths = next
    }
    let { a, b, size } = best
    while (a > aLow && b > bLow && this.#a[a - 1] === this.#b[b - 1]) [a, b, size] = [a - 1, b - 1, size + 1]
    while (a + size < aHigh && b + size < bHigh && this.#a[a + size] === this.#b[b + size]) size++
    return { a, b, size }
  }

  #blocks(aLow: number, aHigh: number, bLow: number, bHigh: number): readonly Block[] {
    const found = this.#longest(aLow, aHigh, bLow, bHigh)
    if (found.size === 0) return []
    const before = aLow < found.a && bLow < found.b ? this.#blocks(aLow, found.a, bLow, found.b) : []
    const [aNext, bNext] = [found.a + found.size, found.b + found.size]
    return [...before, found, ...(aNext < aHigh && bNext < bHigh ? this.#blocks(aNext, aHigh, bNext, bHigh) : [])]
  }

  changes(): readonly Change[] {
    const changes: Change[] = []
    let [a, b] = [0, 0]
    for (const block of [...this.#blocks(0, this.#a.length, 0, this.#b.length), { a: this.#a.length, b: this.#b.length, size: 0 }]) {
      if (a < block.a || b < block.b) changes.push({ equal: false, a1: a, a2: block.a, b1: b, b2: block.b })
      ;[a, b] = [block.a + block.size, block.b + block.size]
      if (block.size > 0) changes.push({ equal: true, a1: block.a, a2: a, b1: block.b, b2: b })
    }
    return changes
  }
}

/** Changes with a little of what is equal around them; far ones in groups of their own. */
function grouped(changes: readonly Change[]): readonly (readonly Change[])[] {
  const groups: Change[][] = [[]]
  for (const [index, change] of changes.entries()) {
    const length = change.a2 - change.a1
    const head = { ...change, a2: Math.min(change.a2, change.a1 + context), b2: Math.min(change.b2, change.b1 + context) }
    const tail = { ...change, a1: Math.max(change.a1, change.a2 - context), b1: Math.max(change.b1, change.b2 - context) }
    if (!change.equal) groups.at(-1)!.push(change)
    else if (index === 0) groups.at(-1)!.push(tail)
    else if (index === changes.length - 1) groups.at(-1)!.push(head)
    else if (length > 2 * context) {
      groups.at(-1)!.push(head)
      groups.push([tail])
    } else groups.at(-1)!.push(change)
  }
  return groups.filter((group) => group.some(({ equal }) => !equal))
}

function range(start: number, end: number): string {
  const length = end - start
  if (length === 1) return String(start + 1)
  return `${length === 0 ? start : start + 1},${length}`
}

/** Nobody reads more of a difference. */
const charsMax = 128 * 1024

/** @param a and b lines without their ends @returns '' when they are equal; the beginning of a difference that is very long */
export function unifiedDiff(a: readonly string[], b: readonly string[]): string {
  let out = ''
  for (const line of diffLines(a, b)) {
    if (out.length + line.length > charsMax) return `${out}...\n`
    out += `${line}\n`
  }
  return out
}

function* diffLines(a: readonly string[], b: readonly string[]): Generator<string> {
  for (const group of grouped(new Matcher(a, b).changes())) {
    const [first, last] = [group[0]!, group.at(-1)!]
    yield `@@ -${range(first.a1, last.a2)} +${range(first.b1, last.b2)} @@`
    for (const { equal, a1, a2, b1, b2 } of group) {
      for (const line of a.slice(a1, a2)) yield `${equal ? ' ' : '-'}${line}`
      if (!equal) for (const line of b.slice(b1, b2)) yield `+${line}`
    }
  }
}
