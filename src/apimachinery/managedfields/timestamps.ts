// A write that changes nothing but times of managedFields changes nothing. Source: k8s.io/apiserver
// pkg/endpoints/handlers/fieldmanager/equality.go.
import { getMember, isObject, jsonEqual } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'

function split(object: JsonObject): { rest: JsonObject; metadata: JsonObject; managedFields: JsonValue | undefined } {
  const { metadata: value = {}, ...rest } = object
  const { managedFields, ...metadata } = isObject(value) ? value : {}
  return { rest, metadata, managedFields }
}

const withoutTime = (entry: JsonValue): JsonValue => {
  if (!isObject(entry)) return entry
  const { time: _, ...rest } = entry
  return rest
}

/**
 * @param updated in canonical form, as `live` is
 * @returns `updated`, or, when only times of its managedFields differ from `live`, `updated` with the old times
 */
export function keepManagedFieldsTimes(live: JsonObject, updated: JsonObject): JsonObject {
  const [before, after] = [split(live), split(updated)]
  if (!Array.isArray(before.managedFields) || !Array.isArray(after.managedFields)) return updated
  if (before.managedFields.length !== after.managedFields.length) return updated
  const sameOwners = before.managedFields.every((entry, index) => jsonEqual(withoutTime(entry), withoutTime((after.managedFields as JsonValue[])[index]!)))
  if (!sameOwners || !jsonEqual(before.metadata, after.metadata) || !jsonEqual(before.rest, after.rest)) return updated
  return { ...updated, metadata: { ...(getMember(updated, 'metadata') as JsonObject), managedFields: before.managedFields } }
}
