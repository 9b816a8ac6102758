// Server-side apply and the ownership of fields. Every write goes through `update` or `apply`, which record in
// metadata.managedFields who set which fields when.
//
//   update  the object is as the client wants it: whoever writes owns what it added or changed
//   apply   the client states only the fields it cares about: they are merged into the live object; what it stated last time and
//           not now goes, unless someone else owns it; what someone else owns with another value is a conflict, unless forced
//
// Source: k8s.io/apimachinery pkg/util/managedfields and structured-merge-diff (Kubernetes 1.36).
import { formatTime } from '../../util/clock.ts'
import { ApiError } from '../api-error.ts'
import { cloneJson, getMember, isObject, jsonEqual, mapMembers } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { withinMaxDepth } from '../max-depth.ts'
import type { Schema } from '../schema.ts'
import { conflictError, type Conflict } from './conflicts.ts'
import { ownedByCreator } from './created.ts'
import { difference, emptySet, type FieldSet, hasPath, isEmptySet, setOfFields, union } from './field-set.ts'
import { fieldsOfLastApplied, kubectlManager, withLastApplied } from './last-applied.ts'
import {
  capUpdateManagers,
  identify,
  type ManagedEntries,
  type ManagedEntry,
  type ManagerIdentity,
  parseEntries,
  setFields,
  storedEntries,
  withSet,
  writeEntries,
  writeSorted,
} from './managed-entries.ts'
import { reconcileWithSchema } from './reconcile.ts'
import { type Ownable, ownableFilter } from './ownable.ts'
import { SchemaTypes, type TypeSource } from './type-view.ts'
import { applyConfiguration, type Applied, type OwnershipOptions, trackUpdate, type Versions } from './updater.ts'
import { validationError } from './validate.ts'

interface WriteRequest extends Ownable {
  /** Schema type of the objects, in the version of the request. */
  readonly typeName: string
  readonly apiVersion: string
  /** The stored object; undefined on creation. */
  readonly live: JsonObject | undefined
  /** '' becomes "unknown". See {@link managerOrUserAgent}. */
  readonly manager: string
  /** '' for the resource itself. */
  readonly subresource: string
  readonly nowMs: number
}

export interface UpdateRequest extends WriteRequest {
  /** The object as it is to be stored, in canonical form. */
  readonly updated: JsonObject
}

export interface ApplyRequest extends WriteRequest {
  /** The configuration as it was sent, not defaulted. */
  readonly applied: JsonObject
  readonly force: boolean
  /** The kind that the endpoint serves; default: the schema type's. */
  readonly kind?: string
}

export interface FieldManager {
  /** @returns `updated` with its managedFields (a new object where they change; no argument is changed) */
  update(request: UpdateRequest): JsonObject
  /**
   * @returns the object to store, not yet in canonical form, defaulted or validated; the caller's own: it shares nothing with the arguments
   * @throws {ApiError} 409 with the conflicts; 400 for a configuration of another kind; 500 (as upstream) for one that does not fit its type
   */
  apply(request: ApplyRequest): JsonObject
}

export interface FieldManagerOptions {
  /**
   * Sees an object in another version of its group. Needed where a kind is served in several.
   * @returns undefined when that version is not served any more: its owners are forgotten
   */
  readonly convert?: (object: JsonObject, toApiVersion: string) => { readonly object: JsonObject; readonly typeName: string } | undefined
}

const beforeFirstApply = 'before-first-apply'

/** What nobody owns: the server's own fields. */
const stripped: FieldSet = setOfFields([
  ['apiVersion'],
  ['kind'],
  ['metadata'],
  ...['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation', 'managedFields', 'resourceVersion'].map((name) => [
    'metadata',
    name,
  ]),
])

const metadataOf = (object: JsonObject | undefined): JsonObject => {
  const metadata = object && getMember(object, 'metadata')
  return isObject(metadata) ? metadata : {}
}

const managedFieldsOf = (object: JsonObject | undefined) => getMember(metadataOf(object), 'managedFields')

/** The object with other managedFields, or none; in place of the old ones, else last of its metadata. */
function withManagedFields(object: JsonObject, managedFields: JsonValue | undefined): JsonObject {
  const old = managedFieldsOf(object)
  if (old === managedFields || !isObject(getMember(object, 'metadata'))) return object
  return mapMembers(object, (value, key) => {
    if (key !== 'metadata') return value
    const { managedFields: _, ...metadata } = value as JsonObject
    return managedFields === undefined ? metadata : { ...metadata, managedFields }
  })
}

/** A client asks to start over: an empty list, or one entry without content. */
function isReset(managedFields: JsonValue | undefined): boolean {
  if (!Array.isArray(managedFields) || managedFields.length > 1) return false
  const [entry] = managedFields
  return entry === undefined || (isObject(entry) && Object.values(entry).every((value) => value === '' || value === null))
}

/** The entries that a write starts from: those of the request, unless it comes through a subresource or brings none that are good. */
function entriesOf(live: JsonObject | undefined, updated: JsonObject, subresource: string): ManagedEntries {
  const [stored, sent] = [managedFieldsOf(live), managedFieldsOf(updated)]
  if (subresource || sent === undefined || sent === stored) return storedEntries(stored)
  if (isReset(sent)) return new Map()
  if (jsonEqual(sent, stored)) return storedEntries(stored)
  try {
    const entries = parseEntries(sent)
    return entries.size > 0 ? entries : storedEntries(stored)
  } catch (error) {
    if (error instanceof SyntaxError) return storedEntries(stored)
    throw error
  }
}

function groupVersionKind(apiVersion: string, kind: string): string {
  const parts = apiVersion.split('/')
  const [group, version] = parts.length > 2 ? ['', ''] : parts.length === 2 ? parts : ['', apiVersion]
  return `${group}/${version}, Kind=${kind}`
}

const stringOf = (value: JsonValue | undefined) => (typeof value === 'string' ? value : '')

class Manager implements FieldManager {
  readonly #types: TypeSource
  readonly #kindOf: (typeName: string) => string | undefined
  readonly #convert: FieldManagerOptions['convert']

  constructor(types: TypeSource, kindOf: (typeName: string) => string | undefined, options: FieldManagerOptions) {
    this.#types = types
    this.#kindOf = kindOf
    this.#convert = options.convert
  }

  update(request: UpdateRequest): JsonObject {
    return withinMaxDepth(() => this.#update(request))
  }

  apply(request: ApplyRequest): JsonObject {
    return withinMaxDepth(() => this.#apply(request))
  }

  #update(request: UpdateRequest): JsonObject {
    const { live, updated, subresource } = request
    if (!isObject(getMember(updated, 'metadata'))) return updated
    const entries = this.#reconciled(request, entriesOf(live, updated, subresource))
    const exists = stringOf(getMember(metadataOf(live), 'uid')) !== ''
    if (entries.size === 0 && exists) return withManagedFields(updated, undefined)
    if (live === undefined && entries.size === 0) return this.#created(request)
    const before = withManagedFields(live ?? this.#types.empty(request.typeName), undefined)
    this.#track(request, before, withManagedFields(updated, undefined), entries, request.manager)
    return withManagedFields(updated, writeEntries(entries))
  }

  /** Nobody owns anything yet: all that is new is the creator's. */
  #created(request: UpdateRequest): JsonObject {
    const { typeName, apiVersion, subresource, manager, nowMs, updated } = request
    const object = withManagedFields(updated, undefined)
    const owned = ownableFilter(request)(ownedByCreator(this.#types.root(typeName), this.#types.empty(typeName), object))
    const set = difference(owned, stripped)
    if (isEmptySet(set)) return object
    const entry: ManagedEntry = { manager: manager || 'unknown', operation: 'Update', apiVersion, subresource, time: formatTime(nowMs), set }
    return withManagedFields(object, [writeSorted(entry)])
  }

  #apply(request: ApplyRequest): JsonObject {
    const { typeName, apiVersion, manager, applied, nowMs, subresource } = request
    const config = this.#configuration(request)
    const kind = stringOf(getMember(applied, 'kind'))
    let live = withManagedFields(request.live ?? { apiVersion, kind, ...this.#types.empty(typeName) }, undefined)
    if (request.live) this.#checkLive(request, live)
    const entries = this.#reconciled(request, storedEntries(managedFieldsOf(request.live)))
    if (entries.size === 0) this.#track(request, this.#types.empty(typeName), live, entries, beforeFirstApply)
    const options = this.#options(request)
    const applier: ManagerIdentity = { manager: manager || 'unknown', operation: 'Apply', apiVersion, subresource }
    const result = applyConfiguration(live, config, entries, applier, options)
    if (!request.force) refuse(result, manager === kubectlManager ? fieldsOfLastApplied(options.versions.type, apiVersion, live) : undefined)
    const id = identify(applier)
    const own = result.entries.get(id)
    if (own) setFields(result.entries, id, difference(own.set, stripped))
    const kept = result.entries.get(id)
    if (kept && result.object) result.entries.set(id, { ...kept, time: formatTime(nowMs) })
    live = result.object ?? live
    if (manager === kubectlManager) live = withLastApplied(live, config)
    return cloneJson(withManagedFields(live, writeEntries(result.entries)))
  }

  /** The configuration, checked for its kind and type. */
  #configuration({ typeName, apiVersion, applied, kind = this.#kindOf(typeName) }: ApplyRequest): JsonObject {
    checkAppliedKind(applied, apiVersion, kind)
    const managedFields = managedFieldsOf(applied)
    if (managedFields !== undefined && managedFields !== null) throw new ApiError('BadRequest', 'metadata.managedFields must be nil')
    const config = withManagedFields(applied, undefined)
    const error = validationError(this.#types.root(typeName), config)
    if (error !== undefined) throw notTyped('patch', apiVersion, config, error)
    return config
  }

  /** What was stored under another schema may not fit the one of now: then nothing can be merged into it. */
  #checkLive({ typeName, apiVersion }: ApplyRequest, live: JsonObject): void {
    const error = this.#types.mayChange ? validationError(this.#types.root(typeName), live, { allowDuplicates: true }) : undefined
    if (error !== undefined) throw notTyped('live', apiVersion, live, error)
  }

  #options(request: WriteRequest): OwnershipOptions {
    const { typeName, apiVersion } = request
    const types = this.#types
    const convert = this.#convert
    const versions: Versions = {
      own: apiVersion,
      type: types.root(typeName),
      convert(object, _, to) {
        if (!convert) return 'unknown'
        const converted = convert(object, to)
        return converted && { object: converted.object, type: types.root(converted.typeName) }
      },
    }
    return { versions, ownable: ownableFilter(request) }
  }

  /** The entries in line with the type as it is now. Those of other versions are left alone. */
  #reconciled({ typeName, apiVersion }: WriteRequest, entries: ManagedEntries): ManagedEntries {
    if (!this.#types.mayChange) return entries
    const type = this.#types.root(typeName)
    for (const [id, entry] of entries) if (entry.apiVersion === apiVersion) entries.set(id, withSet(entry, reconcileWithSchema(type, entry.set)))
    return entries
  }

  /** Records in `entries` that `manager` made `updated` of `live`. */
  #track(request: WriteRequest, live: JsonObject, updated: JsonObject, entries: ManagedEntries, manager: string): void {
    const { apiVersion, subresource, nowMs } = request
    const set = difference(trackUpdate(live, updated, entries, this.#options(request)), stripped)
    if (!isEmptySet(set)) {
      const identity: ManagerIdentity = { manager: manager || 'unknown', operation: 'Update', apiVersion, subresource }
      const id = identify(identity)
      entries.set(id, { ...identity, time: formatTime(nowMs), set: union(set, entries.get(id)?.set ?? emptySet) })
    }
    capUpdateManagers(entries)
  }
}

function notTyped(which: 'patch' | 'live', apiVersion: string, object: JsonObject, error: string): ApiError {
  const { name, namespace } = metadataOf(object)
  const what = `${stringOf(namespace)}/${stringOf(name)}; ${groupVersionKind(apiVersion, stringOf(getMember(object, 'kind')))}`
  return new ApiError('', `failed to create typed ${which} object (${what}): ${error}`, { code: 500 })
}

/** @param allowed fields that may be taken all the same */
function refuse({ conflicts }: Applied, allowed: FieldSet | undefined): void {
  const left: readonly Conflict[] = allowed ? conflicts.filter(({ path }) => !hasPath(allowed, path)) : conflicts
  if (left.length > 0) throw conflictError(left)
}

/**
 * An apply must name the kind that the endpoint serves.
 * @throws {ApiError} 400
 */
export function checkAppliedKind(applied: JsonObject, apiVersion: string, kind: string | undefined): void {
  const [sentVersion, sentKind] = [stringOf(getMember(applied, 'apiVersion')), stringOf(getMember(applied, 'kind'))]
  if (sentVersion === apiVersion && (kind === undefined || sentKind === kind)) return
  throw new ApiError('BadRequest', `invalid object type: ${groupVersionKind(sentVersion, sentKind)}`)
}

/** For built-in kinds. Pure: holds nothing but views of the schema, so one serves all requests. */
export function newFieldManager(schema: Schema, options: FieldManagerOptions = {}): FieldManager {
  return new Manager(new SchemaTypes(schema), (typeName) => schema.get(typeName)?.gvk?.kind, options)
}

/** For kinds whose types come from elsewhere (custom resources). The kind must be given with every apply. */
export function newFieldManagerFor(types: TypeSource, options: FieldManagerOptions = {}): FieldManager {
  return new Manager(types, () => undefined, options)
}
