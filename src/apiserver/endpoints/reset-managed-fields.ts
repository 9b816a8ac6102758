import { getMember, isObject } from '../../apimachinery/json-equal.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'

/**
 * An empty list of managed fields asks to start over, as a list of one empty entry does, but canonical form has no empty lists.
 * @returns the document with the latter. Source: k8s.io/apimachinery pkg/util/managedfields/internal/fieldmanager.go (isResetManagedFields).
 */
export function withResetEntry(document: JsonObject): JsonObject {
  const metadata = getMember(document, 'metadata')
  const managedFields = isObject(metadata) ? getMember(metadata, 'managedFields') : undefined
  if (!Array.isArray(managedFields) || managedFields.length > 0) return document
  return { ...document, metadata: { ...(metadata as JsonObject), managedFields: [{}] } }
}
