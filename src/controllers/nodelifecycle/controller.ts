import type { Node, Pod } from '../../api/core/v1.ts'
import { isPodReady, podCondition } from '../../api/core/pod-status.ts'
import { MetricsRegistry } from '../../component-base/metrics/registry.ts'
import { keyOf } from '../../api/object.ts'
import { leases as leaseResource, nodes as nodeResource, pods as podResource } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import { semanticEqual } from '../../apimachinery/json-equal.ts'
import { formatTime } from '../../util/clock.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { done, requeueAfter } from '../framework/result.ts'
import { evictingKey, judge, taintsOf } from './decide.ts'
import { evictionIntervalMs, zoneOf } from './zones.ts'

/** While evictions are stopped, look again this often: whether others recover is not this node's event. Upstream's monitor period. */
const monitorMs = 5_000

/** Watches over the nodes' signs of life; marks and taints those that are in trouble. */
export function newNodeLifecycleController(context: ControllerContext): Controller {
  const { client, informers, clock, events } = context
  const nodes = informers.for(nodeResource)
  const leases = informers.for(leaseResource, { namespace: 'kube-node-lease' })
  const pods = informers.for(podResource)
  pods.addIndex('node', (pod) => (pod.spec.nodeName ? [pod.spec.nodeName] : []))

  /** Node -> its last sign of life and when we saw it. */
  const lives = new Map<string, { readonly sign: string; readonly seenAtMs: number }>()
  /** Zone -> when a node was last given an evicting taint. */
  const evictedAtMs = new Map<string, number>()
  const evictions = (context.metrics ?? new MetricsRegistry()).counter(
    'node_collector_evictions_total',
    'Nodes that were given a taint which evicts their pods.',
    ['zone'],
  )

  return controller('node-lifecycle-controller', context, {
    watches: [onChange(nodes, keyOf), onChange(leases, (lease) => lease.metadata.name)],
    async reconcile(name, signal) {
      const node = nodes.lister.get(name)
      if (!node) {
        lives.delete(name)
        return done
      }
      if (!lives.has(name)) events.event(node, 'Normal', 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`)
      const verdict = judge(node, silentMs(node), clock.now())
      const { conditions } = verdict
      const judged = conditions
        ? await client.update(nodeResource, { ...node, status: { ...node.status, conditions } } as Node, { subresource: 'status', signal })
        : node
      if (verdict.ready === 'False' || verdict.silentInMs === undefined) await markPodsNotReady(node, signal)

      const waitMs = evictingKey(verdict.ready) ? evictionWaitMs(node) : 0
      const taints = taintsOf(judged, verdict.ready, { mayEvict: waitMs === 0, nowMs: clock.now() })
      if (!semanticEqual(taints, judged.spec?.taints)) await taint(judged, taints, signal)
      const next = Math.min(verdict.silentInMs ?? Infinity, waitMs || Infinity)
      return next === Infinity ? done : requeueAfter(next)
    },
  })

  /** Measured by our own clock. */
  function silentMs(node: Node): number {
    const { name } = node.metadata
    const renewed = leases.lister.get(`kube-node-lease/${name}`)?.spec.renewTime
    const heartbeat = node.status?.conditions?.find(({ type }) => type === 'Ready')?.lastHeartbeatTime
    const sign = `${renewed} ${heartbeat}`
    const known = lives.get(name)
    if (known?.sign === sign) return clock.monotonic() - known.seenAtMs
    lives.set(name, { sign, seenAtMs: clock.monotonic() })
    return 0
  }

  /** 0: now. A node that has its taint already takes nobody's turn. */
  function evictionWaitMs(node: Node): number {
    if (
      node.spec?.taints?.some(({ effect, key }) => effect === 'NoExecute' && ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].includes(key))
    )
      return 0
    const zone = zoneOf(node)
    const intervalMs = evictionIntervalMs(zone, Map.groupBy(nodes.lister.all(), zoneOf))
    if (intervalMs === undefined) return monitorMs
    return Math.max(0, (evictedAtMs.get(zone) ?? -Infinity) + intervalMs - clock.monotonic())
  }

  async function taint(node: Node, taints: NonNullable<NonNullable<Node['spec']>['taints']>, signal: AbortSignal): Promise<void> {
    const before = node.spec?.taints ?? []
    if (taints.some((each) => each.effect === 'NoExecute' && !before.includes(each))) {
      evictedAtMs.set(zoneOf(node), clock.monotonic())
      evictions.of(zoneOf(node)).inc()
    }
    const { uid, resourceVersion } = node.metadata
    await client.patch(nodeResource, node.metadata, { type: 'merge', patch: { metadata: { uid, resourceVersion }, spec: { taints } } }, { signal })
  }

  /** Services stop sending to pods of a node that cannot speak for them. */
  async function markPodsNotReady(node: Node, signal: AbortSignal): Promise<void> {
    const ready = pods.lister.byIndex('node', node.metadata.name).filter(isPodReady)
    if (ready.length) events.event(node, 'Normal', 'NodeNotReady', `Node ${node.metadata.name} status is now: NodeNotReady`)
    for (const pod of ready) await markNotReady(pod, signal)
  }

  async function markNotReady(pod: Pod, signal: AbortSignal): Promise<void> {
    const condition = { ...podCondition(pod, 'Ready'), status: 'False', lastTransitionTime: formatTime(clock.now()) }
    const patch = { metadata: { uid: pod.metadata.uid }, status: { conditions: [condition] } }
    try {
      await client.patch(podResource, pod.metadata, { type: 'strategic', patch }, { subresource: 'status', signal })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}
