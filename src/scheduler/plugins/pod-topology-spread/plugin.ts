// Spreads a group of pods evenly over zones, nodes or any node label.
// Source: pkg/scheduler/framework/plugins/podtopologyspread, KEP-895, KEP-1258 (defaults), KEP-3022 (minDomains), KEP-3094 (policies).
import { nodeAllowedByAffinity } from '../../../api/core/node-affinity.ts'
import { untoleratedTaint } from '../../../api/core/tolerations.ts'
import type { Pod, TopologySpreadConstraint } from '../../../api/core/v1.ts'
import type { Labels } from '../../../apimachinery/labels/requirement.ts'
import type { Selector } from '../../../apimachinery/labels/selector.ts'
import { selectorFromObject } from '../../../apimachinery/labels/from-object.ts'
import type { NodeInfo, PodInfo } from '../../framework/node-info.ts'
import { changed, type ClusterView, type Plugin, scoreMax, unresolvable, unschedulable } from '../../framework/plugin.ts'

interface Constraint {
  readonly topologyKey: string
  readonly maxSkew: number
  readonly minDomains: number
  readonly selector: Selector
  readonly honorAffinity: boolean
  readonly honorTaints: boolean
}

interface Spread extends Constraint {
  /** Topology value -> matching pods there. Every eligible domain is present, also with 0. */
  readonly counts: ReadonlyMap<string, number>
}

/** Upstream's cluster defaults, for pods that belong to a Service or workload and set none of their own. */
const systemDefaults: readonly Pick<TopologySpreadConstraint, 'topologyKey' | 'maxSkew'>[] = [
  { topologyKey: 'kubernetes.io/hostname', maxSkew: 3 },
  { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5 },
]

/** The selector that the pod's Services and owning workload share; undefined when it belongs to none. */
export type GroupSelector = (pod: Pod) => Selector | undefined

function parse(constraint: TopologySpreadConstraint, pod: Pod): Constraint {
  const labels: Labels = pod.metadata.labels ?? {}
  const own = (constraint.matchLabelKeys ?? []).filter((key) => Object.hasOwn(labels, key)).map((key) => ({ key, operator: 'In', values: [labels[key]!] }))
  const selector = constraint.labelSelector && { ...constraint.labelSelector, matchExpressions: [...(constraint.labelSelector.matchExpressions ?? []), ...own] }
  return {
    topologyKey: constraint.topologyKey,
    maxSkew: constraint.maxSkew,
    minDomains: constraint.minDomains ?? 1,
    selector: selectorFromObject(selector),
    honorAffinity: (constraint.nodeAffinityPolicy ?? 'Honor') === 'Honor',
    honorTaints: constraint.nodeTaintsPolicy === 'Honor',
  }
}

/** Whether pods on `node` count at all for this constraint. */
function isEligible(constraint: Constraint, pod: Pod, { node }: NodeInfo): boolean {
  if (constraint.honorAffinity && !nodeAllowedByAffinity(pod, node)) return false
  return !constraint.honorTaints || !untoleratedTaint(node.spec.taints, pod.spec.tolerations, ['NoSchedule', 'NoExecute'])
}

const matching = (node: NodeInfo, { selector }: Constraint, namespace: string) => {
  let count = 0
  for (const { pod } of node.pods) if (pod.metadata.namespace === namespace && !pod.metadata.deletionTimestamp && selector.matches(pod.metadata.labels)) count++
  return count
}

function spreadOf(constraint: Constraint, all: readonly Constraint[], pod: Pod, nodes: readonly NodeInfo[]): Spread {
  const counts = new Map<string, number>()
  for (const node of nodes) {
    const value = node.label(constraint.topologyKey)
    if (value === undefined || all.some((c) => node.label(c.topologyKey) === undefined) || !isEligible(constraint, pod, node)) continue
    counts.set(value, (counts.get(value) ?? 0) + matching(node, constraint, pod.metadata.namespace))
  }
  return { ...constraint, counts }
}

/** Fewer domains than minDomains: the emptiest domain is one that does not exist yet. */
const globalMinimum = ({ counts, minDomains }: Spread) => (counts.size < minDomains ? 0 : Math.min(...counts.values()))

const ofKind = (pod: Pod, kind: 'DoNotSchedule' | 'ScheduleAnyway') => (pod.spec.topologySpreadConstraints ?? []).filter((c) => c.whenUnsatisfiable === kind)

export function newPodTopologySpread(groupSelector: GroupSelector): Plugin {
  /** Constraints to score by; defaults apply only where all nodes in question may lack the label. */
  function soft(pod: Pod): { constraints: Constraint[]; isDefault: boolean } {
    const own = ofKind(pod, 'ScheduleAnyway')
    if (pod.spec.topologySpreadConstraints?.length) return { constraints: own.map((c) => parse(c, pod)), isDefault: false }
    const selector = groupSelector(pod)
    if (!selector) return { constraints: [], isDefault: true }
    return { constraints: systemDefaults.map((d) => ({ ...d, minDomains: 1, selector, honorAffinity: true, honorTaints: false })), isDefault: true }
  }

  return {
    name: 'PodTopologySpread',
    weight: 2,
    preFilter({ pod }: PodInfo, view: ClusterView) {
      const constraints = ofKind(pod, 'DoNotSchedule').map((c) => parse(c, pod))
      return constraints.length ? { state: constraints.map((c) => spreadOf(c, constraints, pod, view.nodes)) } : 'skip'
    },
    filter(state, { pod }, node) {
      for (const spread of state as Spread[]) {
        const value = node.label(spread.topologyKey)
        if (value === undefined) return unresolvable("node(s) didn't match pod topology spread constraints (missing required label)")
        const itself = spread.selector.matches(pod.metadata.labels) ? 1 : 0
        if ((spread.counts.get(value) ?? 0) + itself - globalMinimum(spread) > spread.maxSkew)
          return unschedulable("node(s) didn't match pod topology spread constraints")
      }
      return undefined
    },
    preScore({ pod }, candidates, view) {
      const { constraints, isDefault } = soft(pod)
      const usable = isDefault ? constraints.filter((c) => candidates.some((n) => n.label(c.topologyKey) !== undefined)) : constraints
      return usable.length ? usable.map((c) => spreadOf(c, isDefault ? [c] : usable, pod, view.nodes)) : 'skip'
    },
    // The logarithm keeps a constraint with many small domains (hosts) from drowning one with few big ones (zones).
    score(state, _, node) {
      let sum = 0
      for (const { topologyKey, counts, maxSkew } of state as Spread[]) {
        const value = node.label(topologyKey)
        if (value !== undefined) sum += (counts.get(value) ?? 0) * Math.log(counts.size + 2) + (maxSkew - 1)
      }
      return Math.round(sum)
    },
    normalize(_, scores) {
      const max = Math.max(...scores)
      const min = Math.min(...scores)
      for (const [i, s] of scores.entries()) scores[i] = max === 0 ? scoreMax : Math.trunc((scoreMax * (max + min - s)) / max)
    },
    helps(event) {
      if (event.resource === 'Node') return event.action !== 'update' || changed(event.old, event.node, (n) => [n.metadata.labels, n.spec.taints])
      return event.action !== 'update' || changed(event.old, event.pod, (p) => [p.metadata.labels, p.metadata.deletionTimestamp])
    },
  }
}
