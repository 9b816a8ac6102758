// What is to happen with one object, given what is known of its owners. Source: garbagecollector.go (attemptToDeleteItem).
import type { OwnerReference } from '../../api/meta/v1.ts'
import type { Node } from './graph.ts'

/** `solid`: exists and stays. `dangling`: does not exist. `waiting`: being deleted in the foreground. */
export type OwnerState = 'solid' | 'dangling' | 'waiting'

export type Verdict =
  | { readonly kind: 'keep' }
  /** References to owners that are gone are taken off; the object has others. */
  | { readonly kind: 'unlink'; readonly uids: readonly string[] }
  /** `unblock`: first stop blocking its owners, since a dependent waits too and the two could wait for each other. */
  | { readonly kind: 'delete'; readonly policy: 'Foreground' | 'Background' | 'Orphan'; readonly unblock?: true }

/**
 * @param node not virtual, and not being deleted
 * @param stateOf of each owner
 * @param finalizers of the object now: they say how it wants to go
 */
export function decide(node: Node, owners: readonly OwnerReference[], stateOf: (owner: OwnerReference) => OwnerState, finalizers: readonly string[]): Verdict {
  if (owners.length === 0) return { kind: 'keep' }
  const by = Map.groupBy(owners, stateOf)
  const [solid = [], dangling = [], waiting = []] = [by.get('solid'), by.get('dangling'), by.get('waiting')]
  if (solid.length > 0) {
    const uids = [...dangling, ...waiting].map((owner) => owner.uid)
    return uids.length ? { kind: 'unlink', uids } : { kind: 'keep' }
  }
  if (waiting.length > 0 && node.dependents.size > 0) {
    const circular = [...node.dependents].some((dependent) => dependent.foreground)
    return { kind: 'delete', policy: 'Foreground', ...(circular ? { unblock: true } : {}) }
  }
  if (finalizers.includes('orphan')) return { kind: 'delete', policy: 'Orphan' }
  if (finalizers.includes('foregroundDeletion')) return { kind: 'delete', policy: 'Foreground' }
  return { kind: 'delete', policy: 'Background' }
}
