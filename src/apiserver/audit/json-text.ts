// JSON as Go writes it, put together from parts that are already text.
import { encodeJson } from '../../apimachinery/codec/json-encode.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'

/** Printable ASCII that needs no escape: nearly every string of an event. */
const plain = /^[\x20\x21\x23-\x25\x27-\x3b\x3d\x3f-\x5b\x5d-\x7e]*$/

/** One string with its quotes, with Go's HTML escapes. */
export const jsonString = (text: string): string => (plain.test(text) ? `"${text}"` : encodeJson(text as unknown as JsonObject))

export const jsonStrings = (texts: readonly string[]): string => `[${texts.map(jsonString).join(',')}]`

/** Go sorts the keys of maps by their bytes; for the ASCII keys of annotations and extras that is JavaScript's order. */
export function jsonMap<V>(entries: ReadonlyMap<string, V>, value: (value: V) => string): string {
  const keys = entries.size > 1 ? [...entries.keys()].sort() : [...entries.keys()]
  return `{${keys.map((key) => `${jsonString(key)}:${value(entries.get(key)!)}`).join(',')}}`
}
