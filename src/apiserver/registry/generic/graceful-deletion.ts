// What a delete request does to an object: nothing yet, a mark, or its end. Pure.
// Source: k8s.io/apiserver pkg/registry/rest/delete.go (BeforeDelete), generic/registry/store.go (markAsDeleting).
import { conflict } from '../../../apimachinery/api-error.ts'
import type { KubeObject, Mutable } from '../../../api/object.ts'
import { formatTime } from '../../../util/clock.ts'
import type { Propagation } from './finalizers.ts'
import type { Strategy } from './strategy.ts'

export interface DeleteOptions extends Propagation {
  readonly gracePeriodSeconds?: number
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly dryRun?: readonly string[]
}

export type Grace =
  /** Goes at once. */
  | { readonly kind: 'immediate' }
  /** A deletion is under way that this request does not shorten. */
  | { readonly kind: 'pending' }
  /** `object` was marked; it goes when its keeper says so, at the latest after `seconds`. */
  | { readonly kind: 'graceful'; readonly seconds: number }

/** @throws {ApiError} 409; the message names the kind where others name the resource, as upstream's does */
export function checkPreconditions(group: string, kind: string, object: KubeObject, { preconditions }: DeleteOptions): void {
  const { uid, resourceVersion } = preconditions ?? {}
  const { metadata } = object
  const refuse = (what: string, wanted: string, found: string | undefined, why: string) =>
    conflict(
      { group, plural: kind },
      metadata.name,
      `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${found}). The object might have been ${why}`,
    )
  if (uid !== undefined && uid !== metadata.uid) throw refuse('UID', uid, metadata.uid, 'deleted and then recreated')
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw refuse('ResourceVersion', resourceVersion, metadata.resourceVersion, 'modified')
  }
}

/** @param object the caller's own copy; marked when the deletion is graceful */
export function beforeDelete(strategy: Strategy, object: Mutable<KubeObject>, options: DeleteOptions, nowMs: number): Grace {
  if (!strategy.gracePeriodSeconds) return { kind: 'immediate' }
  const { metadata } = object
  // Negative periods count as one second.
  const requested = options.gracePeriodSeconds !== undefined && options.gracePeriodSeconds < 0 ? 1 : options.gracePeriodSeconds
  if (metadata.deletionTimestamp !== undefined) {
    const granted = metadata.deletionGracePeriodSeconds
    if (granted === undefined || granted === 0) return { kind: 'immediate' }
    if (requested === undefined || requested >= granted) return { kind: 'pending' }
    metadata.deletionTimestamp = formatTime(Date.parse(metadata.deletionTimestamp) + (requested - granted) * 1000)
    metadata.deletionGracePeriodSeconds = requested
    return { kind: 'graceful', seconds: requested }
  }
  const seconds = strategy.gracePeriodSeconds(object, requested)
  if (seconds === undefined) return { kind: 'immediate' }
  metadata.deletionTimestamp = formatTime(nowMs + seconds * 1000)
  metadata.deletionGracePeriodSeconds = seconds
  raiseGeneration(object)
  return { kind: 'graceful', seconds }
}

/** For objects that only finalizers keep. */
export function markAsDeleting(object: Mutable<KubeObject>, nowMs: number): void {
  const { metadata } = object
  if (metadata.deletionTimestamp === undefined) raiseGeneration(object)
  if (metadata.deletionTimestamp === undefined || Date.parse(metadata.deletionTimestamp) > nowMs) metadata.deletionTimestamp = formatTime(nowMs)
  metadata.deletionGracePeriodSeconds = 0
}

function raiseGeneration({ metadata }: Mutable<KubeObject>): void {
  if (metadata.generation) metadata.generation++
}
