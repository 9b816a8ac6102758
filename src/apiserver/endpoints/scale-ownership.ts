// Who owns the replicas of an object, seen through its scale. Source: k8s.io/apimachinery pkg/util/managedfields/scalehandler.go.
import type { KubeObject, Mutable } from '../../api/object.ts'
import type { ManagedFieldsEntry } from '../../api/meta/v1.ts'

interface Fields {
  readonly 'f:spec'?: { readonly [field: string]: object }
}

const replicasOnly = { 'f:spec': { 'f:replicas': {} } }

const specOf = ({ fieldsV1 }: ManagedFieldsEntry) => (fieldsV1 as Fields | undefined)?.['f:spec']
const ownsReplicas = (entry: ManagedFieldsEntry) => specOf(entry)?.['f:replicas'] !== undefined

/** The owners of the replicas as entries of an autoscaling/v1 Scale. */
export const scaleEntries = ({ metadata }: KubeObject): readonly ManagedFieldsEntry[] =>
  (metadata.managedFields ?? []).filter(ownsReplicas).map(({ time: _time, ...entry }) => ({ ...entry, apiVersion: 'autoscaling/v1', fieldsV1: replicasOnly }))

/** undefined when nothing is left. */
function withoutReplicas(entry: ManagedFieldsEntry): ManagedFieldsEntry | undefined {
  const { 'f:replicas': _, ...spec } = specOf(entry) ?? {}
  const { 'f:spec': _spec, ...others } = entry.fieldsV1 as Fields
  const fieldsV1 = Object.keys(spec).length > 0 ? { ...others, 'f:spec': spec } : others
  return Object.keys(fieldsV1).length > 0 ? { ...entry, fieldsV1 } : undefined
}

/**
 * After a write through the scale: on upstream's way through the Scale and back an update's ownership of the replicas becomes an
 * entry of its own, without a time. What was applied keeps its entry.
 */
export function withScaleOwners(object: Mutable<KubeObject>): Mutable<KubeObject> {
  const entries = (object.metadata.managedFields ?? []) as readonly ManagedFieldsEntry[]
  const moved = entries.filter((entry) => entry.operation === 'Update' && ownsReplicas(entry))
  if (moved.length === 0) return object
  const own = moved.map(({ time: _time, ...entry }) => ({ ...entry, fieldsV1: replicasOnly }))
  const rest = entries.flatMap((entry) => (moved.includes(entry) ? (withoutReplicas(entry) ?? []) : [entry]))
  const managedFields = [...own, ...rest] as Mutable<KubeObject>['metadata']['managedFields']
  return { ...object, metadata: { ...object.metadata, ...(managedFields ? { managedFields } : {}) } }
}
