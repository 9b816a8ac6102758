// One store does reads and writes for every resource; what differs between resources is in their strategies.
// Source: k8s.io/apiserver pkg/registry/generic/registry/store.go, pkg/registry/rest.
import { ApiError, alreadyExists, conflict, notFound, qualified } from '../../../apimachinery/api-error.ts'
import type { Codec } from '../../../apimachinery/codec/codec.ts'
import { invalid, newInvalid } from '../../../apimachinery/field-errors.ts'
import { cloneJson } from '../../../apimachinery/json-equal.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { KubeObject, Mutable } from '../../../api/object.ts'
import type { KeyValue, Storage } from '../../../storage/storage.ts'
import type { Clock } from '../../../util/clock.ts'
import { inTurns } from '../../../util/steps.ts'
import type { TimePart } from '../../audit/audit-trail.ts'
import type { AdmissionOperation, Input } from '../../admission/admission.ts'
import type { Cacher } from '../../cacher/cacher.ts'
import { Entry } from '../../cacher/entry.ts'
import { type ListAnswer, type ListRequest, list } from '../../cacher/list.ts'
import { startWatch, type WatchRequest } from '../../cacher/start-watch.ts'
import type { Watcher } from '../../cacher/watcher.ts'
import type { AdmissionChain } from './admission-chain.ts'
import { beforeCreate, beforeUpdate, fillMetadata } from './before-write.ts'
import { deleteObject, type DeleteOutcome } from './delete.ts'
import { defaultStrategy, strategyFor } from './default-strategy.ts'
import type { DeleteOptions } from './graceful-deletion.ts'
import { type Changed, EntryStore, type EntryStoreOptions } from './entry-store.ts'
import { generateAttemptsMax } from './names.ts'
import { checkKeyName, keyUnder } from './keys.ts'
import { equalButForTimes } from './no-op.ts'
import { dedupOwnerReferences } from './owner-references.ts'
import { preconditionFailed } from './precondition.ts'
import type { WriteContext } from './store-context.ts'
import { apiVersionOf, type StoredResource } from './stored-resource.ts'
import type { Effect, Strategy } from './strategy.ts'
import { type Turn, turnFor } from './turns.ts'

export interface StoreOptions extends EntryStoreOptions {
  readonly resource: StoredResource
  readonly strategy?: Strategy
  /** Whether a stored value is to be written again even by an update that changes nothing (encryption at rest). */
  readonly isStale?: (key: string) => Promise<boolean>
  readonly admission: AdmissionChain
}

export interface WriteOutcome {
  /** As stored, with its resourceVersion (a dry run: the one before). Read only. */
  readonly object: KubeObject
  /** Its bytes; undefined for a dry run. */
  readonly entry: Entry | undefined
  readonly created: boolean
}

/** Makes the new object of an update from the stored one (undefined: there is none), with turns when they are large. The result is the store's own. */
type Transform = (live: KubeObject | undefined, turn: Turn | undefined) => Promise<Mutable<KubeObject>> | Mutable<KubeObject>

export interface UpdateOptions {
  /** Creates an absent object whatever the strategy says (server-side apply). */
  readonly forceCreate?: boolean
  /** The object that is meant; another one, or none, is a conflict. */
  readonly uid?: string | undefined
  /** Called before an absent object is created: upstream checks the right to create. @throws {ApiError} */
  readonly beforeCreate?: (object: KubeObject) => Promise<void>
}

/** Attempts of a write whose object keeps changing under it: each lost race is another writer's success. */
const attemptsMax = 1000
const modified = 'the object has been modified; please apply your changes to the latest version and try again'

export class ResourceStore {
  readonly resource: StoredResource
  readonly strategy: Strategy
  readonly prefix: string
  readonly cacher: Cacher
  readonly codec: Codec
  readonly storage: Storage
  readonly admission: AdmissionChain
  readonly clock: Clock
  readonly #options: StoreOptions
  readonly #entries: EntryStore

  constructor(options: StoreOptions) {
    this.#options = options
    this.resource = options.resource
    this.strategy = options.strategy ?? defaultStrategy
    this.prefix = options.prefix
    this.codec = options.codec
    this.storage = options.storage
    this.admission = options.admission
    this.clock = options.clock
    this.#entries = new EntryStore(options, options.resource.type)
    this.cacher = this.#entries.cacher
  }

  keyOf(namespace: string, name: string): string {
    return keyUnder(this.prefix, this.resource.namespaced ? namespace : '', name)
  }

  /** The object as it is now. */
  read(key: string): Promise<Entry | undefined> {
    return this.#entries.read(key)
  }

  entryOf(item: KeyValue): Entry {
    return this.#entries.entryOf(item)
  }

  /**
   * @param resourceVersion '' for the newest state; otherwise at least as new
   * @throws {ApiError} 404; 504 when the version lies in the future
   */
  async get(namespace: string, name: string, resourceVersion = ''): Promise<Entry> {
    const key = this.keyOf(namespace, name)
    if (resourceVersion === '') return (await this.read(key)) ?? this.#missing(name)
    await this.cacher.start()
    const wanted = Number(resourceVersion)
    if (!(await this.cacher.waitFor(wanted))) {
      throw new ApiError('Timeout', `Too large resource version: ${wanted}, current: ${this.cacher.revision}`, {
        details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
      })
    }
    return this.cacher.get(key) ?? this.#missing(name)
  }

  async list(request: ListRequest): Promise<ListAnswer> {
    await this.cacher.start()
    return list(this.cacher, this.storage, this.#entries.entryOf, request)
  }

  async watch(request: WatchRequest): Promise<Watcher> {
    await this.cacher.start()
    return startWatch(this.cacher, request)
  }

  /** Writes go on where a single value that cannot be decrypted keeps the cache from being filled: reads of the others do, too. */
  async #cacheStarted(): Promise<void> {
    try {
      await this.cacher.start()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
    }
  }

  /** @param object the store's own from here on: defaulted, with its managed fields */
  async create(context: WriteContext, object: Mutable<KubeObject>): Promise<WriteOutcome> {
    await this.#cacheStarted()
    const attributes = this.attributes(context, 'CREATE', undefined)
    await this.admission.admit({ ...attributes, object })
    this.#dedupOwners(context, object)
    const generated = Boolean(object.metadata.generateName) && !object.metadata.name
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#createOnce(context, generated ? copyOf(object) : object, Boolean(object.metadata.generateName))
      } catch (error) {
        if (!generated || attempt === generateAttemptsMax || !(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error
      }
    }
  }

  async #createOnce(context: WriteContext, object: Mutable<KubeObject>, generateName: boolean): Promise<WriteOutcome> {
    const { resourceVersion = '' } = object.metadata
    fillMetadata(this.resource, context, object)
    const effect = await this.strategy.beginCreate?.(context, object)
    await turnFor(context.bodyBytes ?? 0)?.()
    return withEffect(effect, context, () => this.#validateAndCreate(context, object, generateName, resourceVersion))
  }

  /** @param sent the resourceVersion of the request: what does not exist has none */
  async #validateAndCreate(context: WriteContext, object: Mutable<KubeObject>, generateName: boolean, sent: string): Promise<WriteOutcome> {
    await inTurns(beforeCreate(this.resource, this.strategy, context, object), this.clock)
    await turnFor(context.bodyBytes ?? 0)?.()
    await this.admission.validate({ ...this.attributes(context, 'CREATE', undefined), object })
    const { name } = object.metadata
    const key = this.keyOf(object.metadata.namespace ?? '', name)
    if (!context.dryRun && /^0*[1-9]\d*$/.test(sent)) {
      throw new ApiError('', 'resourceVersion should not be set on objects to be created', { code: 500 })
    }
    if (context.dryRun) {
      const existing = await this.read(key)
      if (existing) throw this.#exists(existing.object() as unknown as KubeObject, name, generateName)
      // Nothing is written, so what the client sent stays.
      return {
        object: this.canonical(sent === '' ? object : { ...object, metadata: { ...object.metadata, resourceVersion: sent } }),
        entry: undefined,
        created: true,
      }
    }
    const entry = await this.#entries.put(key, this.canonical(object), 0, context.time)
    if (entry instanceof Entry) return new Written(entry, true)
    const existing = entry.current && this.entryOf(entry.current)
    throw this.#exists(existing?.object() as unknown as KubeObject | undefined, name, generateName)
  }

  /**
   * Writes an object that is known to be what {@link create} would have made.
   * @param make the object in canonical form and its JSON; with a generated name: another one each time
   */
  async createKnown(isGenerated: boolean, make: () => { readonly object: KubeObject; readonly value: Buffer }, time?: TimePart): Promise<Entry> {
    await this.#cacheStarted()
    for (let attempt = 1; ; attempt++) {
      const { object, value } = make()
      const { name, namespace = '', generateName } = object.metadata
      const entry = await this.#entries.write(this.keyOf(namespace, name), object as unknown as JsonObject, value, 0, time)
      if (entry instanceof Entry) return entry
      if (isGenerated && attempt < generateAttemptsMax) continue
      const existing = entry.current && this.entryOf(entry.current)
      throw this.#exists(existing?.object() as unknown as KubeObject | undefined, name, Boolean(generateName))
    }
  }

  /** What admission of an object like this one depends on; undefined: it must be asked each time. */
  creationInputs(context: WriteContext, object: KubeObject): readonly Input[] | undefined {
    return this.admission.inputs({ ...this.attributes(context, 'CREATE', undefined), object })
  }

  /** @throws {ApiError} 404, 409, 422, ... */
  async update(context: WriteContext, name: string, transform: Transform, options: UpdateOptions = {}): Promise<WriteOutcome> {
    await this.#cacheStarted()
    const key = this.keyOf(context.namespace, name)
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      context.signal.throwIfAborted()
      const live = await this.read(key)
      if (options.uid) this.#checkUid(key, name, options.uid, live)
      const outcome = live ? await this.#updateOnce(context, name, live, transform) : await this.#createByUpdate(context, name, transform, options)
      if (outcome) return outcome
    }
    throw conflict(this.resource, name, modified)
  }

  async #createByUpdate(context: WriteContext, name: string, transform: Transform, options: UpdateOptions): Promise<WriteOutcome | undefined> {
    checkKeyName(name)
    if (!options.forceCreate && !this.strategy.allowCreateOnUpdate) this.#missing(name)
    if (context.subresource) this.#missing(name)
    const object = await transform(undefined, turnFor(context.bodyBytes ?? 0))
    checkFormat(object.metadata.resourceVersion)
    // It guards what would be changed: here, nothing.
    if (!context.dryRun) delete (object.metadata as Partial<Mutable<KubeObject['metadata']>>).resourceVersion
    await options.beforeCreate?.(object)
    try {
      return await this.create(context, object)
    } catch (error) {
      if (error instanceof ApiError && error.reason === 'AlreadyExists') return undefined
      throw error
    }
  }

  async #updateOnce(context: WriteContext, name: string, live: Entry, transform: Transform): Promise<WriteOutcome | undefined> {
    const old = live.object() as unknown as KubeObject
    const strategy = strategyFor(this.strategy, context.subresource)
    const turn = turnFor(Math.max(context.bodyBytes ?? 0, live.byteLength))
    const object = await transform(old, turn)
    await turn?.()
    const attributes = this.attributes(context, 'UPDATE', old)
    await this.admission.admit({ ...attributes, object })
    this.#dedupOwners(context, object)
    this.#checkResourceVersion(strategy, name, object, live)
    const effect = await strategy.beginUpdate?.(context, object, old)
    await turn?.()
    return withEffect(effect, context, () => this.#validateAndUpdate(context, strategy, live, object, turn))
  }

  async #validateAndUpdate(
    context: WriteContext,
    strategy: Strategy,
    live: Entry,
    object: Mutable<KubeObject>,
    turn: Turn | undefined,
  ): Promise<WriteOutcome | undefined> {
    const old = live.object() as unknown as KubeObject
    await inTurns(beforeUpdate(this.resource, strategy, context, object, old), this.clock)
    await turn?.()
    await this.admission.validate({ ...this.attributes(context, 'UPDATE', old), object })
    const next = this.canonical(object)
    await turn?.()
    if (this.#isLastFinalizerGone(next)) return this.#removeByUpdate(context, live, next)
    const unchanged = equalButForTimes(next as unknown as JsonObject, live.object() as JsonObject)
    if (unchanged && !(await this.#options.isStale?.(live.key))) return { object: old, entry: live, created: false }
    if (context.dryRun) return { object: next, entry: undefined, created: false }
    const entry = await this.#entries.put(live.key, next, live.revision, context.time)
    return entry instanceof Entry ? new Written(entry, false) : undefined
  }

  /** @throws {ApiError} 409 */
  #checkUid(key: string, name: string, uid: string, live: Entry | undefined): void {
    const { uid: found = '' } = (live?.object() as unknown as KubeObject | undefined)?.metadata ?? {}
    if (uid !== found) throw preconditionFailed(this.resource, name, key, 'UID', uid, found)
  }

  /** Optimistic concurrency; an object without resourceVersion takes that of the stored one. */
  #checkResourceVersion(strategy: Strategy, name: string, object: Mutable<KubeObject>, live: Entry): void {
    const given = object.metadata.resourceVersion
    if (given !== undefined && given !== '' && given !== '0') {
      checkFormat(given)
      if (given !== String(live.revision)) throw conflict(this.resource, name, modified)
      return
    }
    if (strategy.allowUnconditionalUpdate === false) {
      throw newInvalid({ ...this.resource, kind: this.resource.plural }, name, [invalid('metadata.resourceVersion', 0, 'must be specified for an update')])
    }
    object.metadata.resourceVersion = String(live.revision)
  }

  #isLastFinalizerGone({ metadata, ...rest }: KubeObject): boolean {
    if (metadata.deletionTimestamp === undefined || metadata.finalizers?.length) return false
    const isNamespace = this.resource.group === '' && this.resource.plural === 'namespaces'
    // Namespaces have finalizers of their own and no grace.
    if (isNamespace) return !(rest as { spec?: { finalizers?: readonly string[] } }).spec?.finalizers?.length
    return metadata.deletionGracePeriodSeconds === 0
  }

  /** The update that takes the last finalizer off a marked object deletes it; the client gets what it would have written. */
  async #removeByUpdate(context: WriteContext, live: Entry, object: KubeObject): Promise<WriteOutcome | undefined> {
    if (!context.dryRun) {
      const stored = context.time?.('etcd')
      const result = await this.storage.delete(live.key, live.revision)
      stored?.()
      if (!result.ok && result.current) return undefined
      if (result.ok) await this.strategy.afterDelete?.(live.object() as unknown as KubeObject)
    }
    return { object, entry: undefined, created: false }
  }

  /** @returns the deleted (or marked) object, and whether it is gone */
  async delete(context: WriteContext, name: string, options: DeleteOptions): Promise<DeleteOutcome> {
    await this.#cacheStarted()
    return deleteObject(this, context, name, options)
  }

  /** Writes an object that has passed everything. @returns what was found instead, when the key has changed */
  replace(key: string, object: KubeObject, expectedRevision: number, time?: TimePart): Promise<Entry | Changed> {
    return this.#entries.put(key, this.canonical(object), expectedRevision, time)
  }

  canonical(object: KubeObject): KubeObject {
    return this.codec.canonical(this.resource.type, object as unknown as JsonObject) as unknown as KubeObject
  }

  attributes(context: WriteContext, operation: AdmissionOperation, oldObject: KubeObject | undefined) {
    const { group, version, kind, plural } = this.resource
    return {
      operation,
      kind: { group, version, kind },
      resource: { group, version, plural },
      subresource: context.subresource,
      namespace: this.resource.namespaced ? context.namespace : plural === 'namespaces' ? context.name : '',
      name: context.name,
      oldObject,
      options: context.options,
      dryRun: context.dryRun,
      user: context.user,
      warn: (message: string) => context.warn(message),
      annotate: (key: string, value: string) => context.annotate(key, value),
      time: context.time,
    }
  }

  #dedupOwners(context: WriteContext, object: Mutable<KubeObject>): void {
    const warning = dedupOwnerReferences(object, true)
    if (warning) context.warn(warning)
  }

  #exists(existing: KubeObject | undefined, name: string, generateName: boolean): ApiError {
    if (generateName) {
      const { details } = alreadyExists(this.resource, name)
      return new ApiError(
        'AlreadyExists',
        `${qualified(this.resource)} "${name}" already exists, the server was not able to generate a unique name for the object`,
        { details: { ...details, retryAfterSeconds: 1 } },
      )
    }
    const error = alreadyExists(this.resource, name)
    if (existing?.metadata.deletionTimestamp === undefined) return error
    return new ApiError('AlreadyExists', `object is being deleted: ${error.message}`, { details: error.details! })
  }

  /** @throws {ApiError} 404; 400 for a name that no object can have */
  #missing(name: string): never {
    checkKeyName(name)
    throw notFound(this.resource, name)
  }

  get apiVersion(): string {
    return apiVersionOf(this.resource)
  }
}

/** Most answers are the entry's bytes: its object is decoded when somebody asks. */
class Written implements WriteOutcome {
  readonly entry: Entry
  readonly created: boolean

  constructor(entry: Entry, created: boolean) {
    this.entry = entry
    this.created = created
  }

  get object(): KubeObject {
    return this.entry.object() as unknown as KubeObject
  }
}

/** Runs a write between the beginning and the end of an effect; what a dry run took is given back. */
async function withEffect<T>(effect: Effect | undefined, { dryRun }: WriteContext, write: () => Promise<T>): Promise<T> {
  let outcome: T
  try {
    outcome = await write()
  } catch (error) {
    await effect?.rollback?.()
    throw error
  }
  if (outcome === undefined || dryRun) await effect?.rollback?.()
  else await effect?.commit?.()
  return outcome
}

const copyOf = (object: Mutable<KubeObject>) => cloneJson(object as unknown as JsonObject) as unknown as Mutable<KubeObject>

/** @throws {ApiError} 500 (as upstream) */
function checkFormat(resourceVersion = ''): void {
  if (!/^\d*$/.test(resourceVersion)) throw new ApiError('', `strconv.ParseUint: parsing ${goQuote(resourceVersion)}: invalid syntax`, { code: 500 })
}
