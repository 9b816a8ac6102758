// Configuration files of admission: the file that --admission-control-config-file names, and what it holds for each plugin.
// Decoded strictly, with upstream's words. Source: k8s.io/apiserver pkg/admission/config.go, pkg/apis/apiserver/v1.
import { type Codec, DecodeError } from '../../apimachinery/codec/codec.ts'
import { newCodec } from '../../apimachinery/codec/new-codec.ts'
import { aggregate, type FieldError } from '../../apimachinery/field-errors.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import type { JsonObject, JsonValue } from '../../apimachinery/json-value.ts'
import type { Schema, SchemaField, SchemaType } from '../../apimachinery/schema.ts'

/** What cannot be read, or not be accepted; the server does not start. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}

/** A kind of configuration object. */
export interface ConfigurationKind {
  readonly kind: string
  readonly groupVersions: readonly string[]
  /** Type of the object, and the types that it is made of. */
  readonly types: Schema
}

/** A field of a configuration type. */
export const configField = (name: string, type: string, card: SchemaField['card'] = 'one'): SchemaField => ({
  name,
  number: null,
  type,
  card,
  optional: true,
  omit: 'empty+zero',
})

/** A type of configuration. @param withKind whether it begins with kind and apiVersion */
export const configType = (fields: readonly SchemaField[], withKind = false): SchemaType => ({ proto: null, ...(withKind ? { typeMeta: true } : {}), fields })

/** For what has no types. */
const untyped = newCodec(new Map())

function parse(codec: Codec, text: string): { readonly value: JsonObject; readonly duplicates: readonly string[] } {
  const isJson = text.trimStart().startsWith('{')
  const { value, duplicates } = isJson ? codec.parseJson(text) : codec.parseYaml(text)
  if (!isJson && duplicates.length) throw new ConfigurationError(`strict decoding error: yaml: unmarshal errors:\n  ${duplicates.join('\n  ')}`)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigurationError(`couldn't get version/kind; json parse error: json: cannot unmarshal ${text.trim().slice(0, 80)} into an object`)
  }
  return { value: value as JsonObject, duplicates }
}

/** @throws {ConfigurationError} */
function kindOf(value: JsonObject, kinds: readonly ConfigurationKind[], codec: Codec): ConfigurationKind {
  const { kind, apiVersion } = value
  const missing = (what: string) => new ConfigurationError(`Object '${what}' is missing in '${codec.encodeJson(value)}'`)
  if (typeof kind !== 'string' || !kind) throw missing('Kind')
  if (typeof apiVersion !== 'string' || !apiVersion) throw missing('apiVersion')
  const found = kinds.find((each) => each.kind === kind && each.groupVersions.includes(apiVersion))
  if (!found) throw new ConfigurationError(`no kind ${goQuote(kind)} is registered for version ${goQuote(apiVersion)}`)
  return found
}

/**
 * @param text YAML or JSON
 * @param kinds of which it may be
 * @throws {ConfigurationError} for anything but such an object, without unknown and double fields
 */
export function decodeConfiguration(text: string, ...kinds: readonly ConfigurationKind[]): JsonObject {
  return decoding(() => {
    const { value, duplicates } = parse(untyped, text)
    const { kind, types } = kindOf(value, kinds, untyped)
    return strict(newCodec(types), kind, value, duplicates)
  })
}

/** For configuration from before there were versions: no kind, no apiVersion. @throws {ConfigurationError} */
export function decodeUnversioned(text: string, type: string, types: Schema): JsonObject {
  return decoding(() => {
    const { value, duplicates } = parse(untyped, text)
    return strict(newCodec(types), type, value, duplicates)
  })
}

function decoding<T>(decode: () => T): T {
  try {
    return decode()
  } catch (cause) {
    throw cause instanceof DecodeError ? new ConfigurationError(cause.message, { cause }) : cause
  }
}

function strict(codec: Codec, type: string, value: JsonValue, duplicates: readonly string[]): JsonObject {
  const { object, strictErrors } = codec.convert(type, value, { duplicates })
  if (strictErrors.length) throw new ConfigurationError(`strict decoding error: ${strictErrors.join(', ')}`)
  return object
}

/** @throws {ConfigurationError} when there are errors */
export function refuseConfiguration(errors: readonly FieldError[]): void {
  if (errors.length) throw new ConfigurationError(aggregate(errors))
}

const admissionConfiguration: ConfigurationKind = {
  kind: 'AdmissionConfiguration',
  groupVersions: ['apiserver.config.k8s.io/v1', 'apiserver.k8s.io/v1alpha1'],
  types: new Map([
    ['AdmissionConfiguration', configType([configField('plugins', 'AdmissionPluginConfiguration', 'list')], true)],
    ['AdmissionPluginConfiguration', configType([configField('name', 'string'), configField('path', 'string'), configField('configuration', 'any')])],
  ]),
}

/** Plugins whose configuration files have no version; such a file may stand for the whole. */
const unversioned: ReadonlyMap<string, string> = new Map([
  ['imagePolicy', 'ImagePolicyWebhook'],
  ['podNodeSelectorPluginConfig', 'PodNodeSelector'],
])

/** Where a plugin's configuration is: text, or a file beside the admission configuration. */
export type ConfigurationSource = { readonly text: string } | { readonly path: string }

interface PluginEntry {
  readonly name?: string
  readonly path?: string
  readonly configuration?: JsonValue
}

/**
 * @param text of the file that --admission-control-config-file names
 * @returns plugin -> its configuration
 * @throws {ConfigurationError}
 */
export function readAdmissionConfiguration(text: string): ReadonlyMap<string, ConfigurationSource> {
  const legacy = legacyConfiguration(text)
  if (legacy) return legacy
  const { plugins = [] } = decodeConfiguration(text, admissionConfiguration) as { readonly plugins?: readonly PluginEntry[] }
  const sources = new Map<string, ConfigurationSource>()
  for (const { name = '', path, configuration } of plugins) {
    if (sources.has(name)) continue
    if (configuration !== undefined && configuration !== null) sources.set(name, { text: untyped.encodeJson(configuration as JsonObject) })
    else if (path) sources.set(name, { path })
  }
  return sources
}

function legacyConfiguration(text: string): ReadonlyMap<string, ConfigurationSource> | undefined {
  let value: JsonValue
  try {
    value = untyped.parseYaml(text).value
  } catch {
    return undefined // what is wrong with it is said when it is decoded
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.hasOwn(value, 'kind')) return undefined
  const found = [...unversioned].filter(([key]) => Object.hasOwn(value, key))
  return found.length ? new Map(found.map(([, plugin]) => [plugin, { text }])) : undefined
}
