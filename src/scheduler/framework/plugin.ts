// Scheduling is an ordered list of small plugins. Each says what it may refuse, how it scores, and which cluster events
// could change its mind. Source: k8s.io/kube-scheduler framework/interface.go.
import type { Node, Pod } from '../../api/core/v1.ts'
import type { NodeInfo, PodInfo } from './node-info.ts'

/** Why a node (or every node) does not suit a pod. An expected outcome, not an error. */
export interface Rejection {
  /** unresolvable: taking pods off the node would not help, so preemption does not try. */
  readonly resolvable: boolean
  /** As shown to users: `Insufficient cpu`. */
  readonly reasons: readonly string[]
}

export const unschedulable = (...reasons: string[]): Rejection => ({ resolvable: true, reasons })
export const unresolvable = (...reasons: string[]): Rejection => ({ resolvable: false, reasons })

/** What changed in the cluster; the queue wakes pods for whom it may matter. */
export type ClusterEvent =
  | { readonly resource: 'Node'; readonly action: 'add' | 'update'; readonly old: Node | undefined; readonly node: Node }
  | { readonly resource: 'Node'; readonly action: 'delete'; readonly node: Node }
  /** A pod that is, or was, assigned to a node. */
  | { readonly resource: 'AssignedPod'; readonly action: 'add' | 'update' | 'delete'; readonly old: Pod | undefined; readonly pod: Pod }
  /** The waiting pod itself changed. */
  | { readonly resource: 'TargetPod'; readonly action: 'update'; readonly old: Pod; readonly pod: Pod }

/** All nodes, as one scheduling cycle sees them. Nothing in it changes while a cycle runs. */
export interface ClusterView {
  readonly nodes: readonly NodeInfo[]
  node(name: string): NodeInfo | undefined
}

/** Facts that a plugin computed for one pod and needs again for each node. */
export type CycleState = object | undefined

export interface Plugin {
  readonly name: string
  /** Cheap checks of the pod alone, before it enters the active queue. */
  preEnqueue?(pod: Pod): Rejection | undefined
  /**
   * Once per cycle. 'skip': this plugin has nothing to filter for this pod. A rejection refuses all nodes.
   * `only` narrows the nodes worth looking at.
   */
  preFilter?(info: PodInfo, view: ClusterView): { readonly state: CycleState; readonly only?: ReadonlySet<string> } | 'skip' | Rejection
  filter?(state: CycleState, info: PodInfo, node: NodeInfo): Rejection | undefined
  /** 'skip': every node would score the same. */
  preScore?(info: PodInfo, candidates: readonly NodeInfo[], view: ClusterView): CycleState | 'skip'
  /** Any number; {@link normalize} maps it to 0..100. */
  score?(state: CycleState, info: PodInfo, node: NodeInfo): number
  normalize?(state: CycleState, scores: number[]): void
  readonly weight?: number
  /** Whether an event could make a pod that this plugin refused schedulable. Left out: any event may. */
  helps?(event: ClusterEvent, pod: Pod): boolean
}

export const scoreMax = 100

/** Scales so that the best raw score becomes 100; `reverse` when less is better. */
export function normalizeToMax(scores: number[], { reverse = false } = {}): void {
  const max = Math.max(0, ...scores)
  for (const [i, score] of scores.entries()) {
    const scaled = max === 0 ? 0 : Math.trunc((scoreMax * score) / max)
    scores[i] = reverse ? scoreMax - scaled : scaled
  }
}

/** Whether a node update touches what `of` reads. */
export const changed = <T>(old: T | undefined, now: T, of: (object: T) => unknown) => old === undefined || JSON.stringify(of(old)) !== JSON.stringify(of(now))
