import { badRequest } from '../../apimachinery/api-error.ts'
import { type Codec, DecodeError } from '../../apimachinery/codec/codec.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'

/** The body of a server-side apply, which is YAML whatever it looks like. @throws {ApiError} 400 */
export function parseConfiguration(codec: Codec, body: Uint8Array): { readonly configuration: JsonObject; readonly complaints: readonly string[] } {
  try {
    const { value, duplicates } = codec.parseYaml(body)
    if (value !== null && (typeof value !== 'object' || Array.isArray(value))) {
      const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
      throw new DecodeError(`error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${found} into Go value of type map[string]interface {}`)
    }
    return { configuration: (value ?? {}) as JsonObject, complaints: duplicates }
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(`error decoding YAML: ${error.message}`)
    throw error
  }
}
