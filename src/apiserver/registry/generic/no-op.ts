// An update that changes nothing is not written. Source: k8s.io/apimachinery pkg/util/managedfields
// (IgnoreManagedFieldsTimestampsTransformer): the time of a managed field alone is no change.
import { jsonEqual } from '../../../apimachinery/json-equal.ts'
import type { JsonObject } from '../../../apimachinery/json-value.ts'

interface WithMetadata {
  readonly metadata?: { readonly managedFields?: readonly { readonly time?: string }[] }
}

export function equalButForTimes(a: JsonObject, b: JsonObject): boolean {
  if (!sameMembers(a, b)) return false
  const { managedFields: fieldsA = [], ...metadataA } = (a as WithMetadata).metadata ?? {}
  const { managedFields: fieldsB = [], ...metadataB } = (b as WithMetadata).metadata ?? {}
  return jsonEqual(metadataA, metadataB) && jsonEqual(fieldsA.map(withoutTime), fieldsB.map(withoutTime))
}

function sameMembers(a: JsonObject, b: JsonObject): boolean {
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every((key) => key === 'metadata' || (Object.hasOwn(b, key) && jsonEqual(a[key], b[key])))
}

function withoutTime({ time: _time, ...rest }: { readonly time?: string }): object {
  return rest
}
