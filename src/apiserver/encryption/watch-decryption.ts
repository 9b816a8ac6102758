// One watch of encrypted values. Batches are handed on at once while everything can be decrypted at once, which is the rule. When a
// key must first be fetched, or none fits, they wait, and everything behind them: an event is never left out and never overtaken.
import type { StorageEvent, WatchBatch } from '../../storage/storage.ts'

export interface WatchDecryptionOptions {
  readonly onBatch: (batch: WatchBatch) => void
  /** @throws {Error} when it cannot be read */
  readonly decrypt: (event: StorageEvent) => StorageEvent | Promise<StorageEvent>
  readonly retryLater: () => Promise<void>
  readonly onUnreadable: (key: string, error: unknown) => void
}

export class WatchDecryption {
  readonly #options: WatchDecryptionOptions
  /** Everything that has been pushed is handed on when this resolves. Never rejects. */
  #settled: Promise<void> = Promise.resolve()
  #waiting = 0
  #stopped = false

  constructor(options: WatchDecryptionOptions) {
    this.#options = options
  }

  /** Whether batches wait for their keys. */
  get waiting(): boolean {
    return this.#waiting > 0
  }

  settled(): Promise<void> {
    return this.#settled
  }

  stop(): void {
    this.#stopped = true
  }

  push(batch: WatchBatch): void {
    if (this.#waiting === 0) {
      const events = this.#decryptNow(batch.events)
      if (events) return this.#options.onBatch({ ...batch, events })
    }
    this.#waiting++
    this.#settled = this.#settled.then(() => this.#decryptAndHandOn(batch))
  }

  /** undefined when one of them has to wait */
  #decryptNow(events: readonly StorageEvent[]): StorageEvent[] | undefined {
    const decrypted: StorageEvent[] = []
    try {
      for (const event of events) {
        const result = this.#options.decrypt(event)
        if (result instanceof Promise) {
          // Asked for again in its turn, where a failure is dealt with.
          result.catch(() => {})
          return undefined
        }
        decrypted.push(result)
      }
      return decrypted
    } catch {
      return undefined
    }
  }

  async #decryptAndHandOn(batch: WatchBatch): Promise<void> {
    const events: StorageEvent[] = []
    for (const event of batch.events) events.push(await this.#decryptSometime(event))
    this.#waiting--
    if (!this.#stopped) this.#options.onBatch({ ...batch, events })
  }

  /** The event as it is when the watch has ended meanwhile. */
  async #decryptSometime(event: StorageEvent): Promise<StorageEvent> {
    while (!this.#stopped) {
      try {
        return await this.#options.decrypt(event)
      } catch (error) {
        this.#options.onUnreadable(event.key, error)
        await this.#options.retryLater()
      }
    }
    return event
  }
}
