// Who owns the replicas of an object, seen through its scale. Source: k8s.io/apimachinery pkg/util/managedfields/scalehandler.go.
import type { ManagedFieldsEntry } from '../../api/meta/v1.ts'

interface Fields {
  readonly 'f:spec'?: { readonly [field: string]: object }
}

const scaleVersion = 'autoscaling/v1'
const replicasOnly = { 'f:spec': { 'f:replicas': {} } }

const specOf = ({ fieldsV1 }: ManagedFieldsEntry) => (fieldsV1 as Fields | undefined)?.['f:spec']
const ownsReplicas = (entry: ManagedFieldsEntry) => specOf(entry)?.['f:replicas'] !== undefined

/** Who an entry is about: who applies stays the same in another version. */
const identity = ({ manager, operation, apiVersion, subresource }: ManagedFieldsEntry) =>
  JSON.stringify([manager, operation, operation === 'Update' ? apiVersion : '', subresource])

/** The owners of the replicas as entries of a Scale. */
export const scaleEntries = (parent: readonly ManagedFieldsEntry[]): readonly ManagedFieldsEntry[] =>
  parent.filter(ownsReplicas).map((entry) => ({ ...entry, apiVersion: scaleVersion, fieldsV1: replicasOnly }))

/**
 * After a write of the scale: the parent's entries with the ownership of the scale's. Upstream knows an owner that applied again; one
 * that updated comes back as someone else, so its replicas move to an entry of their own, which has no time.
 * @param apiVersion of the parent
 */
export function parentEntries(parent: readonly ManagedFieldsEntry[], scale: readonly ManagedFieldsEntry[], apiVersion: string): ManagedFieldsEntry[] {
  const owners = new Map(scale.filter(ownsReplicas).map((entry) => [identity(entry), entry]))
  const kept = parent.flatMap((entry) => (!ownsReplicas(entry) || owners.delete(identity(entry)) ? [entry] : (withoutReplicas(entry) ?? [])))
  const moved = [...owners.values()].map(({ time: _time, ...entry }) => ({ ...entry, apiVersion, fieldsV1: replicasOnly }))
  return [...moved, ...kept]
}

/** undefined when nothing is left. */
function withoutReplicas(entry: ManagedFieldsEntry): ManagedFieldsEntry | undefined {
  const { 'f:replicas': _, ...spec } = specOf(entry) ?? {}
  const { 'f:spec': _spec, ...others } = entry.fieldsV1 as Fields
  const fieldsV1 = Object.keys(spec).length > 0 ? { ...others, 'f:spec': spec } : others
  return Object.keys(fieldsV1).length > 0 ? { ...entry, fieldsV1 } : undefined
}
