// A namespace is deleted in two steps: the request marks it Terminating, and the namespace controller empties it and then takes
// away its finalizers. Source: kubernetes pkg/registry/core/namespace/storage/storage.go (Delete).
import { conflict } from '../../../apimachinery/api-error.ts'
import type { KubeObject, Mutable } from '../../../api/object.ts'
import { formatTime } from '../../../util/clock.ts'
import { foregroundFinalizer, orphanFinalizer, type Propagation } from './finalizers.ts'
import type { DeleteOptions } from './graceful-deletion.ts'

type Namespace = Mutable<KubeObject> & { spec?: { finalizers?: string[] }; status?: { phase?: string } }

/** @throws {ApiError} 409, in other words than those of all other resources */
export function checkNamespacePreconditions({ metadata }: KubeObject, { preconditions }: DeleteOptions): void {
  const check = (what: string, wanted: string | undefined, found: string | undefined) => {
    if (wanted === undefined || wanted === found) return
    throw conflict(
      { group: '', plural: 'namespaces' },
      metadata.name,
      `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`,
    )
  }
  check('UID', preconditions?.uid, metadata.uid)
  check('ResourceVersion', preconditions?.resourceVersion, metadata.resourceVersion)
}

/** As of other objects, but for two things: `orphanDependents: false` means foreground, and both may stay. */
function finalizersAfter(finalizers: readonly string[], { propagationPolicy, orphanDependents }: Propagation): string[] {
  const wanted = (finalizer: string, policy: string, orphan: boolean) => {
    if (orphanDependents !== undefined) return orphanDependents === orphan
    return propagationPolicy === undefined ? finalizers.includes(finalizer) : propagationPolicy === policy
  }
  const next = new Set(finalizers)
  for (const [finalizer, policy, orphan] of [
    [orphanFinalizer, 'Orphan', true],
    [foregroundFinalizer, 'Foreground', false],
  ] as const) {
    if (wanted(finalizer, policy, orphan)) next.add(finalizer)
    else next.delete(finalizer)
  }
  return [...next]
}

/**
 * @param object the caller's own copy; marked by the first request
 * @returns false: nothing of the namespace is left, it is deleted as other objects are
 */
export function markNamespace(object: Namespace, options: DeleteOptions, nowMs: number): boolean {
  const { metadata } = object
  if (metadata.deletionTimestamp !== undefined) return Boolean(object.spec?.finalizers?.length)
  metadata.deletionTimestamp = formatTime(nowMs)
  object.status = { ...object.status, phase: 'Terminating' }
  const finalizers = finalizersAfter(metadata.finalizers ?? [], options)
  if (finalizers.length > 0 || metadata.finalizers) metadata.finalizers = finalizers
  return true
}
