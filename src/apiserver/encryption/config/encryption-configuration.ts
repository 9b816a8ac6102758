// EncryptionConfiguration of apiserver.config.k8s.io/v1, as decoded and defaulted.
// Source: k8s.io/apiserver pkg/apis/apiserver/v1/{types_encryption,defaults,register}.go.
import { schema } from '../../../api/schema.ts'
import type { ConfigKind } from '../../config-file/decode.ts'
import { configTypes } from '../../config-file/types.ts'

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

const durationType = 'io.k8s.apimachinery.pkg.apis.meta.v1.Duration'

const kind = (name: string, groupVersion: string): ConfigKind => ({
  kind: name,
  groupVersions: [groupVersion],
  types: configTypes(
    {
      [name]: { resources: '[]ResourceConfiguration' },
      ResourceConfiguration: { resources: '[]string', providers: '[]ProviderConfiguration' },
      ProviderConfiguration: {
        aesgcm: '*KeysConfiguration',
        aescbc: '*KeysConfiguration',
        secretbox: '*KeysConfiguration',
        identity: '*IdentityConfiguration',
        kms: '*KMSConfiguration',
      },
      KeysConfiguration: { keys: '[]Key' },
      Key: { name: '!string', secret: '!string' },
      IdentityConfiguration: {},
      KMSConfiguration: { apiVersion: 'string', name: '!string', cachesize: '*int32', endpoint: '!string', timeout: `*${durationType}` },
    },
    { root: name, more: new Map([[durationType, schema.get(durationType)!]]) },
  ),
  isConfidential: true,
})

/** What upstream's scheme knows: the second is an old mistake of its documentation, kept. */
export const configurationKinds: readonly ConfigKind[] = [kind('EncryptionConfiguration', 'apiserver.config.k8s.io/v1'), kind('EncryptionConfig', 'v1')]
