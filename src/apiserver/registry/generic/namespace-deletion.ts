// A namespace is deleted in two steps: the request marks it Terminating, and the namespace controller empties it and then takes
// away its finalizers. Source: kubernetes pkg/registry/core/namespace/storage/storage.go (Delete).
import type { KubeObject, Mutable } from '../../../api/object.ts'
import { formatTime } from '../../../util/clock.ts'
import { finalizersAfterDelete } from './finalizers.ts'
import type { DeleteOptions } from './graceful-deletion.ts'

type Namespace = Mutable<KubeObject> & { spec?: { finalizers?: string[] }; status?: { phase?: string } }

/** @param object the caller's own copy; marked unless the namespace can go at once */
export function markNamespace(object: Namespace, options: DeleteOptions, nowMs: number): 'delete' | 'keep' {
  const { metadata } = object
  const held = Boolean(object.spec?.finalizers?.length) || Boolean(metadata.finalizers?.length)
  if (metadata.deletionTimestamp !== undefined) return held ? 'keep' : 'delete'
  metadata.deletionTimestamp = formatTime(nowMs)
  object.status = { ...object.status, phase: 'Terminating' }
  const finalizers = finalizersAfterDelete(metadata.finalizers ?? [], options)
  if (finalizers) metadata.finalizers = [...finalizers]
  return held || metadata.finalizers?.length ? 'keep' : 'delete'
}
