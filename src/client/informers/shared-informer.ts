import { type KubeObject, keyOf } from '../../api/object.ts'
import type { ResourceType } from '../../api/resources.ts'
import { type Logger, silentLogger } from '../../component-base/logger.ts'
import { type Clock, systemClock } from '../../util/clock.ts'
import { type Rand, systemRand } from '../../util/rand.ts'
import type { Reader } from '../client.ts'
import { deepFreeze } from './deep-freeze.ts'
import type { EventHandler, Informer, Lister } from './informer.ts'
import { type Narrowing, type ReflectorSink, reflect } from './reflector.ts'
import { IndexedStore } from './store.ts'

export interface InformerOptions {
  readonly client: Pick<Reader, 'list' | 'watch'>
  readonly clock?: Clock
  readonly rand?: Rand
  readonly logger?: Logger
  /** Deep-freeze cached objects, so that a reader which changes one fails. Default: only under NODE_ENV=test (it costs time). */
  readonly freeze?: boolean
}

export interface RunnableInformer<T> extends Informer<T> {
  /** Lists and watches until `signal` aborts. To be called once. */
  run(signal: AbortSignal): Promise<void>
  /** Resolves when {@link Informer.hasSynced}; rejects when `signal` aborts first. */
  synced(signal: AbortSignal): Promise<void>
}

/** An informer of one's own. Mostly the shared ones of an InformerFactory are what is wanted. */
export function newInformer<T extends KubeObject>(resource: ResourceType<T>, options: InformerOptions, narrowing: Narrowing = {}): RunnableInformer<T> {
  return new SharedInformer(resource, narrowing, options)
}

class SharedInformer<T extends KubeObject> implements RunnableInformer<T>, ReflectorSink<T> {
  readonly resource: ResourceType<T>
  readonly #narrowing: Narrowing
  readonly #options: InformerOptions
  readonly #logger: Logger
  readonly #freeze: boolean
  readonly #store = new IndexedStore<T>()
  readonly #handlers = new Set<EventHandler<T>>()
  readonly #synced = Promise.withResolvers<void>()
  #hasSynced = false

  constructor(resource: ResourceType<T>, narrowing: Narrowing, options: InformerOptions) {
    this.resource = resource
    this.#narrowing = narrowing
    this.#options = options
    this.#logger = options.logger ?? silentLogger
    this.#freeze = options.freeze ?? process.env['NODE_ENV'] === 'test'
  }

  get lister(): Lister<T> {
    return this.#store
  }

  hasSynced(): boolean {
    return this.#hasSynced
  }

  synced(signal: AbortSignal): Promise<void> {
    if (this.#hasSynced) return Promise.resolve()
    if (signal.aborted) return Promise.reject(signal.reason as Error)
    const { promise, reject } = Promise.withResolvers<void>()
    const abort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', abort, { once: true })
    return Promise.race([this.#synced.promise, promise]).finally(() => signal.removeEventListener('abort', abort))
  }

  addIndex(name: string, values: (object: T) => readonly string[]): void {
    this.#store.addIndex(name, values)
  }

  addHandler(handler: EventHandler<T>): () => void {
    this.#handlers.add(handler)
    for (const object of this.#store.all()) this.#call(() => handler.add?.(object, { initial: true }))
    return () => void this.#handlers.delete(handler)
  }

  async run(signal: AbortSignal): Promise<void> {
    const { client, clock = systemClock, rand = systemRand } = this.#options
    await reflect<T>({ client, resource: this.resource, narrowing: this.#narrowing, sink: this, clock, rand, logger: this.#logger }, signal)
  }

  replace(objects: readonly T[]): void {
    const gone = new Set(this.#store.keys())
    for (const object of objects) {
      gone.delete(keyOf(object))
      this.#upsert(object)
    }
    for (const key of gone) this.#remove(key, this.#store.get(key)!, true)
    if (this.#hasSynced) return
    this.#hasSynced = true
    this.#synced.resolve()
  }

  apply({ type, object }: { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T }): void {
    if (type === 'DELETED') this.#remove(keyOf(object), object, false)
    else this.#upsert(object)
  }

  #upsert(object: T): void {
    const key = keyOf(object)
    let old = this.#store.get(key)
    if (old && old.metadata.uid !== object.metadata.uid) {
      // Deleted and made anew while nobody looked: two objects, and handlers see them as two.
      this.#remove(key, old, true)
      old = undefined
    }
    if (old && old.metadata.resourceVersion === object.metadata.resourceVersion) {
      const same = old
      this.#each((handler) => handler.update?.(same, same))
      return
    }
    const next = this.#freeze ? deepFreeze(object) : object
    this.#store.set(next)
    const previous = old
    if (previous) this.#each((handler) => handler.update?.(previous, next))
    else this.#each((handler) => handler.add?.(next, { initial: !this.#hasSynced }))
  }

  #remove(key: string, object: T, stale: boolean): void {
    if (!this.#store.get(key)) return
    const last = this.#freeze ? deepFreeze(object) : object
    this.#store.delete(key)
    this.#each((handler) => handler.delete?.(last, { stale }))
  }

  #each(call: (handler: EventHandler<T>) => void): void {
    for (const handler of this.#handlers) this.#call(() => call(handler))
  }

  /** One handler's mistake is not the others' loss. */
  #call(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#logger.error('Event handler failed', error, { resource: this.resource.plural })
    }
  }
}
