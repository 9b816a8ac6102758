// Upstream's rules for an EncryptionConfiguration, in its words.
// Source: k8s.io/apiserver pkg/apis/apiserver/validation/validation_encryption.go.
import { parseDuration } from '../../../apimachinery/duration/duration.ts'
import { type FieldError, invalid, required, withoutValue } from '../../../apimachinery/field-errors.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { EncryptionConfiguration, Key, KmsConfiguration, ProviderConfiguration } from './encryption-configuration.ts'
import { validateResources } from './validate-resources.ts'

const aesKeyBytes = [16, 24, 32]
const secretboxKeyBytes = [32]

/** @param configuration with defaults. @param reload whether the file is watched: names must then tell plugins apart */
export function validateConfiguration({ resources = [] }: EncryptionConfiguration, reload: boolean): FieldError[] {
  if (resources.length === 0) return [required('resources', 'at least one resources is required')]
  const kmsNames = new Set<string>()
  return resources.flatMap(({ resources: names = [], providers = [] }, index) => {
    const path = `resources[${index}]`
    const oneNeeded = (of: string) => required(`${path}.${of}`, `at least one ${path}.${of} is required`)
    return [
      ...(names.length === 0 ? [oneNeeded('resources')] : []),
      ...validateResources(names, `${path}.resources`),
      ...(providers.length === 0 ? [oneNeeded('providers')] : []),
      ...providers.flatMap((provider, at) => validateProvider(provider, `${path}.providers[${at}]`, kmsNames, reload)),
    ]
  })
}

function validateProvider(provider: ProviderConfiguration, path: string, kmsNames: Set<string>, reload: boolean): FieldError[] {
  const { kms, aesgcm, aescbc, secretbox, identity } = provider
  const found = [kms, aesgcm, aescbc, secretbox, identity].filter((each) => each !== undefined).length
  const errors: FieldError[] = []
  if (found === 0) {
    const none = { AESGCM: null, AESCBC: null, Secretbox: null, Identity: null, KMS: null }
    errors.push(invalid(path, none, 'provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity'))
  }
  // Upstream prints the element here, keys and all; a key has no place in a log.
  if (found > 1) {
    errors.push(invalid(path, withoutValue, 'more than one provider specified in a single element, should split into different list elements'))
  }
  if (kms) {
    errors.push(...validateKms(kms, `${path}.kms`, kmsNames, reload))
    kmsNames.add(kms.name)
  } else if (aesgcm) errors.push(...validateKeys(aesgcm.keys, `${path}.aesgcm.keys`, aesKeyBytes))
  else if (aescbc) errors.push(...validateKeys(aescbc.keys, `${path}.aescbc.keys`, aesKeyBytes))
  else if (secretbox) errors.push(...validateKeys(secretbox.keys, `${path}.secretbox.keys`, secretboxKeyBytes))
  return errors
}

function validateKeys(keys: readonly Key[] = [], path: string, lengths: readonly number[]): FieldError[] {
  if (keys.length === 0) return [required(path, 'at least one keys is required')]
  return keys.flatMap((key, index) => validateKey(key, `${path}[${index}]`, lengths))
}

function validateKey({ name, secret }: Key, path: string, lengths: readonly number[]): FieldError[] {
  const errors: FieldError[] = name === '' ? [required(`${path}.name`, 'name is a mandatory field for a key')] : []
  if (secret === '') return [...errors, required(`${path}.secret`, 'secret is a mandatory field for a key')]
  const decoded = decodeBase64(secret)
  if (!decoded) return [...errors, invalid(`${path}.secret`, 'REDACTED', 'secrets must be base64 encoded')]
  if (!lengths.includes(decoded.length)) {
    const detail = `secret is not of the expected length, got ${decoded.length}, expected one of [${lengths.join(' ')}]`
    errors.push(invalid(`${path}.secret`, 'REDACTED', detail))
  }
  return errors
}

/** Padded standard base64, line breaks allowed, as Go's decoder takes it; undefined for anything else. */
export function decodeBase64(text: string): Buffer | undefined {
  const plain = text.replace(/[\r\n]/g, '')
  const isBase64 = plain.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(plain)
  return isBase64 ? Buffer.from(plain, 'base64') : undefined
}

function validateKms(kms: KmsConfiguration, path: string, names: ReadonlySet<string>, reload: boolean): FieldError[] {
  return [
    ...validateKmsName(kms, `${path}.name`, names, reload),
    ...(parseDuration(kms.timeout!) <= 0n ? [invalid(`${path}.timeout`, kms.timeout, 'timeout should be a positive value')] : []),
    ...validateEndpoint(kms.endpoint, `${path}.endpoint`),
    ...validateCacheSize(kms, `${path}.cachesize`),
    ...(kms.apiVersion === 'v1' || kms.apiVersion === 'v2'
      ? []
      : [invalid(`${path}.apiVersion`, kms.apiVersion, 'unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported')]),
  ]
}

function validateKmsName({ name, apiVersion }: KmsConfiguration, path: string, names: ReadonlySet<string>, reload: boolean): FieldError[] {
  const errors: FieldError[] = []
  if (name === '') errors.push(required(path, 'name is a mandatory field for a provider'))
  if (apiVersion !== 'v1' && name.includes(':')) errors.push(invalid(path, name, `invalid KMS provider name ${name}, must not contain ':'`))
  if ((reload || apiVersion !== 'v1') && names.has(name)) errors.push(invalid(path, name, `duplicate KMS provider name ${name}, names must be unique`))
  return errors
}

function validateEndpoint(endpoint: string, path: string): FieldError[] {
  if (endpoint === '') return [invalid(path, '', 'endpoint is a mandatory field for a kms')]
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(endpoint)?.[1]?.toLowerCase() ?? ''
  if (scheme === 'unix') return []
  return [invalid(path, endpoint, `unsupported scheme ${goQuote(scheme)} for KMS provider, only unix is supported`)]
}

function validateCacheSize({ apiVersion, cachesize }: KmsConfiguration, path: string): FieldError[] {
  if (apiVersion !== 'v1' && cachesize !== undefined) return [invalid(path, cachesize, 'cachesize is not supported in v2')]
  if (apiVersion === 'v1' && cachesize === 0) return [invalid(path, cachesize, 'cachesize should be a positive value, or negative to disable')]
  return []
}
