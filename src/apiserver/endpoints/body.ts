// Request bodies: from bytes to an object in the version of the request, with upstream's complaints.
// Source: k8s.io/apiserver pkg/endpoints/handlers/{create,update,rest}.go, k8s.io/apimachinery pkg/runtime/serializer/json.
import { apiVersionOf } from '../registry/generic/stored-resource.ts'
import { badRequest, type ApiError } from '../../apimachinery/api-error.ts'
import { type Codec, DecodeError } from '../../apimachinery/codec/codec.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import { typeMetaOf } from '../../apimachinery/codec/find-type.ts'
import { isObject, setMember } from '../../apimachinery/json-equal.ts'
import type { JsonObject, JsonValue } from '../../apimachinery/json-value.ts'
import type { KubeObject, Mutable } from '../../api/object.ts'
import { canonicalApiVersion, goTypeOf, isRegistered, isRetired } from './known-kinds.ts'
import type { Format } from './negotiation.ts'
import type { FieldValidation } from './query-options.ts'
import { withResetEntry } from './reset-managed-fields.ts'

/** What a body must be. */
export interface BodyKind {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly type: string
  /** Versions of the group whose form is the same. */
  readonly olderVersions?: readonly string[]
}

const legacyScheme = 'pkg/api/legacyscheme/scheme.go:30'
/** Bytes of an unreadable body that an error shows. */
const summaryBytesMax = 30

/**
 * @param warn gets what strict decoding complains of when validation only warns
 * @throws {ApiError} 400
 */
export function decodeBody(
  codec: Codec,
  body: Uint8Array,
  format: Format,
  expected: BodyKind,
  validation: FieldValidation,
  warn: (message: string) => void,
): Mutable<KubeObject> {
  if (format === 'protobuf') return decodeProtobufBody(codec, body, expected)
  const unrecognized = (why: string) => badRequest(`the object provided is unrecognized (must be of type ${expected.kind}): ${why} (${summary(body)})`)
  const { value, duplicates } = parse(codec, body, format, unrecognized)
  if (format === 'json') return convertBody(codec, value, { duplicates, lines: [] }, expected, validation, warn, unrecognized)
  return convertBody(codec, inKeyOrder(value), { duplicates: [], lines: duplicates }, expected, validation, warn, unrecognized)
}

/** On upstream's way from YAML to JSON members come in the order of their names, and so do complaints about them. */
function inKeyOrder(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(inKeyOrder)
  if (!isObject(value)) return value
  const sorted: JsonObject = {}
  for (const key of Object.keys(value).sort()) setMember(sorted, key, inKeyOrder(value[key]!))
  return sorted
}

/** What a strict parser complains of: paths of repeated fields, or, of YAML, lines of text. */
interface Repeated {
  readonly duplicates: readonly string[]
  readonly lines: readonly string[]
}

function parse(codec: Codec, body: Uint8Array, format: Format, unrecognized: (why: string) => ApiError) {
  try {
    const { value, duplicates } = format === 'yaml' ? codec.parseYaml(body) : codec.parseJson(body, { literals: true, merges: true })
    return { value: value ?? {}, duplicates }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    // YAML is made JSON before anything is asked of it.
    if (format === 'yaml') throw unrecognized(error.message.replace('error converting YAML to JSON: ', ''))
    throw unrecognized(`couldn't get version/kind; json parse error: ${error.message}`)
  }
}

/** No kind and no version is longer. */
const nameCharsMax = 1000

/** What the body calls itself. @throws {ApiError} 400 */
function typeMeta(value: JsonValue, unrecognized: (why: string) => ApiError) {
  try {
    const { apiVersion, kind } = typeMetaOf(value)
    return { apiVersion: apiVersion.slice(0, nameCharsMax), kind: kind.slice(0, nameCharsMax) }
  } catch (error) {
    if (error instanceof DecodeError) throw unrecognized(error.message)
    throw error
  }
}

/** Checks a parsed body's kind and gives it the form of its type. */
function convertBody(
  codec: Codec,
  parsed: JsonValue,
  { duplicates, lines }: Repeated,
  expected: BodyKind,
  validation: FieldValidation,
  warn: (message: string) => void,
  unrecognized: (why: string) => ApiError,
): Mutable<KubeObject> {
  const named = typeMeta(parsed, unrecognized)
  const value = parsed as JsonObject
  const groupVersion = canonicalApiVersion(named.apiVersion, expected)
  const kind = named.kind || expected.kind
  const parts = groupVersion.split('/')
  if (parts.length > 2) throw unrecognized(`unexpected GroupVersion string: ${groupVersion}`)
  const version = parts.at(-1)!
  const cannot = (why: string) => badRequest(`${kind} in version ${goQuote(version)} cannot be handled as a ${expected.kind}: ${why}`)
  checkKind(groupVersion, kind, expected, cannot)
  try {
    const { object, strictErrors } = codec.convert(
      expected.type,
      { ...withResetEntry(value), kind: expected.kind, apiVersion: apiVersionOf(expected) },
      { duplicates },
    )
    const complaints = [...(lines.length > 0 ? [yamlErrors(lines)] : []), ...strictErrors]
    if (complaints.length > 0 && validation === 'Strict') throw cannot(`strict decoding error: ${complaints.join(', ')}`)
    if (validation === 'Warn') for (const message of [...lines, ...strictErrors]) warn(message)
    return asObject(object)
  } catch (error) {
    if (error instanceof DecodeError) throw cannot(error.message)
    throw error
  }
}

/** The complaints of a strict YAML parser in one text. */
export const yamlErrors = (lines: readonly string[]) => ['yaml: unmarshal errors:', ...lines].join('\n  ')

function checkKind(groupVersion: string, kind: string, expected: BodyKind, cannot: (why: string) => ApiError): void {
  const wanted = apiVersionOf(expected)
  if (groupVersion === wanted && kind === expected.kind) return
  if (kind === expected.kind && expected.olderVersions?.some((older) => apiVersionOf({ ...expected, version: older }) === groupVersion)) return
  if (kind === expected.kind && isRetired(groupVersion)) throw wrongVersion(groupVersion, wanted)
  if (!isRegistered(groupVersion, kind)) {
    throw cannot(`no kind ${goQuote(kind)} is registered for version ${goQuote(groupVersion)} in scheme ${goQuote(legacyScheme)}`)
  }
  if (kind !== expected.kind) {
    throw cannot(`converting (${goTypeOf(groupVersion, kind)}) to (${goPackage(expected.group)}.${expected.kind}): unknown conversion`)
  }
  throw wrongVersion(groupVersion, wanted)
}

const wrongVersion = (found: string, wanted: string) => badRequest(`the API version in the data (${found}) does not match the expected API version (${wanted})`)

/** Go package of a group's internal types, as conversion errors name it. */
export const goPackage = (group: string) => (group === '' ? 'core' : group.split('.')[0]!)

function decodeProtobufBody(codec: Codec, body: Uint8Array, expected: BodyKind): Mutable<KubeObject> {
  try {
    const { apiVersion, kind, object } = codec.decodeProtobuf(() => expected.type, body)
    const version = apiVersion.split('/').at(-1)!
    const cannot = (why: string) => badRequest(`${kind} in version ${goQuote(version)} cannot be handled as a ${expected.kind}: ${why}`)
    checkKind(canonicalApiVersion(apiVersion, expected), kind || expected.kind, expected, cannot)
    return asObject({ ...object, kind: expected.kind, apiVersion: apiVersionOf(expected) })
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw badRequest(`the object provided is unrecognized (must be of type ${expected.kind}): ${error.message} (${summary(body)})`)
  }
}

/** Every object has metadata, if empty. */
function asObject(object: JsonObject): Mutable<KubeObject> {
  object['metadata'] ??= {}
  return object as unknown as Mutable<KubeObject>
}

/** The beginning of a body for an error message: text when it looks like JSON, else hexadecimal. */
function summary(body: Uint8Array): string {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (bytes.length === 0) return '<empty>'
  const shown = bytes.subarray(0, summaryBytesMax)
  const more = bytes.length > summaryBytesMax ? ' ...' : ''
  return `${bytes[0] === 0x7b ? shown.toString('utf8') : shown.toString('hex')}${more}`
}
