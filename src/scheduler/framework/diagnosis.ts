// Why no node suits a pod, and how that is told. Source: pkg/scheduler/framework/types.go (FitError).
import type { Rejection } from './plugin.ts'

export interface Diagnosis {
  readonly nodeCount: number
  /** Node name -> why not. Nodes that a pre-filter refused all at once are not listed. */
  readonly rejections: ReadonlyMap<string, Rejection>
  /** Reasons of a pre-filter that refused every node. */
  readonly everywhere: readonly string[]
  /** Plugins that refused at least one node: only events that help one of them are worth a new attempt. */
  readonly refusedBy: ReadonlySet<string>
}

/** `2 Insufficient cpu, 1 node(s) were unschedulable`: reasons with the number of nodes that gave each, sorted as text. */
function histogram(rejections: Iterable<Rejection>): string {
  const counts = new Map<string, number>()
  for (const { reasons } of rejections) for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .toSorted()
    .join(', ')
}

/** `0/2 nodes are available: 2 Insufficient cpu. preemption: ...` */
export function describeFailure({ nodeCount, rejections, everywhere }: Diagnosis, preemption: string): string {
  if (nodeCount === 0) return 'no nodes available to schedule pods'
  const reasons = everywhere.length ? everywhere.join(', ') : histogram(rejections.values())
  return `0/${nodeCount} nodes are available: ${reasons}.${preemption ? ` ${preemption}` : ''}`
}

/** What preemption could not do, in the same form: `preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.` */
export function describePreemption(nodeCount: number, reasons: ReadonlyMap<string, string>): string {
  const rejections = [...reasons.values()].map((reason) => ({ resolvable: true, reasons: [reason] }))
  return `preemption: 0/${nodeCount} nodes are available: ${histogram(rejections)}.`
}
