// One KMS v2 plugin as the API server uses it: asked for its status regularly, with a seed of its own for this process, which is
// replaced when the plugin names another key. Source: k8s.io/apiserver pkg/server/options/encryptionconfig/config.go.
//
//   healthy, same key      the write state lives 3 more minutes
//   healthy, another key   a new seed, encrypted by the plugin under that key
//   unhealthy              reads go on, writes until the state ends
import { randomBytes, randomUUID } from 'node:crypto'
import { aggregateMessages } from '../../../apimachinery/field-errors.ts'
import type { Logger } from '../../../component-base/logger.ts'
import type { Clock } from '../../../util/clock.ts'
import { newExtendedNonceGcm } from '../transformers/extended-nonce.ts'
import type { Transformer } from '../transformers/transformer.ts'
import { type EnvelopeObserver, newEnvelopeTransformer, type WriteState } from './envelope-transformer.ts'
import { hashIfAny } from './hash-if-any.ts'
import type { KmsService } from './kms-service.ts'
import { dekSourceType, type EncryptResponse, type StatusResponse } from './messages.ts'
import { keyIdError, validateEncryptedObject } from './validate-encrypted-object.ts'

export interface KmsObserver extends EnvelopeObserver {
  keyFromStatus(keyId: string): void
  invalidKeyFromStatus(code: 'empty' | 'too_long'): void
}

export interface KmsProviderOptions {
  readonly name: string
  readonly service: KmsService
  readonly clock: Clock
  readonly logger: Logger
  readonly observe: KmsObserver
  /** Default: {@link kmsIntervals}. */
  readonly intervals?: KmsIntervals
}

export interface KmsIntervals {
  /** A key may be used for writing this long after the last good status, */
  readonly writeStateMsMax: number
  /** which is asked for this often, */
  readonly healthyEveryMs: number
  /** and after a failure this often. */
  readonly unhealthyEveryMs: number
  /** A health check within this time of the last one repeats its answer: a good one, */
  readonly healthyAnswerMs: number
  /** and a bad one. */
  readonly unhealthyAnswerMs: number
  /** How long the plugins of a new configuration may take to become healthy, at least. */
  readonly reloadMsMin: number
}

/** Upstream's. */
export const kmsIntervals: KmsIntervals = {
  writeStateMsMax: 3 * 60_000,
  healthyEveryMs: 60_000,
  unhealthyEveryMs: 10_000,
  healthyAnswerMs: 20_000,
  unhealthyAnswerMs: 3_000,
  reloadMsMin: 10_000,
}

const seedBytes = 32

export class KmsProvider {
  readonly transformer: Transformer
  readonly #options: KmsProviderOptions
  readonly #intervals: KmsIntervals
  #state: WriteState | undefined
  /** Of the first status; it may not change. */
  #version = ''
  #last: { readonly atMs: number; readonly error: Error | undefined } | undefined
  #checking: Promise<void> | undefined

  constructor(options: KmsProviderOptions) {
    this.#options = options
    this.#intervals = options.intervals ?? kmsIntervals
    const { service, clock, observe } = options
    this.transformer = newEnvelopeTransformer({ service, clock, observe, state: () => this.#currentState() })
  }

  /** Asks the plugin for its status, or repeats a recent answer. @throws {Error} when it is not healthy */
  async check(): Promise<void> {
    const last = this.#last
    if (last && this.#options.clock.now() - last.atMs < (last.error ? this.#intervals.unhealthyAnswerMs : this.#intervals.healthyAnswerMs)) {
      if (last.error) throw last.error
      return
    }
    await (this.#checking ??= this.#check().finally(() => (this.#checking = undefined)))
  }

  /** Keeps the write state alive until `signal` aborts. Never rejects: an unhealthy plugin is logged and asked again. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger, name } = this.#options
    const { healthyEveryMs, unhealthyEveryMs } = this.#intervals
    for (;;) {
      try {
        await clock.sleep(this.#last && !this.#last.error ? healthyEveryMs : unhealthyEveryMs, signal)
      } catch {
        return
      }
      await this.check().catch((error: unknown) => logger.error('KMS plugin failed health check probe', error, { name }))
    }
  }

  close(): void {
    this.#options.service.close()
  }

  async #check(): Promise<void> {
    const { clock, service, name } = this.#options
    let error: Error | undefined
    try {
      const status = await service.status().catch((cause: unknown) => {
        throw new Error(`failed to perform status section of the healthz check for KMS Provider ${name}, error: ${(cause as Error).message}`, { cause })
      })
      await this.#judge(status)
    } catch (cause) {
      error = cause as Error
    }
    this.#last = { atMs: clock.now(), error }
    if (error) throw error
  }

  async #judge({ healthz, version, keyId }: StatusResponse): Promise<void> {
    const { observe, name } = this.#options
    const errors: string[] = []
    if (healthz !== 'ok') errors.push(`got unexpected healthz status: ${healthz}`)
    if (version !== 'v2' && version !== 'v2beta1') errors.push(`expected KMSv2 API version v2, got ${version}`)
    else {
      this.#version ||= version
      if (this.#version !== version)
        errors.push(`KMSv2 API version should not change after the initial status response version ${this.#version}, got ${version}`)
    }
    const wrong = keyIdError(keyId)
    if (wrong) {
      observe.invalidKeyFromStatus(wrong.code)
      errors.push(`got invalid KMSv2 KeyID hash ${JSON.stringify(hashIfAny(keyId))}: ${wrong.message}`)
    } else {
      observe.keyFromStatus(keyId)
      const failure = await this.#rotateIfChanged(keyId)
      if (failure) errors.push(failure)
    }
    if (errors.length > 0) throw new Error(`kmsv2 Provider ${name} is not healthy, error: ${aggregateMessages(errors)}`)
  }

  /** @returns what went wrong: the old state then stays, until it ends */
  async #rotateIfChanged(keyId: string): Promise<string | undefined> {
    const { clock } = this.#options
    // Counted from before the calls: the limit is an upper bound.
    const expiresAtMs = clock.now() + this.#intervals.writeStateMsMax
    if (this.#state?.object.keyId === keyId) {
      this.#state = { ...this.#state, expiresAtMs }
      return undefined
    }
    const uid = randomUUID()
    let failure: unknown
    let encrypted: EncryptResponse | undefined
    try {
      const seed = randomBytes(seedBytes)
      encrypted = await this.#encrypt(seed, uid)
      if (encrypted.keyId === keyId) {
        this.#state = { transformer: newExtendedNonceGcm(seed), object: objectOf(encrypted), expiresAtMs }
        return undefined
      }
    } catch (error) {
      failure = error
    }
    const hashes = [keyId, encrypted?.keyId ?? '', this.#state?.object.keyId ?? ''].map((id) => JSON.stringify(hashIfAny(id)))
    const reason = failure instanceof Error ? failure.message : '<nil>'
    return `failed to rotate DEK uid=${JSON.stringify(uid)}, useSeed=true, errState=${this.#state ? '<nil>' : 'got unexpected nil transformer'}, errGen=${reason}, statusKeyIDHash=${hashes[0]}, encryptKeyIDHash=${hashes[1]}, stateKeyIDHash=${hashes[2]}, expirationTimestamp=${new Date(this.#state?.expiresAtMs ?? 0).toISOString()}`
  }

  async #encrypt(seed: Uint8Array, uid: string): Promise<EncryptResponse> {
    let response: EncryptResponse
    try {
      response = await this.#options.service.encrypt(seed, uid)
    } catch (cause) {
      throw new Error(`failed to encrypt DEK, error: ${(cause as Error).message}`, { cause })
    }
    validateEncryptedObject({ ...objectOf(response), encryptedData: Uint8Array.of(0) })
    return response
  }

  #currentState(): WriteState {
    if (!this.#state) throw new Error('got unexpected nil transformer')
    return this.#state
  }
}

const objectOf = ({ ciphertext, keyId, annotations }: EncryptResponse): WriteState['object'] => ({
  keyId,
  encryptedDekSource: ciphertext,
  annotations,
  encryptedDekSourceType: dekSourceType.hkdfSha256ExtendedNonceAesGcmSeed,
})
