/** How many letters must be added, removed or exchanged to turn one word into the other. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) row[j] = Math.min(row[j - 1]! + 1, previous[j]! + 1, previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    previous = row
  }
  return previous[b.length]!
}

/** ` (did you mean "node-1"?)` when one of the candidates is close, else nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const [best] = candidates.map((candidate) => ({ candidate, letters: distance(word, candidate) })).toSorted((a, b) => a.letters - b.letters)
  return best && best.letters <= Math.max(1, Math.floor(word.length / 3)) ? ` (did you mean "${best.candidate}"?)` : ''
}
