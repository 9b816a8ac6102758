// The store as one resource sees it: values go in encrypted and come out plain. Registry and watch cache know nothing of it.
//
// A value that this process has written, or has read before, is not decrypted again as long as somebody holds its plain form (the
// watch cache does): `#plain` leads from the stored array, which the store shares, to the plain one.
import { internalError } from '../../apimachinery/api-error.ts'
import type { KeyValue, ListResult, Storage, StorageEvent, WatchBatch, WriteResult } from '../../storage/storage.ts'
import { WatchDecryption } from './watch-decryption.ts'
import type { ReadValue, Transformer } from './transformers/transformer.ts'

export interface EncryptedStorageOptions {
  readonly storage: Storage
  /** What holds now; another object after a reload. */
  readonly transformer: () => Transformer
  /** Resolves soon, so that others come in between. */
  readonly nextTurn: () => Promise<void>
  /** Waits before what could not be decrypted is tried again; ends early when the configuration changes. */
  readonly retryLater: () => Promise<void>
  /** A watched value cannot be decrypted: the watch waits. */
  readonly onUnreadable: (key: string, error: unknown) => void
}

/** Stored bytes decrypted between two turns of the event loop: some 5 ms of the slowest provider (secretbox, 15 µs/KiB). */
const bytesPerTurn = 256 * 1024

export class EncryptedStorage implements Storage {
  readonly #options: EncryptedStorageOptions
  readonly #watches = new Set<WatchDecryption>()
  /** Of {@link #plainOf}: plain forms are valid for the transformer that made them. */
  #transformer: Transformer | undefined
  #plain = new WeakMap<Uint8Array, WeakRef<Uint8Array>>()
  /** What the last list failed at: as long as it is there, the next one fails at it, too. */
  #unreadable: { readonly key: string; readonly modRevision: number; readonly transformer: Transformer; readonly error: Error } | undefined

  constructor(options: EncryptedStorageOptions) {
    this.#options = options
  }

  /** @throws {ApiError} 500, in upstream's words, when no key opens the value */
  async get(key: string, options?: { readonly revision?: number }): Promise<KeyValue | undefined> {
    const item = await this.#options.storage.get(key, options)
    return item && this.#decrypt(item)
  }

  /** @throws {ApiError} 500, in upstream's words, when no key opens one of the values */
  async list(prefix: string, options?: { readonly from?: string; readonly limit?: number; readonly revision?: number }): Promise<ListResult> {
    await this.#throwIfStillUnreadable(prefix)
    const list = await this.#options.storage.list(prefix, options)
    const items: KeyValue[] = []
    let bytes = 0
    for (const item of list.items) {
      items.push(await this.#decryptListed(item))
      bytes += item.value.length
      if (bytes < bytesPerTurn) continue
      bytes = 0
      await this.#options.nextTurn()
    }
    return { ...list, items }
  }

  /** Whether an update has to write `key` even when it changes nothing: another provider or key writes now. */
  async isStale(key: string): Promise<boolean> {
    const item = await this.#options.storage.get(key)
    return item ? (await this.#current().fromStorage(item.value, key)).stale : false
  }

  /** @throws {ApiError} 500 when no key may be used for writing now (a KMS plugin that has been away for too long) */
  async put(key: string, value: Uint8Array, expectedRevision: number, options?: { readonly leaseId?: number }): Promise<WriteResult> {
    let stored: Uint8Array
    try {
      stored = this.#current().toStorage(value, key)
    } catch (error) {
      throw internalError(error)
    }
    this.#plain.set(stored, new WeakRef(value))
    const result = await this.#options.storage.put(key, stored, expectedRevision, options)
    if (result.ok) {
      // The writer's answer comes after the watch cache has seen its write, also when that waits for a key.
      for (const watch of this.#watches) if (watch.waiting) await watch.settled()
      return result
    }
    // A create only says that the key exists, whether or not it can be read.
    if (expectedRevision === 0) return { ok: false, current: await this.#decryptIfPossible(result.current) }
    return { ok: false, current: result.current && (await this.#decrypt(result.current)) }
  }

  async delete(key: string, expectedRevision: number): Promise<WriteResult> {
    const result = await this.#options.storage.delete(key, expectedRevision)
    return result.ok ? result : { ok: false, current: result.current && (await this.#decrypt(result.current)) }
  }

  /** Events wait for keys that must be fetched from a plugin; their order stays. `previous` of an event is not decrypted. */
  async watch(prefix: string, fromRevision: number, onBatch: (batch: WatchBatch) => void, onLost?: () => void): Promise<() => void> {
    const watch = new WatchDecryption({
      onBatch,
      decrypt: (event) => this.#decryptEvent(event),
      retryLater: this.#options.retryLater,
      onUnreadable: this.#options.onUnreadable,
    })
    this.#watches.add(watch)
    const end = () => {
      this.#watches.delete(watch)
      watch.stop()
    }
    const lost = () => {
      end()
      onLost?.()
    }
    const stop = await this.#options.storage.watch(prefix, fromRevision, (batch) => watch.push(batch), lost)
    return () => {
      end()
      stop()
    }
  }

  currentRevision(): Promise<number> {
    return this.#options.storage.currentRevision()
  }

  count(prefix: string): Promise<number> {
    return this.#options.storage.count(prefix)
  }

  requestProgress(): Promise<void> {
    return this.#options.storage.requestProgress()
  }

  grantLease(ttlSeconds: number): Promise<number> {
    return this.#options.storage.grantLease(ttlSeconds)
  }

  revokeLease(leaseId: number): Promise<void> {
    return this.#options.storage.revokeLease(leaseId)
  }

  compact(revision: number): Promise<void> {
    return this.#options.storage.compact(revision)
  }

  status(): Promise<{ readonly bytes: number; readonly quotaBytes: number; readonly noSpace: boolean }> {
    return this.#options.storage.status()
  }

  close(): Promise<void> {
    return this.#options.storage.close()
  }

  /** The transformer of now; plain forms made by an earlier one are forgotten, because its keys may be gone. */
  #current(): Transformer {
    const transformer = this.#options.transformer()
    if (transformer !== this.#transformer) {
      this.#transformer = transformer
      this.#plain = new WeakMap()
    }
    return transformer
  }

  #plainOf({ key, value }: KeyValue): Uint8Array | Promise<Uint8Array> {
    const transformer = this.#current()
    const known = this.#plain.get(value)?.deref()
    if (known) return known
    const remember = (read: ReadValue) => {
      // Identity gives the stored array itself: nothing to remember.
      if (transformer === this.#transformer && read.value !== value) this.#plain.set(value, new WeakRef(read.value))
      return read.value
    }
    const read = transformer.fromStorage(value, key)
    return read instanceof Promise ? read.then(remember) : remember(read)
  }

  async #decrypt(item: KeyValue): Promise<KeyValue> {
    try {
      const value = this.#plainOf(item)
      return { ...item, value: value instanceof Uint8Array ? value : await value }
    } catch (error) {
      throw internalError(error)
    }
  }

  async #decryptListed(item: KeyValue): Promise<KeyValue> {
    try {
      const value = this.#plainOf(item)
      return { ...item, value: value instanceof Uint8Array ? value : await value }
    } catch (cause) {
      const error = internalError(new Error(`unable to transform key ${JSON.stringify(item.key)}: ${(cause as Error).message}`, { cause }))
      this.#unreadable = { key: item.key, modRevision: item.modRevision, transformer: this.#current(), error }
      throw error
    }
  }

  /** A watch cache that cannot be filled is tried again by every request: that must not cost the decryption of thousands. */
  async #throwIfStillUnreadable(prefix: string): Promise<void> {
    const last = this.#unreadable
    if (!last || !last.key.startsWith(prefix) || last.transformer !== this.#current()) return
    const item = await this.#options.storage.get(last.key)
    if (item?.modRevision !== last.modRevision) return
    try {
      await this.#plainOf(item)
      this.#unreadable = undefined
    } catch {
      throw last.error
    }
  }

  async #decryptIfPossible(item: KeyValue | undefined): Promise<KeyValue | undefined> {
    try {
      return item && (await this.#decrypt(item))
    } catch {
      return undefined
    }
  }

  #decryptEvent(event: StorageEvent): StorageEvent | Promise<StorageEvent> {
    if (event.type === 'delete') return event
    const withValue = (value: Uint8Array): StorageEvent => ({ ...event, current: { ...event.current, value } })
    const value = this.#plainOf(event.current)
    return value instanceof Uint8Array ? withValue(value) : value.then(withValue)
  }
}
