// Labels of nodes that had other names once. Source: pkg/apis/core/validation/validation.go (validatePvNodeAffinity).
import type { VolumeNodeAffinity } from '../../../../api/core/v1.ts'

const renamed: ReadonlyMap<string, readonly string[]> = new Map([
  ['beta.kubernetes.io/os', ['kubernetes.io/os']],
  ['beta.kubernetes.io/arch', ['kubernetes.io/arch']],
  ['failure-domain.beta.kubernetes.io/zone', ['topology.kubernetes.io/zone']],
  ['failure-domain.beta.kubernetes.io/region', ['topology.kubernetes.io/region']],
  ['beta.kubernetes.io/instance-type', ['node.kubernetes.io/instance-type']],
])

/** `before`, with the keys renamed where `now` has the new name in the same place. */
export function oldNodeKeys(before: VolumeNodeAffinity, now: VolumeNodeAffinity): VolumeNodeAffinity {
  // A client may send null for what the types promise is there.
  if (!before.required?.nodeSelectorTerms || !now.required?.nodeSelectorTerms) return before
  const terms = now.required.nodeSelectorTerms
  const nodeSelectorTerms = before.required.nodeSelectorTerms.map((term, i) => ({
    ...term,
    ...(term.matchExpressions
      ? {
          matchExpressions: term.matchExpressions.map((expression, j) => {
            const key = terms[i]?.matchExpressions?.[j]?.key ?? ''
            return renamed.get(expression.key)?.includes(key) ? { ...expression, key } : expression
          }),
        }
      : {}),
  }))
  return { ...before, required: { ...before.required, nodeSelectorTerms } }
}
