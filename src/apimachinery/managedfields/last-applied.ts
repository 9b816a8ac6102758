// The annotation of client-side apply, which `kubectl apply` and `kubectl apply --server-side` keep in step. Source: k8s.io/apimachinery
// pkg/util/managedfields/internal/{lastapplied,lastappliedmanager,lastappliedupdater}.go.
import { goJson } from '../go-quote.ts'
import { getMember, isObject, mapMembers, setMember } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { validateAnnotations } from '../validation/object-meta.ts'
import { compare } from './compare.ts'
import { difference, type FieldSet } from './field-set.ts'
import { toFieldSet } from './to-field-set.ts'
import type { TypeNode } from './type-node.ts'
import { validationError } from './validate.ts'

/** Only kubectl's own field manager takes part. */
export const kubectlManager = 'kubectl'
const annotation = 'kubectl.kubernetes.io/last-applied-configuration'

function annotationsOf(object: JsonObject): JsonObject | undefined {
  const metadata = getMember(object, 'metadata')
  const annotations = isObject(metadata) ? getMember(metadata, 'annotations') : undefined
  return isObject(annotations) ? annotations : undefined
}

function lastApplied(object: JsonObject): string {
  const value = getMember(annotationsOf(object) ?? {}, annotation)
  return typeof value === 'string' ? value : ''
}

/** The fields that client-side apply set and nobody changed since: server-side apply by kubectl may take them. */
export function fieldsOfLastApplied(type: TypeNode, apiVersion: string, live: JsonObject): FieldSet | undefined {
  const config = parseObject(lastApplied(live))
  if (!config || getMember(config, 'apiVersion') !== apiVersion || validationError(type, config) !== undefined) return undefined
  const { added, modified, removed } = compare(type, config, live)
  return [modified, added, removed].reduce(difference, toFieldSet(type, config))
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as JsonValue
    return isObject(value) ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  const result: JsonObject = {}
  for (const key of Object.keys(value).sort()) setMember(result, key, sorted(value[key]!))
  return result
}

function withAnnotations(object: JsonObject, annotations: JsonObject): JsonObject {
  return mapMembers(object, (value, key) => (key === 'metadata' ? { ...(value as JsonObject), annotations } : value))
}

/** The result of an apply with its annotation, if it has one, set to what was applied. */
export function withLastApplied(result: JsonObject, applied: JsonObject): JsonObject {
  if (lastApplied(result) === '') return result
  const stated = annotationsOf(applied)
  let config = applied
  if (stated) {
    const rest = mapMembers(stated, (value) => value)
    delete rest[annotation]
    config = withAnnotations(applied, rest)
  }
  const annotations = mapMembers(annotationsOf(result)!, (value) => value)
  annotations[annotation] = `${goJson(sorted(config))}\n`
  const tooLarge = validateAnnotations('', annotations as { [key: string]: string }).some(({ type }) => type === 'FieldValueTooLong')
  if (tooLarge) delete annotations[annotation]
  return withAnnotations(result, annotations)
}
