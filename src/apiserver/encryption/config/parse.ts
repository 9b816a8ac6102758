// The text of an EncryptionConfiguration file (YAML or JSON) -> what it says, decoded strictly, defaulted and valid.
import { aggregateMessages, fieldErrorMessage } from '../../../apimachinery/field-errors.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import { ConfigFileError, decodeConfigFile } from '../../config-file/decode.ts'
import { configurationKinds, type EncryptionConfiguration, type KmsConfiguration } from './encryption-configuration.ts'
import { validateConfiguration } from './validate.ts'

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
  const configuration = withDefaults(decode(text, path))
  const errors = validateConfiguration(configuration, reload)
  if (errors.length > 0) throw new Error(aggregateMessages(errors.map(fieldErrorMessage)))
  return configuration
}

function decode(text: string, path: string): EncryptionConfiguration {
  try {
    return decodeConfigFile(text, ...configurationKinds) as unknown as EncryptionConfiguration
  } catch (cause) {
    if (!(cause instanceof ConfigFileError)) throw cause
    throw new Error(`error decoding encryption provider configuration file ${goQuote(path)}: ${cause.message}`, { cause })
  }
}

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
