/** A number in [0, 1). Comes in through constructors, as clocks do, so that tests can own chance. */
export type Rand = () => number

export const systemRand: Rand = () => Math.random()

/** `ms` plus up to `factor` times as much again, so that many waiting clients do not come back together. */
export const jitter = (ms: number, factor: number, rand: Rand): number => ms * (1 + rand() * factor)

/** Lower-case letters and digits without vowels and look-alikes: what generated names end in. Source: apimachinery util/rand. */
const nameAlphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** `x7k2p`: a random suffix of a name. */
export function randomSuffix(length: number, rand: Rand): string {
  return Array.from({ length }, () => nameAlphabet[Math.floor(rand() * nameAlphabet.length)]).join('')
}

/** Replaces characters so that no words can be read, as apimachinery's SafeEncodeString: hashes in names. */
export function safeEncode(text: string): string {
  return Array.from(text, (char) => nameAlphabet[char.charCodeAt(0) % nameAlphabet.length]).join('')
}
