// EncryptionConfiguration of apiserver.config.k8s.io/v1, as decoded and defaulted.
// Source: k8s.io/apiserver pkg/apis/apiserver/v1/{types_encryption,defaults,register}.go.
import type { Schema, SchemaField, SchemaType } from '../../../apimachinery/schema.ts'

export interface EncryptionConfiguration {
  readonly apiVersion: string
  readonly kind: string
  readonly resources?: readonly ResourceConfiguration[]
}

export interface ResourceConfiguration {
  /** `secrets`, `deployments.apps`, `*.`, `*.apps`, `*.*` */
  readonly resources?: readonly string[]
  readonly providers?: readonly ProviderConfiguration[]
}

/** Exactly one of them. */
export interface ProviderConfiguration {
  readonly aesgcm?: KeysConfiguration
  readonly aescbc?: KeysConfiguration
  readonly secretbox?: KeysConfiguration
  readonly identity?: Readonly<Record<string, never>>
  readonly kms?: KmsConfiguration
}

export interface KeysConfiguration {
  /** The first one writes. */
  readonly keys?: readonly Key[]
}

export interface Key {
  readonly name: string
  /** Base64. */
  readonly secret: string
}

export interface KmsConfiguration {
  /** `v1` (also when left out) or `v2` */
  readonly apiVersion?: string
  readonly name: string
  /** Of `v1` only. */
  readonly cachesize?: number
  /** `unix:///var/run/kms.sock` */
  readonly endpoint: string
  /** Go duration; 3 s when left out. */
  readonly timeout?: string
}

export const configurationType = 'EncryptionConfiguration'
/** Durations are what the codec knows under this name. */
const durationType = 'io.k8s.apimachinery.pkg.apis.meta.v1.Duration'

const field = (name: string, type: string, more: Partial<SchemaField> = {}): SchemaField => ({
  name,
  number: null,
  type,
  card: 'one',
  optional: true,
  omit: 'empty',
  ...more,
})
const list = { card: 'list' } as const
const pointer = { ptr: true } as const
const always = (name: string): SchemaField => ({ name, number: null, type: 'string', card: 'one', optional: false })
const message = (...fields: readonly SchemaField[]): SchemaType => ({ proto: null, fields })

/** For the strict decoder. */
export const configurationSchema: Schema = new Map<string, SchemaType>([
  [configurationType, { ...message(field('resources', 'ResourceConfiguration', list)), typeMeta: true }],
  ['ResourceConfiguration', message(field('resources', 'string', list), field('providers', 'ProviderConfiguration', list))],
  [
    'ProviderConfiguration',
    message(
      field('aesgcm', 'KeysConfiguration', pointer),
      field('aescbc', 'KeysConfiguration', pointer),
      field('secretbox', 'KeysConfiguration', pointer),
      field('identity', 'IdentityConfiguration', pointer),
      field('kms', 'KMSConfiguration', pointer),
    ),
  ],
  ['KeysConfiguration', message(field('keys', 'Key', list))],
  ['Key', message(always('name'), always('secret'))],
  ['IdentityConfiguration', message()],
  [
    'KMSConfiguration',
    message(
      field('apiVersion', 'string'),
      always('name'),
      field('cachesize', 'int32', { ...pointer, format: 'int32' }),
      always('endpoint'),
      field('timeout', durationType, pointer),
    ),
  ],
  [durationType, { proto: null, json: 'string', format: 'go-duration', fields: [] }],
])
