// metadata.managedFields: who owns which fields since when. Source: k8s.io/apimachinery pkg/util/managedfields/internal
// {managedfields,capmanagers,managedfieldsupdater}.go.
import { getMember, isObject } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { type FieldSet, isEmptySet, readSet, sortSet, union } from './field-set.ts'

export interface ManagerIdentity {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  /** An applier keeps its identity when it changes version; an updater does not. */
  readonly apiVersion: string
  readonly subresource: string
}

export interface ManagedEntry extends ManagerIdentity {
  /** Absent: never written to since tracking began. */
  readonly time?: string
  readonly set: FieldSet
  /** The entry as it was read, while it still says the same. */
  readonly source?: JsonObject
}

/** Entries by {@link identify}. */
export type ManagedEntries = Map<string, ManagedEntry>

/** More entries of updates than this are merged, oldest first, into one per version. */
const updateManagersMax = 10
const oldUpdatesManager = 'ancient-changes'

export function identify({ manager, operation, apiVersion, subresource }: ManagerIdentity): string {
  return JSON.stringify({
    ...(manager ? { manager } : {}),
    operation,
    ...(operation === 'Update' && apiVersion ? { apiVersion } : {}),
    ...(subresource ? { subresource } : {}),
  })
}

const text = (object: JsonObject, key: string): string => {
  const value = getMember(object, key)
  return typeof value === 'string' ? value : ''
}

function readEntry(source: JsonValue, index: number, fields: (value: JsonValue | undefined) => FieldSet): ManagedEntry {
  if (!isObject(source)) throw new SyntaxError('not an object')
  const operation = text(source, 'operation')
  if (operation !== 'Apply' && operation !== 'Update') throw new SyntaxError('operation must be `Apply` or `Update`')
  const apiVersion = text(source, 'apiVersion')
  if (apiVersion === '') throw new SyntaxError('apiVersion must not be empty')
  if (text(source, 'fieldsType') !== 'FieldsV1') throw new SyntaxError(`invalid fieldsType in managed fields entry ${index}`)
  const time = text(source, 'time')
  const set = fields(getMember(source, 'fieldsV1'))
  return { manager: text(source, 'manager'), operation, apiVersion, subresource: text(source, 'subresource'), ...(time ? { time } : {}), set, source }
}

function readEntries(value: JsonValue | undefined, fields: (value: JsonValue | undefined) => FieldSet): ManagedEntries {
  const entries: ManagedEntries = new Map()
  if (!Array.isArray(value)) return entries
  for (const [index, source] of value.entries()) {
    const entry = readEntry(source, index, fields)
    entries.set(identify(entry), entry)
  }
  return entries
}

/** Entries that a client wrote. @throws {SyntaxError} */
export function parseEntries(value: JsonValue | undefined): ManagedEntries {
  return readEntries(value, (fields) => readSet(fields))
}

/** Entries of a stored object: their sets are canonical, since everything stored went through here. Unreadable ones count as none. */
export function storedEntries(value: JsonValue | undefined): ManagedEntries {
  try {
    return readEntries(value, (fields) => (isObject(fields) ? (fields as FieldSet) : {}))
  } catch (error) {
    if (error instanceof SyntaxError) return new Map()
    throw error
  }
}

const seconds = ({ time }: ManagedEntry) => (time ? Math.floor(Date.parse(time) / 1000) : 0)
const order = <T>(a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0)

function compareEntries(a: ManagedEntry, b: ManagedEntry): number {
  return (
    order(a.operation, b.operation) ||
    seconds(a) - seconds(b) ||
    order(a.manager, b.manager) ||
    order(a.apiVersion, b.apiVersion) ||
    order(a.subresource, b.subresource)
  )
}

const writeEntry = (entry: ManagedEntry): JsonObject => entry.source ?? writeSorted({ ...entry, set: sortSet(entry.set) })

/** @param entry its set is in the order of the wire */
export function writeSorted({ manager, operation, apiVersion, subresource, time, set }: ManagedEntry): JsonObject {
  return {
    ...(manager ? { manager } : {}),
    operation,
    apiVersion,
    ...(time ? { time } : {}),
    fieldsType: 'FieldsV1',
    fieldsV1: set as JsonObject,
    ...(subresource ? { subresource } : {}),
  }
}

/** @returns undefined when nobody owns anything */
export function writeEntries(entries: ManagedEntries): JsonObject[] | undefined {
  return entries.size === 0 ? undefined : [...entries.values()].sort(compareEntries).map(writeEntry)
}

/** The entry with another set; the same entry when the set is the same. */
export function withSet({ source, ...entry }: ManagedEntry, set: FieldSet): ManagedEntry {
  return set === entry.set ? { ...entry, ...(source ? { source } : {}) } : { ...entry, set }
}

/** Replaces an entry's set; drops the entry when nothing is left. */
export function setFields(entries: ManagedEntries, id: string, set: FieldSet): void {
  if (isEmptySet(set)) entries.delete(id)
  else entries.set(id, withSet(entries.get(id)!, set))
}

/** Merges the oldest entries of updates while there are too many. */
export function capUpdateManagers(entries: ManagedEntries): void {
  const updaters = [...entries].filter(([, { operation }]) => operation === 'Update')
  let count = updaters.length
  if (count <= updateManagersMax) return
  updaters.sort(([idA, a], [idB, b]) => seconds(a) - seconds(b) || order(idA, idB))
  const firstOfVersion = new Map<string, string>()
  for (const [id, { apiVersion, time, set }] of updaters) {
    if (count <= updateManagersMax) return
    const first = firstOfVersion.get(apiVersion)
    if (first === undefined) {
      firstOfVersion.set(apiVersion, id)
      continue
    }
    const bucket: ManagerIdentity = { manager: oldUpdatesManager, operation: 'Update', apiVersion, subresource: '' }
    const bucketId = identify(bucket)
    const collected = entries.get(bucketId) ?? entries.get(first)!
    if (!entries.has(bucketId)) entries.delete(first)
    entries.delete(id)
    entries.set(bucketId, { ...bucket, ...(time ? { time } : {}), set: union(set, collected.set) })
    count--
  }
}
