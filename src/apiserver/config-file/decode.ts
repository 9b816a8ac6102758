// Configuration files: YAML or JSON of a registered kind and version, strictly decoded: a misspelt field is an error and not a rule
// that is not applied. Errors have upstream's words. Source: k8s.io/apimachinery pkg/runtime/serializer/json/json.go.
import { type Codec, DecodeError } from '../../apimachinery/codec/codec.ts'
import { newCodec } from '../../apimachinery/codec/new-codec.ts'
import { aggregate, type FieldError } from '../../apimachinery/field-errors.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import type { JsonObject, JsonValue } from '../../apimachinery/json-value.ts'
import type { Schema } from '../../apimachinery/schema.ts'

/** A file that cannot be used; the message says why. */
export class ConfigFileError extends Error {
  override readonly name = 'ConfigFileError'
}

/** What a file may be. */
export interface ConfigKind {
  /** Also the name of its type in `types`. */
  readonly kind: string
  readonly groupVersions: readonly string[]
  readonly types: Schema
  /** It may hold keys: errors name its fields but do not show what they hold. */
  readonly isConfidential?: boolean
}

/** `v1beta1` -> `apiserver.config.k8s.io/v1beta1` */
export const configGroupVersions = (...versions: readonly string[]) => versions.map((version) => `apiserver.config.k8s.io/${version}`)

/** For what has no types. */
const untyped = newCodec(new Map())

interface Parsed {
  readonly value: JsonObject
  /** Members of JSON objects that occur twice. */
  readonly duplicates: readonly string[]
  /** Errors already found: keys of YAML that occur twice. */
  readonly errors: readonly string[]
}

/** An empty file is an object without members. */
function parse(text: string): Parsed {
  const isJson = text.trimStart().startsWith('{')
  const { value, duplicates } = isJson ? untyped.parseJson(text) : untyped.parseYaml(text)
  if (value !== null && (typeof value !== 'object' || Array.isArray(value))) {
    throw new ConfigFileError(`couldn't get version/kind; json parse error: json: cannot unmarshal ${goTypeOf(value)} into Go value of type struct`)
  }
  return {
    value: (value ?? {}) as JsonObject,
    duplicates: isJson ? duplicates : [],
    errors: isJson || duplicates.length === 0 ? [] : [`yaml: unmarshal errors:\n  ${duplicates.join('\n  ')}`],
  }
}

const goTypeOf = (value: JsonValue) => (Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : 'number')

/** @throws {ConfigFileError} */
function kindOf(value: JsonObject, kinds: readonly ConfigKind[]): ConfigKind {
  const { kind = '', apiVersion = '' } = value
  const shown = kinds.some(({ isConfidential }) => isConfidential) ? JSON.stringify(Object.keys(value)) : untyped.encodeJson(value)
  if (typeof kind !== 'string' || kind === '') throw new ConfigFileError(`Object 'Kind' is missing in '${shown}'`)
  if (typeof apiVersion !== 'string' || apiVersion === '') throw new ConfigFileError(`Object 'apiVersion' is missing in '${shown}'`)
  const found = kinds.find((each) => each.kind === kind && each.groupVersions.includes(apiVersion))
  if (!found) throw new ConfigFileError(`no kind ${goQuote(kind)} is registered for version ${goQuote(apiVersion)} in scheme "pkg/runtime/scheme.go:110"`)
  return found
}

/**
 * @param text YAML or JSON
 * @param kinds of which it may be
 * @throws {ConfigFileError} for anything but such an object, without unknown and double fields
 */
export function decodeConfigFile(text: string, ...kinds: readonly ConfigKind[]): JsonObject {
  return decoding(() => {
    const parsed = parse(text)
    const { kind, types } = kindOf(parsed.value, kinds)
    return strict(newCodec(types), kind, parsed)
  })
}

/** For configuration from before there were versions: no kind, no apiVersion. @throws {ConfigFileError} */
export const decodeUnversioned = (text: string, type: string, types: Schema): JsonObject => decoding(() => strict(newCodec(types), type, parse(text)))

function decoding<T>(decode: () => T): T {
  try {
    return decode()
  } catch (cause) {
    throw cause instanceof DecodeError ? new ConfigFileError(cause.message, { cause }) : cause
  }
}

function strict(codec: Codec, type: string, { value, duplicates, errors }: Parsed): JsonObject {
  const { object, strictErrors } = codec.convert(type, value, { duplicates })
  const all = [...errors, ...strictErrors]
  if (all.length) throw new ConfigFileError(`strict decoding error: ${all.join(', ')}`)
  return object
}

/** @throws {ConfigFileError} when there are errors */
export function refuseConfigFile(errors: readonly FieldError[]): void {
  if (errors.length) throw new ConfigFileError(aggregate(errors))
}
