// The text of an EncryptionConfiguration file (YAML or JSON) -> what it says, decoded strictly, defaulted and valid.
import { type Codec, DecodeError } from '../../../apimachinery/codec/codec.ts'
import { newCodec } from '../../../apimachinery/codec/new-codec.ts'
import { aggregateMessages, fieldErrorMessage } from '../../../apimachinery/field-errors.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import { configurationSchema, configurationType, type EncryptionConfiguration, type KmsConfiguration } from './encryption-configuration.ts'
import { validateConfiguration } from './validate.ts'

/** What upstream's scheme knows: the second is an old mistake of its documentation, kept. */
const kinds: ReadonlySet<string> = new Set(['apiserver.config.k8s.io/v1/EncryptionConfiguration', 'v1/EncryptionConfig'])

/** Upstream's defaults. */
const kmsTimeout = '3s'
const kmsV1CacheSize = 1000

export interface ParseOptions {
  /** Named in errors. */
  readonly path: string
  /** Whether the file is read again when it changes: one more rule for names. */
  readonly reload: boolean
}

/** @throws {Error} whose message is upstream's */
export function parseConfiguration(text: string, { path, reload }: ParseOptions): EncryptionConfiguration {
  if (text === '') throw new Error(`error while loading file: encryption provider configuration file ${goQuote(path)} is empty`)
  const configuration = withDefaults(decode(newCodec(configurationSchema), text, path))
  const errors = validateConfiguration(configuration, reload)
  if (errors.length > 0) throw new Error(aggregateMessages(errors.map(fieldErrorMessage)))
  return configuration
}

function decode(codec: Codec, text: string, path: string): EncryptionConfiguration {
  const refuse = (message: string, cause?: unknown) =>
    new Error(`error decoding encryption provider configuration file ${goQuote(path)}: ${message}`, cause === undefined ? undefined : { cause })
  try {
    const { value, duplicates } = text.trimStart().startsWith('{') ? codec.parseJson(text) : codec.parseYaml(text)
    const { apiVersion = '', kind = '' } = (value ?? {}) as { readonly apiVersion?: unknown; readonly kind?: unknown }
    if (typeof kind !== 'string' || kind === '') throw refuse(`Object 'Kind' is missing in '${shown(value as JsonObject)}'`)
    if (typeof apiVersion !== 'string' || !kinds.has(`${apiVersion}/${kind}`)) {
      throw refuse(`no kind ${goQuote(kind)} is registered for version ${goQuote(String(apiVersion))} in scheme "pkg/runtime/scheme.go:110"`)
    }
    const { object, strictErrors } = codec.convert(configurationType, value, { duplicates })
    if (strictErrors.length > 0) throw refuse(`strict decoding error: ${strictErrors.join(', ')}`)
    return object as unknown as EncryptionConfiguration
  } catch (error) {
    throw error instanceof DecodeError ? refuse(error.message, error) : error
  }
}

/** The names of the members alone: the values may hold keys. */
const shown = (value: JsonObject | null) => JSON.stringify(Object.keys(value ?? {}))

function withDefaults(configuration: EncryptionConfiguration): EncryptionConfiguration {
  return {
    ...configuration,
    resources: (configuration.resources ?? []).map((resource) => ({
      ...resource,
      providers: (resource.providers ?? []).map((provider) => (provider.kms ? { ...provider, kms: kmsDefaults(provider.kms) } : provider)),
    })),
  }
}

function kmsDefaults({ apiVersion = 'v1', timeout = kmsTimeout, ...kms }: KmsConfiguration): KmsConfiguration {
  const cachesize = kms.cachesize ?? (apiVersion === 'v1' ? kmsV1CacheSize : undefined)
  return { ...kms, apiVersion, timeout, ...(cachesize === undefined ? {} : { cachesize }) }
}
