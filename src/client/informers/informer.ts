import type { KubeObject } from '../../api/object.ts'
import type { ResourceType } from '../../api/resources.ts'
import type { ListOptions } from '../client.ts'

/** Read access to an informer's cache. Objects are shared by all readers and must not be changed (frozen in tests). */
export interface Lister<T> {
  /** @param key `namespace/name`, or `name` for cluster-scoped objects */
  get(key: string): T | undefined
  all(): readonly T[]
  inNamespace(namespace: string): readonly T[]
  /** Objects whose index function (see {@link Informer.addIndex}) returned `value`. */
  byIndex(index: string, value: string): readonly T[]
}

export interface EventHandler<T> {
  add?(object: T, context: { readonly initial: boolean }): void
  /** Also called for a periodic resync or a re-list that found no change (`old === object`). */
  update?(old: T, object: T): void
  /** `object` is the last known state; `stale` when the deletion itself was missed and found by a re-list. */
  delete?(object: T, context: { readonly stale: boolean }): void
}

/**
 * Keeps a local copy of one resource (optionally narrowed by selectors) by list and watch.
 *
 * Promises: handlers of one informer see each object's states in order, never a state older than one already seen; the
 * lister is updated before handlers run; a handler added late first gets `add` (initial) for everything cached. Handlers run
 * synchronously and must return quickly: they put keys on a workqueue. States between two observed ones may be skipped.
 */
export interface Informer<T> {
  readonly resource: ResourceType<T>
  readonly lister: Lister<T>
  /** @returns a function that removes the handler */
  addHandler(handler: EventHandler<T>): () => void
  /** Must be called before the factory runs. Adding an index of the same name twice is allowed and does nothing. */
  addIndex(name: string, values: (object: T) => readonly string[]): void
  /** True once the first list has been delivered to every handler. */
  hasSynced(): boolean
}

/** One informer per resource and selector, shared by everything in a process. */
export interface InformerFactory {
  for<T extends KubeObject>(resource: ResourceType<T>, options?: Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>): Informer<T>
  /** Starts all informers asked for so far, and later ones at once. Resolves when `signal` has aborted and all have ended. */
  run(signal: AbortSignal): Promise<void>
  /** Resolves when `only`, or else every informer asked for so far, have synced; rejects when `signal` aborts. */
  synced(signal: AbortSignal, only?: ReadonlySet<unknown>): Promise<void>
}
