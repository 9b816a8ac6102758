import type { KubeObject, New } from '../api/object.ts'
import type { ResourceType } from '../api/resources.ts'

/** Names one object. `namespace` is left out (or '') for cluster-scoped resources. */
export interface ObjectName {
  readonly namespace?: string
  readonly name: string
}

export interface ListOptions {
  /** All namespaces when left out. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly limit?: number
  readonly continue?: string
  readonly resourceVersion?: string
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan'
}

export interface List<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string; readonly remainingItemCount?: number }
  /** Each item carries its apiVersion and kind, though list bodies leave them out. */
  readonly items: readonly T[]
}

export interface WatchOptions extends Omit<ListOptions, 'limit' | 'continue'> {
  readonly allowWatchBookmarks?: boolean
  readonly sendInitialEvents?: boolean
  readonly timeoutSeconds?: number
}

export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  /** Only `metadata.resourceVersion` and annotations are set. */
  | { readonly type: 'BOOKMARK'; readonly object: T }

export interface WriteOptions {
  readonly dryRun?: boolean
  readonly fieldManager?: string
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore'
  readonly subresource?: string
  readonly signal?: AbortSignal
}

export type PatchBody =
  | { readonly type: 'json'; readonly patch: readonly object[] }
  | { readonly type: 'merge' | 'strategic'; readonly patch: object }
  /** Server-side apply; `fieldManager` is required. */
  | { readonly type: 'apply'; readonly patch: object; readonly force?: boolean }

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan'
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly dryRun?: boolean
  readonly signal?: AbortSignal
}

export interface Reader {
  /** @throws {ApiError} NotFound and the like */
  get<T>(resource: ResourceType<T>, name: ObjectName, options?: { signal?: AbortSignal; resourceVersion?: string }): Promise<T>
  list<T>(resource: ResourceType<T>, options?: ListOptions & { signal?: AbortSignal }): Promise<List<T>>
  /**
   * One watch request. Ends normally when the server closes it.
   * @throws {ApiError} from an ERROR event (isGone: list again) or a refused request; TransportError when cut off
   */
  watch<T>(resource: ResourceType<T>, options: WatchOptions, signal: AbortSignal): AsyncIterable<WatchEvent<T>>
}

export interface Writer {
  create<T extends KubeObject>(resource: ResourceType<T>, object: New<T>, options?: WriteOptions): Promise<T>
  /** Replaces the object; `metadata.resourceVersion` guards against lost updates (409 Conflict). */
  update<T extends KubeObject>(resource: ResourceType<T>, object: T, options?: WriteOptions): Promise<T>
  patch<T>(resource: ResourceType<T>, name: ObjectName, patch: PatchBody, options?: WriteOptions): Promise<T>
  delete(resource: ResourceType<unknown>, name: ObjectName, options?: DeleteOptions): Promise<void>
  deleteCollection(resource: ResourceType<unknown>, list: ListOptions, options?: DeleteOptions): Promise<void>
}

export interface Subresources {
  /** GET of a subresource that answers an object (`scale`). */
  getSubresource<R>(resource: ResourceType<unknown>, name: ObjectName, subresource: string): Promise<R>
  /** POST of another kind to a subresource: `binding`, `eviction`, `token`. */
  createSubresource<R>(resource: ResourceType<unknown>, name: ObjectName, subresource: string, body: object, options?: WriteOptions): Promise<R>
}

/** The whole typed client. Consumers declare the slice they need: `Pick<Client, 'create' | 'delete'>`. */
export interface Client extends Reader, Writer, Subresources {
  /** Any path: raw answers for the CLI, discovery and resources known only at run time. `body` is sent as JSON. */
  raw(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; headers: Readonly<Record<string, string>>; text: string }>
}
