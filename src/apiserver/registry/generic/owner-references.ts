// Owner references are a set by uid. Source: k8s.io/apiserver pkg/endpoints/handlers/rest.go (dedupOwnerReferencesAndAddWarning).
import type { KubeObject, Mutable } from '../../../api/object.ts'

/** @returns the warning to send; undefined when there was nothing to remove */
export function dedupOwnerReferences({ metadata }: Mutable<KubeObject>, afterMutatingAdmission: boolean): string | undefined {
  const owners = metadata?.ownerReferences
  if (!owners || owners.length < 2) return undefined
  const seen = new Set<string>()
  const duplicates = new Set<string>()
  const kept = owners.filter(({ uid }) => {
    if (seen.has(uid)) duplicates.add(uid)
    return !seen.has(uid) && seen.add(uid)
  })
  if (duplicates.size === 0) return undefined
  metadata.ownerReferences = kept
  const uids = [...duplicates].join(', ')
  if (afterMutatingAdmission) {
    return `.metadata.ownerReferences contains duplicate entries after mutating admission happens; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${uids}`
  }
  return `.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${uids}`
}
