// One scheduling cycle: filter, score, choose. Synchronous and without effects; nothing in the view changes while it runs.
// Source: pkg/scheduler/schedule_one.go.
import type { Pod } from '../api/core/v1.ts'
import type { Rand } from '../util/rand.ts'
import type { Diagnosis } from './framework/diagnosis.ts'
import { newPodInfo, type NodeInfo, type PodInfo } from './framework/node-info.ts'
import type { SchedulerMetrics } from './scheduler-metrics.ts'
import type { ClusterView, CycleState, Plugin, Rejection } from './framework/plugin.ts'

export type Outcome =
  | { readonly kind: 'fits'; readonly node: NodeInfo; readonly evaluated: number; readonly feasible: number }
  | { readonly kind: 'unschedulable'; readonly diagnosis: Diagnosis }

/** Pods that preemption has promised a node to; they count as if they were there for pods of lower or equal priority. */
export type Nominated = (nodeName: string) => readonly PodInfo[]

/** A plugin with the state it prepared for this pod; plugins that skipped are left out. */
export interface Prepared {
  readonly plugin: Plugin
  readonly state: CycleState
}

interface PreFiltered {
  readonly filters: readonly Prepared[]
  /** Undefined: all nodes. */
  readonly only: ReadonlySet<string> | undefined
  readonly refused?: { readonly by: string; readonly reasons: readonly string[] }
}

const isRejection = (value: object): value is Rejection => 'reasons' in value

export function preFilter(plugins: readonly Plugin[], info: PodInfo, view: ClusterView): PreFiltered {
  const filters: Prepared[] = []
  let only: ReadonlySet<string> | undefined
  for (const plugin of plugins) {
    const result = plugin.preFilter ? plugin.preFilter(info, view) : { state: undefined }
    if (result === 'skip') continue
    if (isRejection(result)) return { filters, only, refused: { by: plugin.name, reasons: result.reasons } }
    if (plugin.filter) filters.push({ plugin, state: result.state })
    const narrowed: ReadonlySet<string> | undefined = 'only' in result ? result.only : undefined
    if (narrowed) only = only ? only.intersection(narrowed) : narrowed
  }
  return { filters, only }
}

/** The first plugin that refuses `node`. */
export function runFilters(
  filters: readonly Prepared[],
  info: PodInfo,
  node: NodeInfo,
): { readonly plugin: string; readonly rejection: Rejection } | undefined {
  for (const { plugin, state } of filters) {
    const rejection = plugin.filter!(state, info, node)
    if (rejection) return { plugin: plugin.name, rejection }
  }
  return undefined
}

/** With and without nominated pods: it must fit beside them, and must not rely on them either. */
function runFiltersBesideNominated(filters: readonly Prepared[], info: PodInfo, node: NodeInfo, nominated: readonly PodInfo[]) {
  const priority = info.pod.spec.priority ?? 0
  const rivals = nominated.filter((n) => n.pod.metadata.uid !== info.pod.metadata.uid && (n.pod.spec.priority ?? 0) >= priority)
  if (rivals.length) {
    const crowded = node.clone()
    for (const rival of rivals) crowded.add(rival)
    const refused = runFilters(filters, info, crowded)
    if (refused) return refused
  }
  return runFilters(filters, info, node)
}

const feasibleMin = 100
/** Percentage of nodes to find feasible in a large cluster: 50 % less one point per 125 nodes, at least 5 %. */
export function feasibleWanted(nodeCount: number): number {
  if (nodeCount < feasibleMin) return nodeCount
  const percentage = Math.max(5, Math.trunc(50 - nodeCount / 125))
  return Math.max(feasibleMin, Math.trunc((nodeCount * percentage) / 100))
}

export interface ScheduleOptions {
  readonly plugins: readonly Plugin[]
  readonly nominated: Nominated
  readonly rand: Rand
  readonly metrics?: Pick<SchedulerMetrics, 'now' | 'ran'>
}

/** Finds nodes for pods, one at a time; remembers only where in the node list it stopped looking. */
export class NodeFinder {
  readonly #options: ScheduleOptions
  #start = 0

  constructor(options: ScheduleOptions) {
    this.#options = options
  }

  find(pod: Pod, view: ClusterView): Outcome {
    const info = newPodInfo(pod)
    const { metrics } = this.#options
    const startedMs = metrics?.now() ?? 0
    const { filters, only, refused } = preFilter(this.#options.plugins, info, view)
    metrics?.ran('PreFilter', startedMs, !refused)
    const nodeCount = view.nodes.length
    if (refused) {
      return { kind: 'unschedulable', diagnosis: { nodeCount, rejections: new Map(), everywhere: refused.reasons, refusedBy: new Set([refused.by]) } }
    }
    const filterMs = metrics?.now() ?? 0
    const { feasible, rejections, refusedBy } = this.#filter(filters, info, view, only)
    metrics?.ran('Filter', filterMs, feasible.length > 0)
    if (feasible.length === 0) return { kind: 'unschedulable', diagnosis: { nodeCount, rejections, everywhere: [], refusedBy } }
    const scoreMs = metrics?.now() ?? 0
    const node = feasible.length === 1 ? feasible[0]! : this.#best(info, feasible, view)
    if (feasible.length > 1) metrics?.ran('Score', scoreMs, true)
    return { kind: 'fits', node, evaluated: feasible.length + rejections.size, feasible: feasible.length }
  }

  #filter(filters: readonly Prepared[], info: PodInfo, view: ClusterView, only: ReadonlySet<string> | undefined) {
    const candidates = only ? [...only].flatMap((name) => view.node(name) ?? []) : view.nodes
    const wanted = feasibleWanted(candidates.length)
    const feasible: NodeInfo[] = []
    const rejections = new Map<string, Rejection>()
    const refusedBy = new Set<string>()
    // A node whose nominated pod is this one is tried first: preemption has just made room there.
    const promised = info.pod.status?.nominatedNodeName && view.node(info.pod.status.nominatedNodeName)
    if (promised && !runFiltersBesideNominated(filters, info, promised, this.#options.nominated(promised.name)))
      return { feasible: [promised], rejections, refusedBy }
    let looked = 0
    for (; looked < candidates.length && feasible.length < wanted; looked++) {
      const node = candidates[(this.#start + looked) % candidates.length]!
      const refused = runFiltersBesideNominated(filters, info, node, this.#options.nominated(node.name))
      if (!refused) {
        feasible.push(node)
        continue
      }
      rejections.set(node.name, refused.rejection)
      refusedBy.add(refused.plugin)
    }
    if (!only && candidates.length) this.#start = (this.#start + looked) % candidates.length
    // Nodes that a pre-filter left out: they did not match, which is what the plugin that narrowed them says per node.
    if (only)
      for (const node of view.nodes)
        if (!only.has(node.name)) rejections.set(node.name, { resolvable: false, reasons: ["node(s) didn't satisfy plugin(s) [NodeAffinity]"] })
    if (only) refusedBy.add('NodeAffinity')
    return { feasible, rejections, refusedBy }
  }

  /** The highest total; among equals one at random, so that equal nodes fill evenly. */
  #best(info: PodInfo, feasible: readonly NodeInfo[], view: ClusterView): NodeInfo {
    const totals = feasible.map(() => 0)
    for (const plugin of this.#options.plugins) {
      if (!plugin.score) continue
      const state = plugin.preScore?.(info, feasible, view)
      if (state === 'skip') continue
      const scores = feasible.map((node) => plugin.score!(state, info, node))
      plugin.normalize?.(state, scores)
      for (const [i, score] of scores.entries()) totals[i]! += score * (plugin.weight ?? 1)
    }
    const best = Math.max(...totals)
    const winners = feasible.filter((_, i) => totals[i] === best)
    return winners[Math.floor(this.#options.rand() * winners.length)]!
  }
}
