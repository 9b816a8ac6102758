// Ownership: who owns what after an object changed, and what an apply makes of an object. Source: structured-merge-diff
// merge/update.go.
import { jsonEqual } from '../json-equal.ts'
import type { JsonObject } from '../json-value.ts'
import { type Comparison, compare } from './compare.ts'
import { type Conflict, conflictsOf } from './conflicts.ts'
import { difference, emptySet, type FieldSet, intersection, isEmptySet, union } from './field-set.ts'
import { identify, type ManagedEntries, type ManagedEntry, type ManagerIdentity, setFields } from './managed-entries.ts'
import { merge } from './merge.ts'
import { removeItems } from './remove.ts'
import { toFieldSet, withNamedFields } from './to-field-set.ts'
import type { OwnableFilter } from './ownable.ts'
import type { TypeNode } from './type-node.ts'

export interface Versioned {
  readonly object: JsonObject
  readonly type: TypeNode
}

/** How to see an object in other versions than the request's. */
export interface Versions {
  readonly own: string
  readonly type: TypeNode
  /** @returns undefined when the object has no such version (any more); 'unknown' when conversion is not possible here */
  convert(object: JsonObject, from: string, to: string): Versioned | undefined | 'unknown'
}

export interface OwnershipOptions {
  readonly versions: Versions
  /** Leaves out the fields that the request cannot change, whatever it says (status, on the main resource). */
  readonly ownable: OwnableFilter
}

const filtered = ({ added, modified, removed }: Comparison, ownable: OwnableFilter): Comparison => ({
  added: ownable(added),
  modified: ownable(modified),
  removed: ownable(removed),
})

/** Compares two objects in every version that is asked for, each once. */
class Changes {
  readonly #live: JsonObject
  readonly #changed: JsonObject
  readonly #options: OwnershipOptions
  readonly #byVersion = new Map<string, Comparison | undefined | 'unknown'>()

  constructor(live: JsonObject, changed: JsonObject, options: OwnershipOptions) {
    this.#live = live
    this.#changed = changed
    this.#options = options
  }

  in(version: string): Comparison | undefined | 'unknown' {
    if (!this.#byVersion.has(version)) this.#byVersion.set(version, this.#compare(version))
    return this.#byVersion.get(version)
  }

  #compare(version: string): Comparison | undefined | 'unknown' {
    const { versions, ownable } = this.#options
    if (version === versions.own) return filtered(compare(versions.type, this.#live, this.#changed), ownable)
    const live = versions.convert(this.#live, versions.own, version)
    const changed = versions.convert(this.#changed, versions.own, version)
    if (live === undefined || changed === undefined) return undefined
    if (live === 'unknown' || changed === 'unknown') return 'unknown'
    return filtered(compare(live.type, live.object, changed.object), ownable)
  }
}

/** What others lose to the change; their entries are changed. @returns the conflicts, were the change not allowed to take */
function takeFromOthers(entries: ManagedEntries, changes: Changes, self: string): readonly Conflict[] {
  const conflicts: Conflict[] = []
  for (const [id, entry] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (id === self) continue
    const comparison = changes.in(entry.apiVersion)
    if (comparison === 'unknown') continue
    if (comparison === undefined) {
      entries.delete(id)
      continue
    }
    const taken = union(comparison.modified, comparison.added)
    if (!isEmptySet(taken)) conflicts.push(...conflictsOf(entry, intersection(entry.set, taken)))
    setFields(entries, id, difference(difference(entry.set, taken), comparison.removed))
  }
  return conflicts
}

/**
 * After a create, update or patch: takes what changed from its owners.
 * @param entries changed in place
 * @returns what the request owns by what it changed
 */
export function trackUpdate(live: JsonObject, changed: JsonObject, entries: ManagedEntries, options: OwnershipOptions): FieldSet {
  const changes = new Changes(live, changed, options)
  takeFromOthers(entries, changes, '')
  const own = changes.in(options.versions.own) as Comparison
  return union(own.modified, own.added)
}

export interface Applied {
  /** undefined: the configuration changes nothing. */
  readonly object: JsonObject | undefined
  readonly entries: ManagedEntries
  /** Not empty: the apply is refused unless it was forced. */
  readonly conflicts: readonly Conflict[]
}

/** Merges a configuration into the live object, removes what the applier stated before and states no longer, and moves ownership. */
export function applyConfiguration(live: JsonObject, config: JsonObject, before: ManagedEntries, applier: ManagerIdentity, options: OwnershipOptions): Applied {
  const { type, own } = options.versions
  const entries = new Map(before)
  const id = identify(applier)
  const last = before.get(id)
  const set = options.ownable(toFieldSet(type, config))
  entries.set(id, { ...applier, ...(last?.time ? { time: last.time } : {}), apiVersion: own, set })
  const merged = merge(type, live, config)
  const object = last && !isEmptySet(last.set) ? prune(merged, entries, last, options.versions) : merged
  const conflicts = takeFromOthers(entries, new Changes(live, object, options), id)
  if (isEmptySet(set)) entries.delete(id)
  return { object: jsonEqual(live, object) ? undefined : object, entries, conflicts }
}

/** Removes the items that the applier owned last and owns no more, unless someone else does. */
function prune(merged: JsonObject, entries: ManagedEntries, last: ManagedEntry, versions: Versions): JsonObject {
  const start = last.apiVersion === versions.own ? { object: merged, type: versions.type } : versions.convert(merged, versions.own, last.apiVersion)
  if (start === undefined || start === 'unknown') return merged
  const lastSet = withNamedFields(last.set, start.type)
  let pruned = removeItems(start.type, start.object, lastSet)
  pruned = addBackOwned({ ...start, object: pruned }, start, entries, last.apiVersion, versions)
  const mergedSet = withNamedFields(toFieldSet(start.type, start.object), start.type)
  const prunedSet = withNamedFields(toFieldSet(start.type, pruned), start.type)
  // Only what the applier itself owned may go: what nobody owns, or only updates do, comes back.
  const result = removeItems(start.type, start.object, intersection(difference(mergedSet, prunedSet), lastSet))
  if (last.apiVersion === versions.own) return result
  const converted = versions.convert(result, last.apiVersion, versions.own)
  return converted === undefined || converted === 'unknown' ? merged : converted.object
}

/** Puts back what others (or the applier's new configuration) own, in each version that ownership is recorded in. */
function addBackOwned(pruned: Versioned, merged: Versioned, entries: ManagedEntries, version: string, versions: Versions): JsonObject {
  const managed = new Map<string, FieldSet>()
  for (const entry of entries.values()) managed.set(entry.apiVersion, union(managed.get(entry.apiVersion) ?? emptySet, entry.set))
  const order = [...managed.keys()].sort((a, b) => Number(b === version) - Number(a === version))
  let kept = pruned.object
  for (const at of order) {
    const full = at === version ? merged : versions.convert(merged.object, version, at)
    const part = at === version ? { ...pruned, object: kept } : versions.convert(kept, version, at)
    if (full === undefined || part === undefined || full === 'unknown' || part === 'unknown') continue
    const { type } = full
    const all = withNamedFields(toFieldSet(type, full.object), type)
    const keep = union(withNamedFields(toFieldSet(type, part.object), type), withNamedFields(managed.get(at)!, type))
    const result = removeItems(type, full.object, difference(all, keep))
    const back = at === version ? { object: result } : versions.convert(result, at, version)
    if (back !== undefined && back !== 'unknown') kept = back.object
  }
  return kept
}
