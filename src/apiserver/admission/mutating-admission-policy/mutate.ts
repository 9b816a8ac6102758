// What a mutation makes of an object. Source: k8s.io/apiserver pkg/admission/plugin/policy/mutating/patch/{smd,json_patch}.go.
import { ApiError } from '../../../apimachinery/api-error.ts'
import { isObject } from '../../../apimachinery/json-equal.ts'
import type { JsonObject, JsonValue } from '../../../apimachinery/json-value.ts'
import { merge } from '../../../apimachinery/managedfields/merge.ts'
import type { TypeNode } from '../../../apimachinery/managedfields/type-node.ts'
import { memberType } from '../../../apimachinery/managedfields/type-view.ts'
import { validationError } from '../../../apimachinery/managedfields/validate.ts'
import { applyJsonPatch, FailedTest } from '../../../apimachinery/patch/json-patch.ts'
import { applyConfigurationOf, jsonPatchOf } from '../../../cel/kubernetes/admission/construction.ts'
import { CelError, type CelValue } from '../../../cel/values/value.ts'
import type { CompiledMutation } from './compile.ts'

/** A mutation that cannot be made; failurePolicy decides what that means. */
export class MutationError extends Error {
  override readonly name = 'MutationError'
}

/** Lists and maps that are replaced as a whole: a policy that names a part of one would take the rest away. */
function* atomics(type: TypeNode, value: JsonValue, path: string): Generator<string> {
  if (isObject(value) && type.map) {
    if (type.map.atomic) yield path
    for (const [name, member] of Object.entries(value)) if (type.map.field(name)) yield* atomics(memberType(type.map, name), member, `${path}.${name}`)
  } else if (Array.isArray(value) && type.list) {
    if (type.list.atomic) yield path
    for (const [i, item] of value.entries()) yield* atomics(type.list.element(), item, `${path}[${i}]`)
  }
}

function applied(object: JsonObject, configuration: JsonObject, type: TypeNode): JsonObject {
  const config = { apiVersion: object['apiVersion']!, kind: object['kind']!, ...configuration }
  const invalid = validationError(type, config)
  if (invalid) throw new MutationError(`error applying patch: failed to convert patch object to typed object: ${invalid}`)
  const whole = [...atomics(type, config, '')]
  if (whole.length > 0) {
    throw new MutationError(`error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${whole.join(', ')}`)
  }
  return merge(type, object, config)
}

function patched(object: JsonObject, operations: readonly JsonObject[]): JsonObject {
  try {
    const result = applyJsonPatch(object, operations as JsonValue)
    if (isObject(result)) return result
    throw new MutationError('JSONPath: the patch leaves no object')
  } catch (error) {
    // Upstream's library says which operation; ours has one answer for all.
    if (error instanceof FailedTest) return object
    throw error instanceof ApiError ? new MutationError(`JSONPath: ${error.message}`) : error
  }
}

/**
 * @param value what the expression yielded
 * @param type of the object
 * @returns a new object, or the same if nothing is to be done
 * @throws {MutationError}
 */
export function mutated({ type: kind }: CompiledMutation, value: CelValue, object: JsonObject, type: TypeNode): JsonObject {
  try {
    return kind === 'JSONPatch' ? patched(object, jsonPatchOf(value)) : applied(object, applyConfigurationOf(value), type)
  } catch (error) {
    throw error instanceof CelError ? new MutationError(error.message) : error
  }
}
