// JSON Merge Patch (RFC 7386) as the library that upstream uses applies it (evanphx/json-patch v4).
import { ApiError } from '../api-error.ts'
import { getMember, isObject, mapMembers, setMember } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { withinMaxDepth } from '../max-depth.ts'
import { kindOfJson } from './kind-of-json.ts'

/** Without members that are null, at every depth; null elements of lists stay. */
function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isObject(value)) return value
  const result: JsonObject = {}
  for (const key of Object.keys(value)) if (value[key] !== null) setMember(result, key, withoutNulls(value[key]!))
  return result
}

function merge(current: JsonValue, patch: JsonValue): JsonValue {
  if (!isObject(current)) return withoutNulls(patch)
  return isObject(patch) ? mergeObjects(current, patch) : patch
}

function mergeObjects(current: JsonObject, patch: JsonObject): JsonObject {
  const result = mapMembers(current, (value) => value)
  for (const key of Object.keys(patch)) {
    const value = patch[key]!
    if (value === null) delete result[key]
    else setMember(result, key, merge(getMember(current, key) ?? null, value))
  }
  return result
}

/**
 * @returns a new object that may share what did not change with `document` and `patch`; neither is changed
 * @throws {ApiError} 400 when the patch is no object
 */
export function applyMergePatch(document: JsonObject, patch: JsonValue): JsonObject {
  if (patch === null) throw new ApiError('BadRequest', 'Invalid JSON Patch')
  if (!isObject(patch)) {
    throw new ApiError('BadRequest', `error decoding patch: json: cannot unmarshal ${kindOfJson(patch)} into Go value of type map[string]interface {}`)
  }
  return withinMaxDepth(() => mergeObjects(document, patch))
}
