// Which finalizers a delete request leaves on an object for the garbage collector.
// Source: k8s.io/apiserver pkg/registry/generic/registry/store.go (deletionFinalizersForGarbageCollection).

export const orphanFinalizer = 'orphan'
export const foregroundFinalizer = 'foregroundDeletion'

export interface Propagation {
  readonly propagationPolicy?: string
  /** Deprecated form of the policy. */
  readonly orphanDependents?: boolean
}

/** Of a resource. `unsupported`: the garbage collector does not look at it. */
export type DefaultPropagation = 'background' | 'orphan' | 'unsupported'

function orphans(finalizers: readonly string[], { propagationPolicy, orphanDependents }: Propagation, byDefault: DefaultPropagation): boolean {
  if (byDefault === 'unsupported') return false
  if (orphanDependents !== undefined) return orphanDependents
  if (propagationPolicy !== undefined) return propagationPolicy === 'Orphan'
  if (finalizers.includes(orphanFinalizer)) return true
  if (finalizers.includes(foregroundFinalizer)) return false
  return byDefault === 'orphan'
}

function foreground(finalizers: readonly string[], { propagationPolicy, orphanDependents }: Propagation, byDefault: DefaultPropagation): boolean {
  if (byDefault === 'unsupported') return false
  if (orphanDependents !== undefined) return false
  if (propagationPolicy !== undefined) return propagationPolicy === 'Foreground'
  if (finalizers.includes(orphanFinalizer)) return false
  return finalizers.includes(foregroundFinalizer)
}

/** @returns undefined when they stay as they are */
export function finalizersAfterDelete(
  finalizers: readonly string[],
  propagation: Propagation,
  byDefault: DefaultPropagation = 'background',
): readonly string[] | undefined {
  const next = finalizers.filter((each) => each !== orphanFinalizer && each !== foregroundFinalizer)
  if (orphans(finalizers, propagation, byDefault)) next.push(orphanFinalizer)
  if (foreground(finalizers, propagation, byDefault)) next.push(foregroundFinalizer)
  const same = next.length === finalizers.length && next.every((each) => finalizers.includes(each))
  return same ? undefined : next
}
