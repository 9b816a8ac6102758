// Request and response bodies on their way into the trail. Nothing is encoded unless the policy wants it.
// Source: k8s.io/apiserver pkg/audit/request.go (LogRequestObject, LogRequestPatch, LogResponseObject).
import type { Status } from '../../apimachinery/api-error.ts'
import type { Codec } from '../../apimachinery/codec/codec.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { AuditedMetadata, AuditTrail } from './audit-trail.ts'

interface Audited {
  readonly audit?: AuditTrail | undefined
}

/** @param object decoded and defaulted, in the version of the request */
export function auditRequestObject({ audit }: Audited, codec: Codec, type: string, object: () => JsonObject, metadata: AuditedMetadata | undefined): void {
  audit?.requestObject(metadata, () => codec.encodeJson(recorded(audit, codec.canonical(type, object()))))
}

/** @param json of the patch, or, when it cannot be read, of its text */
export function auditPatch({ audit }: Audited, json: () => string): void {
  audit?.requestObject(undefined, json)
}

export function auditResponseObject({ audit }: Audited, codec: Codec, object: () => JsonObject): void {
  audit?.responseObject(() => codec.encodeJson(recorded(audit, object())))
}

export function auditStatus({ audit }: Audited, codec: Codec, status: Status): void {
  audit?.responseStatus(status)
  audit?.responseObject(() => codec.encodeJson(status as unknown as JsonObject))
}

const recorded = ({ omitManagedFields }: AuditTrail, object: JsonObject) => (omitManagedFields ? withoutManagedFields(object) : object)

/** A row of a Table, whose object is left out or has no managedFields. */
export const rowWithoutManagedFields = (row: JsonObject): JsonObject =>
  row['object'] ? { ...row, object: withoutManagedFields(row['object'] as JsonObject) } : row

/** A shallow copy of an object, or of a Table with the objects of its rows, without managedFields. Lists leave them out item by item. */
export function withoutManagedFields(object: JsonObject): JsonObject {
  const metadata = object['metadata'] as JsonObject | undefined
  const rows = object['kind'] === 'Table' && Array.isArray(object['rows']) ? (object['rows'] as JsonObject[]) : undefined
  const copy: JsonObject = { ...object }
  if (metadata && Object.hasOwn(metadata, 'managedFields')) {
    const { managedFields: _managedFields, ...kept } = metadata
    copy['metadata'] = kept
  }
  if (rows) copy['rows'] = rows.map(rowWithoutManagedFields)
  return copy
}
