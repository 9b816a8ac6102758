// How large a regular expression becomes, told from its text before anything is made of it: `(a{100}){100}` is short and compiles to ten
// thousand instructions.

/** A class of Unicode such as `\pL` has hundreds of ranges, wherever it stands. */
const unicodeClassSize = 100

const escape = /\\(?:[pPx]\{[^}]*\}|[pP]?[^])/y
const charClass = /\[\^?\]?(?:\[:\^?\w+:\]|\\[^]|[^\]\\])*\]/y
const repetition = /\{(\d{1,4})(?:,(\d{0,4}))?\}/y

/**
 * About how many microseconds it takes to compile, and at least how many instructions come of it. Of what is no regular expression it says
 * anything.
 */
export function regexSize(pattern: string): number {
  /** Sizes of the groups around, before their beginnings. */
  const around: number[] = []
  let total = 0
  /** What a repetition would repeat. */
  let last = 0
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]!
    if (char === '(') {
      around.push(total)
      total = 1
      last = 0
    } else if (char === ')') {
      last = total
      total += around.pop() ?? 0
    } else if (char === '{') {
      const times = matchAt(repetition, pattern, at)
      if (!times) continue
      const repeated = last * Math.max(1, Number(times[1]), Number(times[2] ?? 0))
      total += repeated - last
      last = repeated
      at += times[0].length - 1
    } else if (char !== '*' && char !== '+' && char !== '?') {
      const atom = char === '[' ? matchAt(charClass, pattern, at) : char === '\\' ? matchAt(escape, pattern, at) : undefined
      last = 1
      total++
      at += (atom?.[0].length ?? 1) - 1
    }
  }
  const unicodeClasses = pattern.match(/\\[pP]/g)?.length ?? 0
  return around.reduce((sum, size) => sum + size, total) + unicodeClassSize * unicodeClasses
}

function matchAt(part: RegExp, pattern: string, at: number): RegExpExecArray | null {
  part.lastIndex = at
  return part.exec(pattern)
}
