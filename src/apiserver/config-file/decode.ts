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
  readonly kind: string
  /** Name of its type in `types`; default: the kind. */
  readonly type?: string
  readonly groupVersions: readonly string[]
  readonly types: Schema
  /** It may hold keys: errors name its fields but do not show what they hold. */
  readonly isConfidential?: boolean
  /** Where upstream registers its kinds, which errors name; default: where most are. */
  readonly scheme?: string
}

/** `v1beta1` -> `apiserver.config.k8s.io/v1beta1` */
export const configGroupVersions = (...versions: readonly string[]) => versions.map((version) => `apiserver.config.k8s.io/${version}`)

const schemeDefault = 'pkg/runtime/scheme.go:110'

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
function kindOf(value: JsonObject, kinds: readonly ConfigKind[], shown: string): ConfigKind {
  const { kind = '', apiVersion = '' } = value
  if (typeof kind !== 'string' || kind === '') throw new ConfigFileError(`Object 'Kind' is missing in '${shown}'`)
  if (typeof apiVersion !== 'string' || apiVersion === '') throw new ConfigFileError(`Object 'apiVersion' is missing in '${shown}'`)
  const found = kinds.find((each) => each.kind === kind && each.groupVersions.includes(apiVersion))
  if (!found)
    throw new ConfigFileError(
      `no kind ${goQuote(kind)} is registered for version ${goQuote(apiVersion)} in scheme ${goQuote(kinds[0]?.scheme ?? schemeDefault)}`,
    )
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
    const shown = kinds.some(({ isConfidential }) => isConfidential) ? JSON.stringify(Object.keys(parsed.value)) : untyped.encodeJson(parsed.value)
    const { kind, type = kind, types } = kindOf(parsed.value, kinds, shown)
    return refuse(converted(newCodec(types), type, parsed))
  })
}

/**
 * The same, but unknown and double fields are passed over, as upstream does where it did so once.
 * @param warn told of them
 * @throws {ConfigFileError} for anything but such an object
 */
export function decodeLenientConfigFile(text: string, of: ConfigKind, warn: (strictError: string) => void): JsonObject {
  return decoding(() => {
    const parsed = parse(text)
    const { kind, type = kind, types } = kindOf(parsed.value, [of], text)
    const { object, problem } = converted(newCodec(types), type, parsed)
    if (problem !== undefined) warn(problem)
    return object
  })
}

/** For configuration from before there were versions: no kind, no apiVersion. @throws {ConfigFileError} */
export const decodeUnversioned = (text: string, type: string, types: Schema): JsonObject =>
  decoding(() => refuse(converted(newCodec(types), type, parse(text))))

function decoding<T>(decode: () => T): T {
  try {
    return decode()
  } catch (cause) {
    throw cause instanceof DecodeError ? new ConfigFileError(cause.message, { cause }) : cause
  }
}

interface Converted {
  readonly object: JsonObject
  /** What a strict decoder says of it; undefined: nothing. */
  readonly problem: string | undefined
}

function converted(codec: Codec, type: string, { value, duplicates, errors }: Parsed): Converted {
  const { object, strictErrors } = codec.convert(type, value, { duplicates })
  const all = [...errors, ...strictErrors]
  return { object, problem: all.length > 0 ? `strict decoding error: ${all.join(', ')}` : undefined }
}

function refuse({ object, problem }: Converted): JsonObject {
  if (problem !== undefined) throw new ConfigFileError(problem)
  return object
}

/** @throws {ConfigFileError} when there are errors */
export function refuseConfigFile(errors: readonly FieldError[]): void {
  if (errors.length) throw new ConfigFileError(aggregate(errors))
}
