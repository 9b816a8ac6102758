// Pods that want to be near other pods, or away from them. "Near" is the same value of a node label (the topology key).
// Source: pkg/scheduler/framework/plugins/interpodaffinity, KEP-2249 (namespace selector).
import type { Namespace, Pod, PodAffinityTerm, WeightedPodAffinityTerm } from '../../../api/core/v1.ts'
import { selectorFromObject } from '../../../apimachinery/labels/from-object.ts'
import type { Lister } from '../../../client/informers/informer.ts'
import type { NodeInfo, PodInfo } from '../../framework/node-info.ts'
import { changed, type ClusterView, type Plugin, scoreMax, unresolvable, unschedulable } from '../../framework/plugin.ts'

/** A term with its selectors parsed. */
interface Term {
  readonly topologyKey: string
  readonly weight: number
  matches(pod: Pod): boolean
}

/** How many matching pods each (topology key, value) has; keyed `key\0value`. */
type Counts = Map<string, number>

interface FilterState {
  readonly affinity: readonly Term[]
  readonly antiAffinity: readonly Term[]
  readonly affinityCounts: Counts
  readonly antiAffinityCounts: Counts
  /** Topologies that existing pods' anti-affinity keeps this pod out of. */
  readonly forbidden: Counts
  readonly matchesItself: boolean
}

const required = (pod: Pod, kind: 'podAffinity' | 'podAntiAffinity') => pod.spec.affinity?.[kind]?.requiredDuringSchedulingIgnoredDuringExecution ?? []
const preferred = (pod: Pod, kind: 'podAffinity' | 'podAntiAffinity') => pod.spec.affinity?.[kind]?.preferredDuringSchedulingIgnoredDuringExecution ?? []
const topology = (key: string, value: string) => `${key}\0${value}`

function countAt(counts: Counts, node: NodeInfo, key: string, by: number): void {
  const value = node.label(key)
  if (value === undefined) return
  const at = topology(key, value)
  counts.set(at, (counts.get(at) ?? 0) + by)
}

const countOf = (counts: Counts, node: NodeInfo, key: string) => counts.get(topology(key, node.label(key) ?? '')) ?? 0

export function newInterPodAffinity({ namespaces }: { readonly namespaces: Lister<Namespace> }): Plugin {
  function parse(term: PodAffinityTerm, owner: Pod, weight = 1): Term {
    const selector = selectorFromObject(term.labelSelector)
    const named = new Set(term.namespaces?.length || term.namespaceSelector ? term.namespaces : [owner.metadata.namespace])
    const byLabels = term.namespaceSelector && selectorFromObject(term.namespaceSelector)
    const inNamespace = (name: string) => named.has(name) || (byLabels?.matches(namespaces.get(name)?.metadata.labels) ?? false)
    return { topologyKey: term.topologyKey, weight, matches: (pod) => inNamespace(pod.metadata.namespace) && selector.matches(pod.metadata.labels) }
  }
  const weighted = (terms: readonly WeightedPodAffinityTerm[], owner: Pod, sign: 1 | -1) => terms.map((t) => parse(t.podAffinityTerm, owner, sign * t.weight))

  function filterState({ pod }: PodInfo, view: ClusterView): FilterState {
    const affinity = required(pod, 'podAffinity').map((t) => parse(t, pod))
    const antiAffinity = required(pod, 'podAntiAffinity').map((t) => parse(t, pod))
    const state = {
      affinity,
      antiAffinity,
      affinityCounts: new Map(),
      antiAffinityCounts: new Map(),
      forbidden: new Map(),
      matchesItself: affinity.every((t) => t.matches(pod)),
    }
    for (const node of view.nodes) {
      for (const other of node.podsWithAffinity) {
        if (!other.hasRequiredAntiAffinity) continue
        for (const term of required(other.pod, 'podAntiAffinity').map((t) => parse(t, other.pod)))
          if (term.matches(pod)) countAt(state.forbidden, node, term.topologyKey, 1)
      }
      if (affinity.length === 0 && antiAffinity.length === 0) continue
      for (const other of node.pods) {
        // All affinity terms must match the same pod.
        if (affinity.length && affinity.every((t) => t.matches(other.pod))) for (const t of affinity) countAt(state.affinityCounts, node, t.topologyKey, 1)
        for (const t of antiAffinity) if (t.matches(other.pod)) countAt(state.antiAffinityCounts, node, t.topologyKey, 1)
      }
    }
    return state
  }

  /** A pod whose affinity only it could satisfy (the first of its group) may go anywhere with the label. */
  function affinitySatisfied(state: FilterState, node: NodeInfo): boolean {
    if (state.affinity.some((t) => node.label(t.topologyKey) === undefined)) return false
    if (state.affinity.every((t) => countOf(state.affinityCounts, node, t.topologyKey) > 0)) return true
    return state.affinityCounts.size === 0 && state.matchesItself
  }

  /** Points per topology: for the pod's own preferences, and for those existing pods have about it. */
  function scoreState({ pod }: PodInfo, view: ClusterView): Counts {
    const own = [...weighted(preferred(pod, 'podAffinity'), pod, 1), ...weighted(preferred(pod, 'podAntiAffinity'), pod, -1)]
    const points: Counts = new Map()
    for (const node of view.nodes) {
      for (const other of own.length ? node.pods : node.podsWithAffinity) {
        for (const t of own) if (t.matches(other.pod)) countAt(points, node, t.topologyKey, t.weight)
        if (!other.hasAffinity) continue
        const theirs = [
          ...required(other.pod, 'podAffinity').map((t) => parse(t, other.pod)),
          ...weighted(preferred(other.pod, 'podAffinity'), other.pod, 1),
          ...weighted(preferred(other.pod, 'podAntiAffinity'), other.pod, -1),
        ]
        for (const t of theirs) if (t.matches(pod)) countAt(points, node, t.topologyKey, t.weight)
      }
    }
    return points
  }

  return {
    name: 'InterPodAffinity',
    weight: 2,
    preFilter(info, view) {
      const state = filterState(info, view)
      return state.affinity.length || state.antiAffinity.length || state.forbidden.size ? { state } : 'skip'
    },
    filter(cycle, _, node) {
      const state = cycle as FilterState
      if (!affinitySatisfied(state, node)) return unresolvable("node(s) didn't match pod affinity rules")
      if (state.antiAffinity.some((t) => countOf(state.antiAffinityCounts, node, t.topologyKey) > 0))
        return unschedulable("node(s) didn't match pod anti-affinity rules")
      const blocked = [...state.forbidden.keys()].some((at) => node.label(at.slice(0, at.indexOf('\0'))) === at.slice(at.indexOf('\0') + 1))
      return blocked ? unschedulable("node(s) didn't satisfy existing pods anti-affinity rules") : undefined
    },
    preScore(info, _, view) {
      const points = scoreState(info, view)
      return points.size ? points : 'skip'
    },
    score(state, _, node) {
      let sum = 0
      for (const [at, points] of state as Counts) if (node.label(at.slice(0, at.indexOf('\0'))) === at.slice(at.indexOf('\0') + 1)) sum += points
      return sum
    },
    normalize(_, scores) {
      const min = Math.min(...scores)
      const range = Math.max(...scores) - min
      for (const [i, s] of scores.entries()) scores[i] = range === 0 ? 0 : Math.trunc((scoreMax * (s - min)) / range)
    },
    helps(event) {
      if (event.resource === 'Node') return event.action !== 'delete' && changed(event.old, event.node, (n) => n.metadata.labels)
      return event.action !== 'update' || changed(event.old, event.pod, (p) => p.metadata.labels)
    },
  }
}
