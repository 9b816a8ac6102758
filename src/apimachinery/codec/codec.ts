// The contract between the API server and its codecs. An object in its canonical form has its keys in Go's field order, no
// unknown fields, canonical quantities, and zero values exactly where Go's encoder writes them: JSON.stringify of it is
// byte for byte what upstream sends (but for HTML escapes, which the encoder adds).
import type { JsonObject, JsonValue } from '../json-value.ts'

export interface ScanOptions {
  /** Numbers that Go refuses for an integer (`1.0`, `1e3`, beyond 64 bits) stay as they were written. */
  readonly literals?: boolean
  /** A member that is given twice is merged when it is an object both times: what Go does with structs and maps. Otherwise the last one wins. */
  readonly merges?: boolean
}

export interface Decoded {
  /** The caller's own, in canonical form. */
  readonly object: JsonObject
  /** What strict decoding complains of, in upstream's words: `unknown field "spec.foo"`, `duplicate field "spec.replicas"`. */
  readonly strictErrors: readonly string[]
}

/** A body that cannot be decoded at all; the message is upstream's. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
}

export interface Codec {
  /**
   * Parses JSON by Go's rules (depth at most 10,000, invalid UTF-8 replaced, integers beyond 2^53 exact, last duplicate wins).
   * @returns the value and the paths of duplicate fields
   * @throws {DecodeError}
   */
  parseJson(body: Uint8Array | string, options?: ScanOptions): { value: JsonValue; duplicates: readonly string[] }
  /** Parses one YAML document as kubectl does (YAML 1.1 scalars, alias and depth limits). @throws {DecodeError} */
  parseYaml(body: Uint8Array | string): { value: JsonValue; duplicates: readonly string[] }
  /**
   * Checks a parsed value against a type of the schema table and gives it canonical form.
   * @param options.duplicates from parseJson, so that they are reported in order with unknown fields
   * @throws {DecodeError} `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`
   */
  convert(typeName: string, value: JsonValue, options?: { readonly duplicates?: readonly string[] }): Decoded
  /** Brings an object that was changed after {@link convert} back to canonical form (a new object; cheap). */
  canonical(typeName: string, object: JsonObject): JsonObject
  /** Sets the defaults of the schema table (not those of strategies) where fields are absent. In place. */
  applyDefaults(typeName: string, object: JsonObject): void
  /** JSON text of a canonical object, with Go's HTML escapes (<, >, &, U+2028, U+2029). No newline at the end. @param indent spaces of each level */
  encodeJson(object: JsonObject, indent?: number): string
  /** `k8s\0` + runtime.Unknown. @throws {DecodeError} */
  decodeProtobuf(
    typeNameOf: (apiVersion: string, kind: string) => string | undefined,
    body: Uint8Array,
  ): { apiVersion: string; kind: string; object: JsonObject }
  /** @param object canonical, with apiVersion and kind */
  encodeProtobuf(typeName: string, object: JsonObject): Uint8Array
  /** The message alone, as it stands in a list's items: without envelope, apiVersion and kind. */
  encodeProtobufMessage(typeName: string, object: JsonObject): Uint8Array
}
