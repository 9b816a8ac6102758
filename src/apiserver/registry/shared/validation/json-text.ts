// JSON that somebody put into a string: annotations, secrets. Complaints are those of Go's encoding/json.
import { scanJson } from '../../../../apimachinery/codec/json-scan.ts'
import type { JsonValue } from '../../../../apimachinery/json-value.ts'

const kindOf = (value: JsonValue) =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : typeof value === 'object' ? 'object' : 'number'

type Parsed<T> = { readonly value: T; readonly complaint?: undefined } | { readonly complaint: string }

/**
 * @param want what the text must hold; null is let through, as Go does
 * @param goType the Go type upstream reads it into, which a complaint about the wrong kind names
 */
export function parseJsonText<T>(text: string, want: 'object' | 'array', goType: string): Parsed<T | null> {
  try {
    const { value } = scanJson(text)
    const kind = kindOf(value)
    if (value === null || kind === want) return { value: value as T | null }
    return { complaint: `json: cannot unmarshal ${kind} into Go value of type ${goType}` }
  } catch (error) {
    return { complaint: error instanceof Error ? error.message : String(error) }
  }
}
