// A JSON or merge patch under `fieldValidation=Ignore`: only the library that applies it looks at it, and says so in other words than the
// strict reader does. Source: k8s.io/apiserver pkg/endpoints/handlers/patch.go (applyJSPatch), gopkg.in/evanphx/json-patch.v4.
import { badRequest } from '../../apimachinery/api-error.ts'
import { isObject } from '../../apimachinery/json-equal.ts'
import type { JsonObject, JsonValue } from '../../apimachinery/json-value.ts'
import { kindOfJson } from '../../apimachinery/patch/kind-of-json.ts'

/** What is no text says nothing: the operation is then an unknown one, or without a path. @throws {ApiError} 400 */
export function unvalidatedOperations(patch: JsonValue): JsonValue {
  if (patch === null) return patch
  if (!Array.isArray(patch)) throw badRequest(`json: cannot unmarshal ${kindOfJson(patch)} into Go value of type jsonpatch.Patch`)
  return patch.map((operation) => {
    if (operation === null) return operation
    if (!isObject(operation)) throw badRequest(`json: cannot unmarshal ${kindOfJson(operation)} into Go value of type jsonpatch.Operation`)
    return { ...operation, ...textsOnly(operation) }
  })
}

function textsOnly(operation: JsonObject): JsonObject {
  const members = ['op', 'path', 'from'].filter((name) => Object.hasOwn(operation, name))
  return Object.fromEntries(members.map((name) => [name, typeof operation[name] === 'string' ? operation[name] : null]))
}

/** Whatever is wrong with a merge patch, this is all that is said. */
export const badMergePatch = () => badRequest('Invalid JSON Patch')
