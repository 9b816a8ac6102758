// A node with everything the scheduler has placed on it. Kept up to date pod by pod; never rebuilt per decision.
import { amounts, podRequests, podRequestsForScoring, type Amounts } from '../../api/core/pod-resources.ts'
import type { Node, Pod } from '../../api/core/v1.ts'

/** What scheduling needs of a pod again and again, computed once per pod version. */
export interface PodInfo {
  readonly pod: Pod
  readonly requests: Amounts
  readonly scoringRequests: Amounts
  readonly hostPorts: readonly HostPort[]
  readonly hasAffinity: boolean
  readonly hasRequiredAntiAffinity: boolean
}

export interface HostPort {
  readonly ip: string
  readonly protocol: string
  readonly port: number
}

const anyAddress = '0.0.0.0'

function hostPortsOf(pod: Pod): HostPort[] {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always')]
  return containers.flatMap((c) =>
    (c.ports ?? []).filter((p) => p.hostPort).map((p) => ({ ip: p.hostIP || anyAddress, protocol: p.protocol ?? 'TCP', port: p.hostPort! })),
  )
}

export function newPodInfo(pod: Pod): PodInfo {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {}
  return {
    pod,
    requests: podRequests(pod),
    scoringRequests: podRequestsForScoring(pod),
    hostPorts: hostPortsOf(pod),
    hasAffinity: podAffinity !== undefined || podAntiAffinity !== undefined,
    hasRequiredAntiAffinity: (podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.length ?? 0) > 0,
  }
}

/** 0.0.0.0 collides with every address of the same protocol and port. */
export function portsCollide(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === anyAddress || b.ip === anyAddress)
}

export class NodeInfo {
  #node: Node
  #allocatable: Amounts
  readonly #pods = new Map<string, PodInfo>()
  readonly #requested = new Map<string, number>()
  readonly #scoringRequested = new Map<string, number>()
  /** Pods whose affinity other pods' placement must heed. */
  readonly #withAffinity = new Map<string, PodInfo>()

  constructor(node: Node) {
    this.#node = node
    this.#allocatable = amounts(node.status?.allocatable)
  }

  get node(): Node {
    return this.#node
  }

  set node(node: Node) {
    this.#node = node
    this.#allocatable = amounts(node.status?.allocatable)
  }

  get name(): string {
    return this.#node.metadata.name
  }

  get pods(): Iterable<PodInfo> {
    return this.#pods.values()
  }

  get podCount(): number {
    return this.#pods.size
  }

  get podsWithAffinity(): Iterable<PodInfo> {
    return this.#withAffinity.values()
  }

  get allocatable(): Amounts {
    return this.#allocatable
  }

  /** Sum of requests of all pods here, assumed ones included. */
  get requested(): Amounts {
    return this.#requested
  }

  get scoringRequested(): Amounts {
    return this.#scoringRequested
  }

  label(key: string): string | undefined {
    const labels = this.#node.metadata.labels ?? {}
    return Object.hasOwn(labels, key) ? labels[key] : undefined
  }

  add(info: PodInfo): void {
    const { uid } = info.pod.metadata
    this.remove(uid)
    this.#pods.set(uid, info)
    if (info.hasAffinity) this.#withAffinity.set(uid, info)
    accumulate(this.#requested, info.requests, 1)
    accumulate(this.#scoringRequested, info.scoringRequests, 1)
  }

  /** @returns false when no such pod is here */
  remove(uid: string): boolean {
    const info = this.#pods.get(uid)
    if (!info) return false
    this.#pods.delete(uid)
    this.#withAffinity.delete(uid)
    accumulate(this.#requested, info.requests, -1)
    accumulate(this.#scoringRequested, info.scoringRequests, -1)
    return true
  }

  /** A copy to try things on (preemption): pods can be taken off it without effect on this one. */
  clone(): NodeInfo {
    const copy = new NodeInfo(this.#node)
    for (const info of this.#pods.values()) copy.add(info)
    return copy
  }
}

function accumulate(into: Map<string, number>, from: Amounts, sign: 1 | -1): void {
  for (const [name, value] of from) into.set(name, (into.get(name) ?? 0) + sign * value)
}
