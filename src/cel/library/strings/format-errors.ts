import type { Verb } from './format-clauses.ts'

/** What is said of an argument that a clause cannot print. Source: cel-go ext/formatting.go. */
export function formatMismatch(verb: Verb, typeName: string): string {
  return `${subjects[verb]}, was given ${typeName}`
}

const hex = 'only integers, byte buffers, and strings can be formatted as hex'
const subjects: Readonly<Record<Verb, string>> = {
  s: 'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
  d: 'decimal clause can only be used on integers',
  f: 'fixed-point clause can only be used on doubles',
  e: 'scientific clause can only be used on doubles',
  b: 'only integers and bools can be formatted as binary',
  x: hex,
  X: hex,
  o: 'octal clause can only be used on integers',
}
