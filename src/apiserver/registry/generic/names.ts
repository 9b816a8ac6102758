// Names that the server makes. Source: k8s.io/apiserver pkg/storage/names/generate.go, apimachinery pkg/util/rand.
import { randomInt } from 'node:crypto'

/** No vowels and no characters that look alike. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
const suffixLength = 5
/** The longest name that is a DNS label; generated names stay within it. */
const nameLengthMax = 63
/** Attempts at a name that is free. */
export const generateAttemptsMax = 8

export function generateName(prefix: string): string {
  let name = prefix.slice(0, nameLengthMax - suffixLength)
  for (let i = 0; i < suffixLength; i++) name += alphabet[randomInt(alphabet.length)]
  return name
}
