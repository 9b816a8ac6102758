// Encryption at rest of one API server: the configuration in force, and the store of each resource under it.
import type { Logger } from '../../component-base/logger.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Clock } from '../../util/clock.ts'
import { nextTurn } from '../../util/turns.ts'
import type { GroupResource } from './config/group-resource.ts'
import { EncryptedStorage } from './encrypted-storage.ts'
import type { TransformerSet } from './transformer-set.ts'
import { identity } from './transformers/identity.ts'
import type { Transformer } from './transformers/transformer.ts'

export interface EncryptionAtRestOptions {
  /** Started. */
  readonly set: TransformerSet
  /** Whether the set may be replaced. */
  readonly dynamic: boolean
  readonly clock: Clock
  readonly logger: Logger
}

/** Between two attempts to decrypt a watched value that no key fits. */
const retryMs = 1000

/** Upstream's DynamicTransformers. */
export class EncryptionAtRest {
  readonly #options: EncryptionAtRestOptions
  #set: TransformerSet
  #replaced = new AbortController()
  readonly #closing = new Set<Promise<void>>()
  readonly #ending = new AbortController()

  constructor(options: EncryptionAtRestOptions) {
    this.#options = options
    this.#set = options.set
  }

  /** @returns undefined for a resource that no provider will ever touch: it uses the store itself */
  storageFor(resource: GroupResource, storage: Storage): EncryptedStorage | undefined {
    const { clock, logger, dynamic } = this.#options
    if (!dynamic && this.#set.transformerOf(resource) === identity) return undefined
    let [set, transformer]: [TransformerSet, Transformer] = [this.#set, this.#set.transformerOf(resource)]
    return new EncryptedStorage({
      storage,
      transformer: () => {
        if (set !== this.#set) [set, transformer] = [this.#set, this.#set.transformerOf(resource)]
        return transformer
      },
      nextTurn,
      retryLater: () => clock.sleep(retryMs, AbortSignal.any([this.#replaced.signal, this.#ending.signal])).catch(() => {}),
      onUnreadable: (key, error) => logger.error('A changed value cannot be decrypted; its watchers wait', error, { key }),
    })
  }

  /** Whether health endpoints show `kms-providers`. */
  get hasHealthCheck(): boolean {
    return this.#options.dynamic || this.#set.usesKms
  }

  /** @throws {Error} when a KMS plugin is not healthy */
  check(): Promise<void> {
    return this.#set.check()
  }

  /** From now on `set` reads and writes; the old one ends when calls under way have had their time. */
  replace(set: TransformerSet): void {
    const old = this.#set
    this.#set = set
    this.#replaced.abort()
    this.#replaced = new AbortController()
    const closing = this.#options.clock
      .sleep(old.closeGraceMs, this.#ending.signal)
      .catch(() => {})
      .then(() => old.close())
      .finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
  }

  async close(): Promise<void> {
    this.#ending.abort()
    await Promise.all([...this.#closing, this.#set.close()])
  }
}
