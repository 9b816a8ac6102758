// An API client with objects in memory and nothing behind it: for tests of one component that need no API server's rules. What it
// does: names, uids, resource versions, generations, status subresources, graceful pod deletion, list and watch.
import { type KubeObject, keyOf, type Mutable } from '../../src/api/object.ts'
import type { ResourceType } from '../../src/api/resources.ts'
import { schema } from '../../src/api/schema.ts'
import { alreadyExists, conflict, notFound } from '../../src/apimachinery/api-error.ts'
import { applyMergePatch } from '../../src/apimachinery/patch/merge-patch.ts'
import { applyStrategicMergePatch } from '../../src/apimachinery/patch/strategic-merge-patch.ts'
import type { Client, ListOptions, ObjectName, PatchBody, WatchEvent, WatchOptions, WriteOptions } from '../../src/client/client.ts'

type Stored = Mutable<KubeObject> & { spec?: unknown; status?: unknown }
type Watcher = (event: WatchEvent<KubeObject>) => void

export class MemoryApi {
  readonly #objects = new Map<string, Map<string, Stored>>()
  readonly #watchers = new Map<string, Set<Watcher>>()
  #revision = 1
  /** Answers of subresources that create (token requests). */
  onSubresource: (subresource: string, name: ObjectName, body: object) => object = () => ({})

  /** Answers of reviews, which are created but not kept. */
  onReview: (kind: string, spec: unknown) => object = () => ({ allowed: true, authenticated: false })

  readonly client = {
    get: async (resource: ResourceType<unknown>, name: ObjectName) => structuredClone(this.#find(resource, name)),
    list: async (resource: ResourceType<unknown>, options: ListOptions = {}) => ({
      metadata: { resourceVersion: String(this.#revision) },
      items: [...this.#all(resource).values()].filter((o) => selected(o, options)).map((o) => structuredClone(o)),
    }),
    watch: (resource: ResourceType<unknown>, options: WatchOptions, signal: AbortSignal) => this.#watch(resource, options, signal),
    create: async (resource: ResourceType<unknown>, object: KubeObject) => this.create(resource, object),
    update: async (resource: ResourceType<unknown>, object: KubeObject) => {
      const current = this.#find(resource, object.metadata)
      if (object.metadata.resourceVersion !== current.metadata.resourceVersion) throw conflict(resource, object.metadata.name, 'the object has been modified')
      return this.#store(resource, structuredClone(object) as Stored, 'MODIFIED')
    },
    patch: async (resource: ResourceType<unknown>, name: ObjectName, body: PatchBody, options: WriteOptions = {}) => this.#patch(resource, name, body, options),
    delete: async (resource: ResourceType<unknown>, name: ObjectName, options: { gracePeriodSeconds?: number } = {}) => this.delete(resource, name, options),
    createSubresource: async (_: ResourceType<unknown>, name: ObjectName, subresource: string, body: object) => this.onSubresource(subresource, name, body),
  } as unknown as Client

  create<T>(resource: ResourceType<T>, object: unknown): T {
    const stored = structuredClone(object) as Stored
    if (resource.plural.endsWith('reviews')) return { ...stored, status: this.onReview(resource.kind, stored.spec) } as T
    if (this.#all(resource).has(keyOf(stored))) throw alreadyExists(resource, stored.metadata.name)
    Object.assign(stored.metadata, { uid: crypto.randomUUID(), creationTimestamp: new Date().toISOString(), generation: 1 })
    return this.#store(resource, stored, 'ADDED') as T
  }

  /** Changes the spec or metadata as a client would. */
  change<T>(resource: ResourceType<T>, name: ObjectName, change: (object: Mutable<T>) => void): T {
    const copy = structuredClone(this.#find(resource, name))
    change(copy as Mutable<T>)
    copy.metadata.generation = (copy.metadata.generation ?? 0) + 1
    return this.#store(resource, copy, 'MODIFIED') as T
  }

  get<T>(resource: ResourceType<T>, name: ObjectName): T | undefined {
    return this.#all(resource).get(keyOf({ metadata: name })) as T | undefined
  }

  all<T>(resource: ResourceType<T>): T[] {
    return [...this.#all(resource).values()] as T[]
  }

  /** Pods stay, marked, until somebody deletes them with grace 0. */
  delete(resource: ResourceType<unknown>, name: ObjectName, { gracePeriodSeconds }: { gracePeriodSeconds?: number } = {}): void {
    const current = structuredClone(this.#find(resource, name))
    const spec = current.spec as { nodeName?: string; terminationGracePeriodSeconds?: number } | undefined
    const grace = gracePeriodSeconds ?? spec?.terminationGracePeriodSeconds ?? 30
    if (resource.plural === 'pods' && spec?.nodeName && grace > 0) {
      current.metadata.deletionTimestamp ??= new Date(Date.now() + grace * 1000).toISOString()
      current.metadata.deletionGracePeriodSeconds = grace
      this.#store(resource, current, 'MODIFIED')
      return
    }
    this.#all(resource).delete(keyOf(current))
    current.metadata.resourceVersion = String(++this.#revision)
    this.#emit(resource, { type: 'DELETED', object: current })
  }

  #patch(resource: ResourceType<unknown>, name: ObjectName, body: PatchBody, { subresource }: WriteOptions): KubeObject {
    const current = this.#find(resource, name)
    const patch = body.patch as never
    const wanted = (body.patch as { metadata?: { uid?: string } }).metadata?.uid
    if (wanted && wanted !== current.metadata.uid) throw conflict(resource, name.name, 'the UID in the precondition does not match')
    const typeName = `${resource.group ? resource.group.split('.')[0] : 'core'}/${resource.version}.${resource.kind}`
    const patched = (body.type === 'strategic'
      ? applyStrategicMergePatch(schema, schemaName(typeName, resource), current as never, patch)
      : applyMergePatch(current as never, patch)) as unknown as Stored
    const next = subresource === 'status' ? { ...current, status: patched.status } : patched
    return this.#store(resource, structuredClone(next) as Stored, 'MODIFIED')
  }

  #store(resource: ResourceType<unknown>, object: Stored, type: 'ADDED' | 'MODIFIED'): KubeObject {
    object.metadata.resourceVersion = String(++this.#revision)
    this.#all(resource).set(keyOf(object), object)
    this.#emit(resource, { type, object })
    return structuredClone(object)
  }

  #emit(resource: ResourceType<unknown>, event: WatchEvent<KubeObject>): void {
    for (const watcher of this.#watchers.get(resource.plural) ?? []) watcher(structuredClone(event))
  }

  #all(resource: ResourceType<unknown>): Map<string, Stored> {
    if (!this.#objects.has(resource.plural)) this.#objects.set(resource.plural, new Map())
    return this.#objects.get(resource.plural)!
  }

  #find(resource: ResourceType<unknown>, name: ObjectName): Stored {
    const found = this.#all(resource).get(keyOf({ metadata: name }))
    if (!found) throw notFound(resource, name.name)
    return found
  }

  async *#watch(resource: ResourceType<unknown>, options: WatchOptions, signal: AbortSignal): AsyncGenerator<WatchEvent<KubeObject>> {
    const queue: WatchEvent<KubeObject>[] = []
    let wake = () => {}
    const watcher = (event: WatchEvent<KubeObject>) => (selected(event.object, options) ? (queue.push(event), wake()) : undefined)
    const watchers = this.#watchers.get(resource.plural) ?? new Set()
    this.#watchers.set(resource.plural, watchers)
    watchers.add(watcher)
    const since = Number(options.resourceVersion ?? 0)
    for (const object of this.#all(resource).values()) {
      const newer = Number(object.metadata.resourceVersion) > since
      if (selected(object, options) && (options.sendInitialEvents || newer)) queue.push({ type: 'ADDED', object: structuredClone(object) })
    }
    if (options.sendInitialEvents)
      queue.push({
        type: 'BOOKMARK',
        object: {
          apiVersion: 'v1',
          kind: resource.kind,
          metadata: { resourceVersion: String(this.#revision), annotations: { 'k8s.io/initial-events-end': 'true' } },
        } as unknown as KubeObject,
      })
    try {
      while (!signal.aborted) {
        const next = queue.shift()
        if (next) yield next
        else {
          const { promise, resolve } = Promise.withResolvers<void>()
          wake = resolve
          signal.addEventListener('abort', () => resolve(), { once: true })
          await promise
        }
      }
    } finally {
      watchers.delete(watcher)
    }
  }
}

function schemaName(guess: string, { kind, version, group }: ResourceType<unknown>): string {
  const suffix = `${version}.${kind}`
  const names = [guess, `${group}/${suffix}`, kind, ...schema.keys()]
  return names.find((n) => schema.has(n) && (n === kind || n.endsWith(kind)))!
}

function selected(object: KubeObject, { fieldSelector, namespace }: ListOptions): boolean {
  if (namespace && object.metadata.namespace !== namespace) return false
  return (fieldSelector ?? '').split(',').every((term) => {
    if (term === '') return true
    const [path = '', wanted] = term.split('=')
    const actual = path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], object)
    return (actual ?? '') === wanted
  })
}
