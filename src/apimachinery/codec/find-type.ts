// From apiVersion and kind to a type of the schema table.
import { isRaw } from '../json-equal.ts'
import type { JsonValue } from '../json-value.ts'
import type { Schema } from '../schema.ts'
import { DecodeError } from './codec.ts'

/** @returns the type's name in the table; undefined for kinds that are not built in */
export type FindType = (group: string, version: string, kind: string) => string | undefined

/** The group and version of `apps/v1`, `v1`. */
export function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? { group: '', version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) }
}

/** Options and WatchEvent belong to every group and version; Status, APIGroup and the like are found under any, too. */
export function newFindType(schema: Schema): FindType {
  const byKey = new Map<string, string>()
  const everywhere = new Map<string, string>()
  for (const [name, type] of schema) {
    if (type.gvk) byKey.set(`${type.gvk.group}/${type.gvk.version}/${type.gvk.kind}`, name)
    if (type.everyGroupVersion || type.unversioned) everywhere.set(name.slice(name.lastIndexOf('.') + 1), name)
  }
  return (group, version, kind) => byKey.get(`${group}/${version}/${kind}`) ?? everywhere.get(kind)
}

/** {@link FindType} by `apiVersion`, as the protobuf decoder wants it. */
export function newTypeNameOf(schema: Schema): (apiVersion: string, kind: string) => string | undefined {
  const find = newFindType(schema)
  return (apiVersion, kind) => {
    const { group, version } = splitApiVersion(apiVersion)
    return find(group, version, kind)
  }
}

const goStruct = String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`

/**
 * What upstream reads first of any JSON body; empty texts where the body does not say.
 * @throws {DecodeError} with upstream's message, `couldn't get version/kind; json parse error: …`
 */
export function typeMetaOf(value: JsonValue): { apiVersion: string; kind: string } {
  const fail = (found: string, where: string, type: string) => {
    throw new DecodeError(`couldn't get version/kind; json parse error: json: cannot unmarshal ${found} into Go ${where} of type ${type}`)
  }
  if (value === null) return { apiVersion: '', kind: '' }
  if (typeof value !== 'object' || Array.isArray(value) || isRaw(value)) return fail(jsonTypeOf(value), 'value', goStruct)
  const { apiVersion = null, kind = null } = value
  if (apiVersion !== null && typeof apiVersion !== 'string') return fail(jsonTypeOf(apiVersion), 'struct field .apiVersion', 'string')
  if (kind !== null && typeof kind !== 'string') return fail(jsonTypeOf(kind), 'struct field .kind', 'string')
  return { apiVersion: apiVersion ?? '', kind: kind ?? '' }
}

/** JSON's name for the type of a value, in Go's words. */
export function jsonTypeOf(value: JsonValue): string {
  if (typeof value === 'boolean') return 'bool'
  if (Array.isArray(value)) return 'array'
  return isRaw(value) ? 'number' : typeof value
}
