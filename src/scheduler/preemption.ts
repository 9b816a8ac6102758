// Making room for a pod of higher priority. Pure: says which pods of which node would have to go.
// Source: pkg/scheduler/framework/preemption, plugins/defaultpreemption.
import type { Pod } from '../api/core/v1.ts'
import type { PodDisruptionBudget } from '../api/policy/v1.ts'
import { selectorFromObject } from '../apimachinery/labels/from-object.ts'
import { describePreemption, type Diagnosis } from './framework/diagnosis.ts'
import { newPodInfo, type NodeInfo, type PodInfo } from './framework/node-info.ts'
import type { ClusterView, Plugin } from './framework/plugin.ts'
import { preFilter, runFilters } from './schedule-one.ts'

export type PreemptionPlan = { readonly node: string; readonly victims: readonly Pod[] } | { readonly node: undefined; readonly message: string }

export interface PreemptionInput {
  readonly pod: Pod
  readonly view: ClusterView
  readonly diagnosis: Diagnosis
  readonly plugins: readonly Plugin[]
  readonly budgets: readonly PodDisruptionBudget[]
}

interface Candidate {
  readonly node: string
  readonly victims: readonly Pod[]
  readonly budgetViolations: number
}

/** Nodes tried in one cycle; the rest are left for the next attempt (upstream: 10 % of nodes, at least 100). */
const candidatesMin = 100

const priorityOf = (pod: Pod) => pod.spec.priority ?? 0
const startOf = (pod: Pod) => pod.status?.startTime ?? pod.metadata.creationTimestamp
/** More important first: by priority, then the longer running. */
const byImportance = (a: Pod, b: Pod) => priorityOf(b) - priorityOf(a) || (startOf(a) < startOf(b) ? -1 : 1)

/** The view with one node exchanged: what plugins would see after the victims are gone. */
function withNode(view: ClusterView, changed: NodeInfo): ClusterView {
  return { nodes: view.nodes.map((n) => (n.name === changed.name ? changed : n)), node: (name) => (name === changed.name ? changed : view.node(name)) }
}

function fits(info: PodInfo, node: NodeInfo, view: ClusterView, plugins: readonly Plugin[]): boolean {
  const { filters, refused } = preFilter(plugins, info, withNode(view, node))
  return !refused && !runFilters(filters, info, node)
}

/** Pods whose eviction a budget does not allow any more, counting the ones before them. */
function violatingBudgets(pods: readonly Pod[], budgets: readonly PodDisruptionBudget[]): Set<string> {
  const left = budgets.map((b) => ({ budget: b, selector: selectorFromObject(b.spec.selector), allowed: b.status?.disruptionsAllowed ?? 0 }))
  const violating = new Set<string>()
  for (const pod of pods) {
    for (const entry of left) {
      if (entry.budget.metadata.namespace !== pod.metadata.namespace || !pod.metadata.labels || !entry.selector.matches(pod.metadata.labels)) continue
      if (Object.hasOwn(entry.budget.status?.disruptedPods ?? {}, pod.metadata.name)) continue
      if (--entry.allowed < 0) violating.add(pod.metadata.uid)
    }
  }
  return violating
}

/** The fewest, least important pods that must go; undefined: even an empty node would not do. */
function victimsOn(input: PreemptionInput, info: PodInfo, node: NodeInfo): Candidate | undefined {
  const emptied = node.clone()
  const lower = [...node.pods].filter((p) => priorityOf(p.pod) < priorityOf(input.pod))
  if (lower.length === 0) return undefined
  for (const p of lower) emptied.remove(p.pod.metadata.uid)
  if (!fits(info, emptied, input.view, input.plugins)) return undefined
  const sorted = lower.toSorted((a, b) => byImportance(a.pod, b.pod))
  const violating = violatingBudgets(
    sorted.map((p) => p.pod),
    input.budgets,
  )
  // Spare as many as possible: those that budgets protect first, then by importance.
  const order = [...sorted.filter((p) => violating.has(p.pod.metadata.uid)), ...sorted.filter((p) => !violating.has(p.pod.metadata.uid))]
  const victims: Pod[] = []
  for (const spared of order) {
    emptied.add(spared)
    if (fits(info, emptied, input.view, input.plugins)) continue
    emptied.remove(spared.pod.metadata.uid)
    victims.push(spared.pod)
  }
  return { node: node.name, victims: victims.toSorted(byImportance), budgetViolations: victims.filter((v) => violating.has(v.metadata.uid)).length }
}

/** Smaller is better, criterion by criterion: budgets violated, highest victim, sum of priorities, number, then the youngest. */
function compare(a: Candidate, b: Candidate): number {
  const sum = (c: Candidate) => c.victims.reduce((total, v) => total + priorityOf(v) + 2 ** 31, 0)
  const earliest = (c: Candidate) =>
    c.victims
      .filter((v) => priorityOf(v) === priorityOf(c.victims[0]!))
      .map(startOf)
      .toSorted()[0]!
  return (
    a.budgetViolations - b.budgetViolations ||
    priorityOf(a.victims[0]!) - priorityOf(b.victims[0]!) ||
    sum(a) - sum(b) ||
    a.victims.length - b.victims.length ||
    (earliest(a) > earliest(b) ? -1 : 1)
  )
}

/** Whether the pod may preempt now: not if it said never, nor while victims of an earlier preemption are still going. */
function ineligible({ pod, view, diagnosis }: PreemptionInput): string | undefined {
  if (pod.spec.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.'
  const nominated = pod.status?.nominatedNodeName
  const node = nominated ? view.node(nominated) : undefined
  if (!node || diagnosis.rejections.get(node.name)?.resolvable === false) return undefined
  for (const other of node.pods) {
    if (other.pod.metadata.deletionTimestamp && priorityOf(other.pod) < priorityOf(pod)) return 'not eligible due to a terminating pod on the nominated node.'
  }
  return undefined
}

export function planPreemption(input: PreemptionInput): PreemptionPlan {
  const { pod, view, diagnosis } = input
  const refusal = ineligible(input)
  if (refusal) return { node: undefined, message: `preemption: ${refusal}` }
  const info = newPodInfo(pod)
  const reasons = new Map<string, string>()
  const candidates: Candidate[] = []
  for (const node of view.nodes) {
    if (candidates.length >= Math.max(candidatesMin, view.nodes.length / 10)) break
    if (!diagnosis.rejections.get(node.name)?.resolvable) {
      reasons.set(node.name, 'Preemption is not helpful for scheduling')
      continue
    }
    const candidate = victimsOn(input, info, node)
    if (candidate?.victims.length) candidates.push(candidate)
    else reasons.set(node.name, 'No preemption victims found for incoming pod')
  }
  const best = candidates.toSorted(compare)[0]
  if (best) return { node: best.node, victims: best.victims }
  return { node: undefined, message: describePreemption(view.nodes.length, reasons) }
}
