// A valid configuration -> the transformers of its resources, and the KMS plugins they need.
// Source: k8s.io/apiserver pkg/server/options/encryptionconfig/config.go.
import { durationMs } from '../../apimachinery/duration/duration.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import type { EncryptionConfiguration, KeysConfiguration, KmsConfiguration, ProviderConfiguration } from './config/encryption-configuration.ts'
import { anyOf, anyOfAnyGroup, formatGroupResource, type GroupResource, parseGroupResource } from './config/group-resource.ts'
import { decodeBase64 } from './config/validate.ts'
import type { EncryptionMetrics } from './encryption-metrics.ts'
import { type KmsIntervals, KmsProvider } from './kms/kms-provider.ts'
import { newKmsService } from './kms/kms-service.ts'
import { newAesCbc } from './transformers/aes-cbc.ts'
import { gcmWritesMax, newAesGcm } from './transformers/aes-gcm.ts'
import { identity } from './transformers/identity.ts'
import { type PrefixTransformer, PrefixTransformers } from './transformers/prefix-transformers.ts'
import { newSecretbox } from './transformers/secretbox.ts'
import type { Transformer } from './transformers/transformer.ts'

export interface BuildOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: EncryptionMetrics
  /** Default: upstream's. */
  readonly kms?: KmsIntervals
}

const kmsV1Refusal =
  'KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2 instead.  Set --feature-gates=KMSv1=true to use the deprecated KMSv1 feature.'

/** Everything that one version of the configuration file means. Ends with {@link close}. */
export class TransformerSet {
  readonly #transformers = new Map<string, Transformer>()
  readonly #kms: readonly KmsProvider[]
  readonly #stop = new AbortController()
  /** Running polls of plugins. */
  #polling: Promise<unknown> = Promise.resolve()
  /** How long calls that are under way when the set is replaced may take, in milliseconds. */
  readonly closeGraceMs: number

  /** @throws {Error} when one entry hides another, or a provider is not supported */
  constructor({ resources = [] }: EncryptionConfiguration, options: BuildOptions) {
    const byResource = new Map<string, PrefixTransformer[]>()
    const kms: KmsProvider[] = []
    let timeoutSumMs = 0
    for (const { resources: names = [], providers = [] } of resources) {
      const transformers = providers.map((provider) => {
        if (!provider.kms) return localProvider(provider, options)
        const plugin = newPlugin(provider.kms, options)
        kms.push(plugin)
        timeoutSumMs += durationMs(provider.kms.timeout!)
        return { prefix: `k8s:enc:kms:v2:${provider.kms.name}:`, transformer: plugin.transformer }
      })
      for (const resource of names.map(parseGroupResource)) {
        refuseMasked(byResource, resource)
        const key = formatGroupResource(resource)
        byResource.set(key, [...(byResource.get(key) ?? []), ...transformers])
      }
    }
    this.#kms = kms
    this.closeGraceMs = 2 * timeoutSumMs
    for (const [key, transformers] of byResource) this.#transformers.set(key, choose(transformers, 'no matching prefix found', options))
  }

  /** Identity, which refuses encrypted values, for resources that no entry names. */
  transformerOf({ group, resource }: GroupResource): Transformer {
    const of = (key: GroupResource) => this.#transformers.get(formatGroupResource(key))
    return of({ group, resource }) ?? of(anyOf(group)) ?? of(anyOfAnyGroup) ?? identity
  }

  get usesKms(): boolean {
    return this.#kms.length > 0
  }

  /** Asks every plugin once and goes on asking. Resolves after the first answers, also bad ones: a plugin may come up later. */
  async start(): Promise<void> {
    await Promise.allSettled(this.#kms.map((plugin) => plugin.check()))
    this.#polling = Promise.all(this.#kms.map((plugin) => plugin.run(this.#stop.signal)))
  }

  /** @throws {Error} when a plugin is not healthy */
  async check(): Promise<void> {
    const results = await Promise.allSettled(this.#kms.map((plugin) => plugin.check()))
    const failures = results.flatMap((result, index) => (result.status === 'rejected' ? [`kms-provider-${index}: ${(result.reason as Error).message}`] : []))
    if (failures.length > 0) throw new Error(failures.length === 1 ? failures[0]! : `[${failures.join(', ')}]`)
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#polling
    for (const plugin of this.#kms) plugin.close()
  }
}

/** An earlier wildcard would take what a later entry names. @throws {Error} */
function refuseMasked(earlier: ReadonlyMap<string, unknown>, resource: GroupResource): void {
  for (const wildcard of [anyOf(resource.group), anyOfAnyGroup].map(formatGroupResource)) {
    if (earlier.has(wildcard)) throw new Error(`resource ${goQuote(formatGroupResource(resource))} is masked by earlier rule ${goQuote(wildcard)}`)
  }
}

function choose(transformers: readonly PrefixTransformer[], noMatch: string, { metrics, clock }: BuildOptions): Transformer {
  return new PrefixTransformers({ transformers, noMatch, observe: metrics.transformation, now: () => clock.monotonic() })
}

function localProvider({ aesgcm, aescbc, secretbox }: ProviderConfiguration, options: BuildOptions): PrefixTransformer {
  const { logger } = options
  const noKey = (provider: string) => `no matching key was found for the provided ${provider} transformer`
  if (aesgcm) {
    const gcm = (key: Uint8Array, name: string) =>
      newAesGcm({
        key,
        onWornOut: () => logger.warn('An aesgcm key has been used for many writes since the start and should be replaced', { key: name, writes: gcmWritesMax }),
      })
    return { prefix: 'k8s:enc:aesgcm:v1:', transformer: choose(perKey(aesgcm, gcm), noKey('AES'), options) }
  }
  if (aescbc) return { prefix: 'k8s:enc:aescbc:v1:', transformer: choose(perKey(aescbc, newAesCbc), noKey('AES'), options) }
  if (secretbox) return { prefix: 'k8s:enc:secretbox:v1:', transformer: choose(perKey(secretbox, newSecretbox), noKey('Secretbox'), options) }
  return { prefix: '', transformer: identity }
}

const perKey = ({ keys = [] }: KeysConfiguration, make: (key: Uint8Array, name: string) => Transformer): PrefixTransformer[] =>
  keys.map(({ name, secret }) => ({ prefix: `${name}:`, transformer: make(decodeBase64(secret)!, name) }))

function newPlugin({ apiVersion, name, endpoint, timeout }: KmsConfiguration, { clock, logger, metrics, kms: intervals }: BuildOptions): KmsProvider {
  if (apiVersion === 'v1') throw new Error(kmsV1Refusal)
  const observe = (method: string, code: string, seconds: number) => metrics.kmsOperation(name, method, code, seconds)
  const service = newKmsService({ endpoint, timeoutMs: durationMs(timeout!), clock, observe })
  return new KmsProvider({ name, service, clock, logger, observe: metrics.kmsObserver(name), ...(intervals ? { intervals } : {}) })
}
