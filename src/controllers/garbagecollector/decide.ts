// What is to happen with one object, given what is known of its owners. Source: garbagecollector.go (attemptToDeleteItem).
import type { OwnerReference } from '../../api/meta/v1.ts'
import { type Node, blockingDependents } from './graph.ts'

/** `solid`: exists and stays. `dangling`: does not exist. `waiting`: being deleted in the foreground. */
export type OwnerState = 'solid' | 'dangling' | 'waiting'

export type Verdict =
  | { readonly kind: 'keep' }
  /** References to owners that are gone are taken off; the object has others. */
  | { readonly kind: 'unlink'; readonly uids: readonly string[] }
  | { readonly kind: 'delete'; readonly policy: 'Foreground' | 'Background' | 'Orphan' }

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
  if (waiting.length > 0 && node.dependents.size > 0) return { kind: 'delete', policy: 'Foreground' }
  if (finalizers.includes('orphan')) return { kind: 'delete', policy: 'Orphan' }
  if (finalizers.includes('foregroundDeletion')) return { kind: 'delete', policy: 'Foreground' }
  return { kind: 'delete', policy: 'Background' }
}

/**
 * A circle of objects that wait for each other in the foreground would wait for ever: a dependent that is itself waiting, and has
 * the node among what waits for it, does not block.
 */
export function isUnblocked(node: Node): boolean {
  return blockingDependents(node).length === 0
}

/** Dependents being deleted in the foreground, through which the node waits for itself. */
export function closesCircle(node: Node): boolean {
  const seen = new Set<Node>()
  const stack = blockingDependents(node).filter((dependent) => dependent.foreground)
  for (let next = stack.pop(); next; next = stack.pop()) {
    if (next === node) return true
    if (seen.has(next)) continue
    seen.add(next)
    stack.push(...blockingDependents(next).filter((dependent) => dependent.foreground))
  }
  return false
}
