// The Node object as this kubelet wants it. Pure.
// Source: Kubernetes 1.36 pkg/kubelet/kubelet_node_status.go, pkg/kubelet/nodestatus/setters.go.

import type { NodeAddress, NodeCondition, NodeStatus } from '../../api/core/v1.ts'
import type { Image } from '../../cri/generated/types.ts'
import { parseQuantity } from '../../apimachinery/quantity/quantity.ts'
import { formatTime } from '../../util/clock.ts'
import type { MachineInfo } from '../machine/machine-info.ts'

export interface NodeFacts {
  readonly machine: MachineInfo
  readonly nodeName: string
  readonly hostname: string
  readonly nodeIPs: readonly string[]
  readonly maxPods: number
  readonly version: string
  readonly reserved: Readonly<Record<string, string>>
  readonly capacity: Readonly<Record<string, string>>
  /** `containerd://1.6.20`. */
  readonly runtimeVersion: string
  readonly serverPort: number
}

type Amounts = Readonly<Record<string, string>>

export function capacityOf({ machine, maxPods, capacity }: NodeFacts): Amounts {
  return {
    cpu: String(machine.cpus),
    'ephemeral-storage': `${Math.floor(machine.diskBytes / 1024)}Ki`,
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: `${Math.floor(machine.memoryBytes / 1024)}Ki`,
    pods: String(maxPods),
    ...capacity,
  }
}

/** Hard eviction keeps 100 Mi of memory free: upstream's default, taken off what pods may ask for. */
const evictionMemory = '100Mi'

export function allocatableOf(facts: NodeFacts): Amounts {
  const kept: readonly (readonly [string, string])[] = [['memory', evictionMemory], ...Object.entries(facts.reserved)]
  return Object.fromEntries(
    Object.entries(capacityOf(facts)).map(([name, amount]) => {
      const parts = kept.filter(([resource]) => resource === name)
      if (parts.length === 0) return [name, amount]
      const left = parts.reduce((rest, [, part]) => rest.sub(parseQuantity(part)), parseQuantity(amount))
      return [name, left.sign < 0 ? '0' : left.toString()]
    }),
  )
}

export function addressesOf({ nodeIPs, hostname }: NodeFacts): NodeAddress[] {
  return [...nodeIPs.map((address) => ({ type: 'InternalIP', address })), { type: 'Hostname', address: hostname }]
}

export function nodeLabels({ hostname, machine }: NodeFacts): Readonly<Record<string, string>> {
  return {
    'beta.kubernetes.io/arch': machine.architecture,
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': machine.architecture,
    'kubernetes.io/hostname': hostname,
    'kubernetes.io/os': 'linux',
  }
}

export interface Health {
  /** Why the node is not ready; undefined when it is. */
  readonly notReady: string | undefined
  readonly memoryPressure: boolean
  readonly diskPressure: boolean
  readonly pidPressure: boolean
}

export function conditionsOf(health: Health, previous: readonly NodeCondition[], nowMs: number): NodeCondition[] {
  const pressure = (type: string, what: string, has: string, hasNot: string, on: boolean) => ({
    type,
    status: on ? 'True' : 'False',
    reason: on ? `KubeletHas${what}` : `KubeletHas${hasNot}`,
    message: `kubelet has ${on ? has : hasNot === 'NoDiskPressure' ? 'no disk pressure' : hasNot === 'SufficientPID' ? 'sufficient PID available' : 'sufficient memory available'}`,
  })
  const wanted = [
    pressure('MemoryPressure', 'InsufficientMemory', 'insufficient memory available', 'SufficientMemory', health.memoryPressure),
    pressure('DiskPressure', 'DiskPressure', 'disk pressure', 'NoDiskPressure', health.diskPressure),
    pressure('PIDPressure', 'InsufficientPID', 'insufficient PID available', 'SufficientPID', health.pidPressure),
    health.notReady === undefined
      ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
      : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: health.notReady },
  ]
  const now = formatTime(nowMs)
  return wanted.map((condition) => {
    const old = previous.find((c) => c.type === condition.type)
    const lastTransitionTime = (old?.status === condition.status ? old.lastTransitionTime : undefined) ?? now
    return { ...condition, lastHeartbeatTime: now, lastTransitionTime }
  })
}

/** Upstream reports the 50 largest images, five names each. */
const imagesMax = 50
const namesMax = 5

export function imagesOf(images: readonly Image[]): NonNullable<NodeStatus['images']> {
  return images
    .toSorted((a, b) => (b.size ?? 0) - (a.size ?? 0))
    .slice(0, imagesMax)
    .map(({ repoTags = [], repoDigests = [], size = 0 }) => ({ names: [...repoDigests, ...repoTags].slice(0, namesMax), sizeBytes: size }))
}

/** What this kubelet can do to running pods beyond what every kubelet can: CPUs are never pinned, so any pod may get more or less of them. */
export const declaredFeatures: readonly string[] = ['GuaranteedQoSPodCPUResize']

export function nodeInfoOf({ machine, version, runtimeVersion }: NodeFacts): NonNullable<NodeStatus['nodeInfo']> {
  return {
    machineID: machine.machineID,
    systemUUID: machine.systemUUID,
    bootID: machine.bootID,
    kernelVersion: machine.kernelVersion,
    osImage: machine.osImage,
    containerRuntimeVersion: runtimeVersion,
    kubeletVersion: version,
    kubeProxyVersion: '',
    operatingSystem: 'linux',
    architecture: machine.architecture,
  }
}

/** Extended resources that clients patched in stay; the kubelet's own amounts are refreshed. */
export function mergedAmounts(previous: Amounts | undefined, own: Amounts): Amounts {
  return { ...previous, ...own }
}
