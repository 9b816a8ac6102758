// What the scheduler believes of the cluster: nodes with the pods on them, including pods it has decided on whose binding the
// API server has not shown yet ("assumed"). An assumption ends when the pod appears on its node, or is forgotten because
// binding failed. Source: pkg/scheduler/backend/cache.
import type { Node, Pod } from '../../api/core/v1.ts'
import { keyOf } from '../../api/object.ts'
import { newPodInfo, NodeInfo, type PodInfo } from '../framework/node-info.ts'
import type { ClusterView } from '../framework/plugin.ts'

export class Cache implements ClusterView {
  readonly #nodes = new Map<string, NodeInfo>()
  /** Pods whose node is not known (yet): added when it appears. By node name, then uid. */
  readonly #waiting = new Map<string, Map<string, PodInfo>>()
  /** uid -> node name, of every pod placed or assumed. */
  readonly #placed = new Map<string, string>()
  readonly #assumed = new Set<string>()
  /** Stable while no node comes or goes; sampling walks over it round-robin. */
  #list: readonly NodeInfo[] = []

  get nodes(): readonly NodeInfo[] {
    return this.#list
  }

  node(name: string): NodeInfo | undefined {
    return this.#nodes.get(name)
  }

  isAssumed(pod: Pod): boolean {
    return this.#assumed.has(pod.metadata.uid)
  }

  setNode(node: Node): void {
    const { name } = node.metadata
    const known = this.#nodes.get(name)
    if (known) {
      known.node = node
      return
    }
    const info = new NodeInfo(node)
    for (const pod of this.#waiting.get(name)?.values() ?? []) info.add(pod)
    this.#waiting.delete(name)
    this.#nodes.set(name, info)
    this.#list = spreadOverZones(this.#nodes.values())
  }

  removeNode(name: string): void {
    const info = this.#nodes.get(name)
    if (!info) return
    this.#nodes.delete(name)
    this.#list = spreadOverZones(this.#nodes.values())
    if (info.podCount) this.#waiting.set(name, new Map([...info.pods].map((p) => [p.pod.metadata.uid, p])))
  }

  /** A pod with a node, as the API server shows it: confirms an assumption, or corrects it. */
  setPod(pod: Pod): void {
    this.#assumed.delete(pod.metadata.uid)
    this.#place(pod)
  }

  removePod(pod: Pod): void {
    const { uid } = pod.metadata
    this.#assumed.delete(uid)
    const nodeName = this.#placed.get(uid)
    if (nodeName === undefined) return
    this.#placed.delete(uid)
    this.#nodes.get(nodeName)?.remove(uid)
    this.#waiting.get(nodeName)?.delete(uid)
  }

  /** Counts `pod` on `nodeName` from now on, before the API server knows. */
  assume(pod: Pod, nodeName: string): void {
    if (this.#placed.has(pod.metadata.uid)) throw new Error(`pod ${keyOf(pod)} is in the cache already`)
    this.#assumed.add(pod.metadata.uid)
    this.#place({ ...pod, spec: { ...pod.spec, nodeName } })
  }

  /** Takes back an assumption; does nothing when the pod has been confirmed meanwhile. */
  forget(pod: Pod): void {
    if (this.#assumed.has(pod.metadata.uid)) this.removePod(pod)
  }

  #place(pod: Pod): void {
    const { uid } = pod.metadata
    const nodeName = pod.spec.nodeName!
    if (this.#placed.get(uid) !== nodeName) this.removePod(pod)
    this.#placed.set(uid, nodeName)
    const info = newPodInfo(pod)
    const node = this.#nodes.get(nodeName)
    if (node) return node.add(info)
    const waiting = this.#waiting.get(nodeName) ?? new Map<string, PodInfo>()
    this.#waiting.set(nodeName, waiting.set(uid, info))
  }
}

/** Alternates zones, so that a sample of nodes is a sample of zones too. */
function spreadOverZones(nodes: Iterable<NodeInfo>): NodeInfo[] {
  const zones = [...Map.groupBy(nodes, (n) => n.label('topology.kubernetes.io/zone') ?? '').values()]
  const longest = Math.max(0, ...zones.map((z) => z.length))
  return Array.from({ length: longest }, (_, i) => zones.flatMap((z) => (z[i] ? [z[i]] : []))).flat()
}
