import { matchesTerm, nodeAllowedByAffinity } from '../../../api/core/node-affinity.ts'
import type { NodeSelectorTerm, Pod } from '../../../api/core/v1.ts'
import { changed, normalizeToMax, type Plugin, unresolvable } from '../../framework/plugin.ts'

const requiredTerms = (pod: Pod) => pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
const preferredTerms = (pod: Pod) => pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []

/** Names a term is limited to by `metadata.name In [...]` fields; undefined: any. */
function namesOf(term: NodeSelectorTerm): Set<string> | undefined {
  const fields = (term.matchFields ?? []).filter((f) => f.key === 'metadata.name' && f.operator === 'In')
  return fields.length ? fields.map((f) => new Set(f.values)).reduce((a, b) => a.intersection(b)) : undefined
}

/** DaemonSet pods name their one node: no need to look at the others. */
function onlyNodes(pod: Pod): ReadonlySet<string> | undefined {
  const names = requiredTerms(pod)?.map(namesOf)
  if (!names?.length || names.includes(undefined)) return undefined
  return names.map((n) => n!).reduce((a, b) => a.union(b))
}

export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  weight: 2,
  preFilter({ pod }) {
    if (!pod.spec.nodeSelector && !requiredTerms(pod)) return 'skip'
    const only = onlyNodes(pod)
    return only ? { state: undefined, only } : { state: undefined }
  },
  filter: (_, { pod }, { node }) => (nodeAllowedByAffinity(pod, node) ? undefined : unresolvable("node(s) didn't match Pod's node affinity/selector")),
  preScore: ({ pod }) => (preferredTerms(pod).length ? undefined : 'skip'),
  score: (_, { pod }, { node }) => preferredTerms(pod).reduce((sum, { weight, preference }) => (matchesTerm(preference, node) ? sum + weight : sum), 0),
  normalize: (_, scores) => normalizeToMax(scores),
  helps(event, pod) {
    if (event.resource === 'TargetPod') return changed(event.old, event.pod, (p) => [p.spec.nodeSelector, p.spec.affinity?.nodeAffinity])
    return (
      event.resource === 'Node' &&
      event.action !== 'delete' &&
      changed(event.old, event.node, (n) => n.metadata.labels) &&
      nodeAllowedByAffinity(pod, event.node)
    )
  },
}
