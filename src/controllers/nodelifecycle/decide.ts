// What the silence or the conditions of a node mean. Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go.
import type { Node, NodeCondition, Taint } from '../../api/core/v1.ts'
import { formatTime } from '../../util/clock.ts'

/** --node-monitor-grace-period: five status intervals of the kubelet. */
const graceMs = 50_000
/** --node-startup-grace-period, for nodes that have never reported. */
const startupGraceMs = 60_000

const notReady = 'node.kubernetes.io/not-ready'
const unreachable = 'node.kubernetes.io/unreachable'

/** Condition types that a silent kubelet can no longer vouch for. */
const vouchedFor = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']

export interface Verdict {
  /** All conditions, when some have become Unknown. */
  readonly conditions?: readonly NodeCondition[]
  /** `Unreported`: the node has just been made and said nothing yet, which calls for nothing. */
  readonly ready: 'True' | 'False' | 'Unknown' | 'Unreported'
  /** When the node's silence becomes too long; undefined when it has. */
  readonly silentInMs: number | undefined
}

/**
 * @param silentMs since we saw the last sign of life: a new heartbeat or a renewed lease. What they say is not compared with our
 * clock: clocks of nodes differ
 */
export function judge(node: Node, silentMs: number, nowMs: number): Verdict {
  const known = node.status?.conditions ?? []
  const ready = known.find(({ type }) => type === 'Ready')
  const leftMs = (ready ? graceMs : startupGraceMs) - silentMs
  if (leftMs > 0) return { ready: (ready?.status ?? 'Unreported') as Verdict['ready'], silentInMs: leftMs }
  const now = formatTime(nowMs)
  const conditions = known.map((condition) => (vouchedFor.includes(condition.type) && condition.status !== 'Unknown' ? silenced(condition, now) : condition))
  const missing = vouchedFor.filter((type) => !known.some((condition) => condition.type === type))
  const all = [...conditions, ...missing.map((type) => neverPosted(type, node, now))]
  const changed = missing.length > 0 || conditions.some((condition, index) => condition !== known[index])
  return { ...(changed ? { conditions: all } : {}), ready: 'Unknown', silentInMs: undefined }
}

const silenced = (condition: NodeCondition, now: string): NodeCondition => ({
  ...condition,
  status: 'Unknown',
  reason: 'NodeStatusUnknown',
  message: 'Kubelet stopped posting node status.',
  lastTransitionTime: now,
})

const neverPosted = (type: string, node: Node, now: string): NodeCondition => ({
  type,
  status: 'Unknown',
  reason: 'NodeStatusNeverUpdated',
  message: 'Kubelet never posted node status.',
  lastHeartbeatTime: node.metadata.creationTimestamp,
  lastTransitionTime: now,
})

/** Conditions that keep new pods away. */
const pressureTaints: readonly { readonly type: string; readonly key: string }[] = [
  { type: 'MemoryPressure', key: 'node.kubernetes.io/memory-pressure' },
  { type: 'DiskPressure', key: 'node.kubernetes.io/disk-pressure' },
  { type: 'PIDPressure', key: 'node.kubernetes.io/pid-pressure' },
  { type: 'NetworkUnavailable', key: 'node.kubernetes.io/network-unavailable' },
]

const unschedulable = 'node.kubernetes.io/unschedulable'
const ownNoSchedule = new Set([notReady, unreachable, unschedulable, ...pressureTaints.map(({ key }) => key)])
const ownNoExecute = new Set([notReady, unreachable])

/** The NoSchedule taints that follow from conditions and `spec.unschedulable`. */
function noScheduleKeys({ spec, status }: Node, ready: Verdict['ready']): readonly string[] {
  const has = (type: string) => status?.conditions?.some((condition) => condition.type === type && condition.status === 'True')
  const readiness = { True: [], Unreported: [], False: [notReady], Unknown: [unreachable] }[ready]
  return [...readiness, ...pressureTaints.filter(({ type }) => has(type)).map(({ key }) => key), ...(spec?.unschedulable ? [unschedulable] : [])]
}

/** The NoExecute taint that the node's readiness calls for. */
export const evictingKey = (ready: Verdict['ready']): string | undefined =>
  ({ True: undefined, Unreported: undefined, False: notReady, Unknown: unreachable })[ready]

/**
 * All taints of the node as they should be: those of others untouched, known ones with the time they were added.
 * @param mayEvict false: a NoExecute taint is not added now, since too many nodes are in trouble at once
 */
export function taintsOf(node: Node, ready: Verdict['ready'], { mayEvict, nowMs }: { readonly mayEvict: boolean; readonly nowMs: number }): readonly Taint[] {
  const known = node.spec?.taints ?? []
  const wantedNoSchedule = noScheduleKeys(node, ready)
  const evicting = evictingKey(ready)
  const find = (key: string, effect: string) => known.find((taint) => taint.key === key && taint.effect === effect)
  const others = known.filter(({ key, effect }) => !(effect === 'NoSchedule' && ownNoSchedule.has(key)) && !(effect === 'NoExecute' && ownNoExecute.has(key)))
  const noSchedule = wantedNoSchedule.map((key) => find(key, 'NoSchedule') ?? { key, effect: 'NoSchedule', timeAdded: formatTime(nowMs) })
  const existing = evicting && find(evicting, 'NoExecute')
  const noExecute = existing ? [existing] : evicting && mayEvict ? [{ key: evicting, effect: 'NoExecute', timeAdded: formatTime(nowMs) }] : []
  return [...others, ...noSchedule, ...noExecute] as readonly Taint[]
}
