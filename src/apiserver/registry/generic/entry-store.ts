// The objects of one resource as the store has them: bytes under keys, and the watch cache of them. What is written comes back as an entry
// that knows what it decodes to.
import { ApiError } from '../../../apimachinery/api-error.ts'
import type { Codec } from '../../../apimachinery/codec/codec.ts'
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { KubeObject } from '../../../api/object.ts'
import { type KeyValue, NoSpaceError, type Storage } from '../../../storage/storage.ts'
import type { Clock } from '../../../util/clock.ts'
import type { TimePart } from '../../audit/audit-trail.ts'
import { Cacher } from '../../cacher/cacher.ts'
import { Entry, type EntryReader, type Traits } from '../../cacher/entry.ts'
import { RecentEntries } from '../../cacher/recent-entries.ts'
import type { LeasePool } from './lease-pool.ts'
import { refuseTooLarge } from './stored-size.ts'
import { turnFor } from './turns.ts'

export interface EntryStoreOptions {
  readonly prefix: string
  readonly codec: Codec
  readonly storage: Storage
  readonly clock: Clock
  readonly traitsOf: (object: JsonObject) => Traits
  /** Of resources whose objects expire. */
  readonly leases?: LeasePool
  /** What watching clients may be behind, in bytes. */
  readonly ringBytesMax?: number
}

/** What was found instead of the expected revision. */
export interface Changed {
  readonly current: KeyValue | undefined
}

export class EntryStore {
  readonly cacher: Cacher
  readonly #options: EntryStoreOptions
  readonly #type: string
  readonly #reader: EntryReader
  /**
   * Values under way to the store -> what they decode to. No WeakMap: the store keeps a value for as long as the object exists, and what it
   * decodes to would take up more memory than all the rest of it.
   */
  readonly #written = new Map<Uint8Array, JsonObject>()
  readonly #recent = new RecentEntries()

  /** @param type of the resource in its storage version */
  constructor(options: EntryStoreOptions, type: string) {
    const { codec, storage, prefix, clock, traitsOf, ringBytesMax } = options
    this.#options = options
    this.#type = type
    const fromProtobuf = (value: Uint8Array) => ownBytes(codec.encodeJson(codec.decodeProtobuf(() => type, value).object))
    this.#reader = { decode: (json) => decodeCanonical(codec, json), traitsOf, fromProtobuf }
    const known = (value: Uint8Array) => this.#written.get(value)
    this.cacher = new Cacher({ storage, prefix, reader: this.#reader, clock, known, ...(ringBytesMax ? { ringBytesMax } : {}) })
  }

  entryOf = (item: KeyValue): Entry => Entry.fromStored(item.key, item.value, item.modRevision, this.#reader, this.#written.get(item.value))

  /** The object as it is now. */
  async read(key: string): Promise<Entry | undefined> {
    const item = await this.#options.storage.get(key)
    if (!item) return undefined
    const cached = this.cacher.get(key)
    return cached?.revision === item.modRevision ? cached : this.entryOf(item)
  }

  /**
   * @param object in canonical form
   * @throws {ApiError} 500 when it is too large, or the store is full
   */
  async put(key: string, object: KubeObject, expectedRevision: number, time?: TimePart): Promise<Entry | Changed> {
    const { resourceVersion: _revision, ...metadata } = object.metadata
    const canonical = { ...object, metadata } as unknown as JsonObject
    const value = ownBytes(this.#options.codec.encodeJson(canonical))
    await turnFor(value.length)?.()
    refuseTooLarge(this.#options.codec, this.#type, canonical, value.length)
    return this.write(key, canonical, value, expectedRevision, time)
  }

  /**
   * @param object what `value` decodes to
   * @throws {ApiError} 500 when the store is full
   */
  async write(key: string, object: JsonObject, value: Buffer, expectedRevision: number, time?: TimePart): Promise<Entry | Changed> {
    this.#written.set(value, object)
    const { storage, leases } = this.#options
    const stored = time?.('etcd')
    try {
      const result = await storage.put(key, value, expectedRevision, leases ? { leaseId: await leases.lease() } : undefined)
      stored?.()
      if (!result.ok) return { current: result.current }
      const cached = this.cacher.get(key)
      const entry = cached?.revision === result.revision ? cached : this.entryOf({ key, value, modRevision: result.revision, createRevision: 0 })
      this.#recent.add(entry, object)
      return entry
    } catch (error) {
      if (error instanceof NoSpaceError) throw new ApiError('', 'etcdserver: mvcc: database space exceeded', { code: 500, cause: error })
      throw error
    } finally {
      this.#written.delete(value)
    }
  }
}

/** UTF-8 in memory of its own: the store would copy bytes of the shared pool, and what they decode to would be forgotten. */
function ownBytes(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  bytes.write(text, 'utf8')
  return bytes
}

/** Stored JSON is canonical; only integers beyond 2^53 need the careful parser. */
function decodeCanonical(codec: Codec, json: string): JsonObject {
  return (/\d{16}/.test(json) ? codec.parseJson(json).value : JSON.parse(json)) as JsonObject
}
