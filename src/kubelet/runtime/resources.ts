// Requests and limits as the kernel wants them. Source: Kubernetes 1.36 pkg/kubelet/cm/helpers_linux.go, pkg/kubelet/qos/policy.go.

import type { Container, Pod, ResourceRequirements } from '../../api/core/v1.ts'
import type { LinuxContainerResources } from '../../cri/generated/types.ts'
import { milliValue, value } from './quantities.ts'

/** The kernel's accounting period: 100 ms. */
const cpuPeriodUs = 100_000
/** The kernel refuses quotas below 1 ms. */
const cpuQuotaUsMin = 1_000
const sharesMin = 2
const sharesMax = 262_144
const sharesPerCpu = 1024

export function cpuShares(milliCpu: number): number {
  if (milliCpu === 0) return sharesMin
  return Math.min(Math.max(Math.floor((milliCpu * sharesPerCpu) / 1000), sharesMin), sharesMax)
}

export function cpuQuotaUs(milliCpu: number): number {
  return milliCpu === 0 ? 0 : Math.max(Math.floor((milliCpu * cpuPeriodUs) / 1000), cpuQuotaUsMin)
}

/** A missing CPU request is the limit; a missing limit leaves the quota alone. */
export function linuxResources({ requests, limits }: ResourceRequirements): LinuxContainerResources {
  const cpuLimit = limits?.['cpu']
  const memoryLimit = limits?.['memory']
  const request = requests?.['cpu'] ?? cpuLimit
  return {
    cpuShares: cpuShares(request === undefined ? 0 : milliValue(request)),
    ...(cpuLimit === undefined ? {} : { cpuPeriod: cpuPeriodUs, cpuQuota: cpuQuotaUs(milliValue(cpuLimit)) }),
    ...(memoryLimit === undefined ? {} : { memoryLimitInBytes: value(memoryLimit) }),
  }
}

/** How a running container's resources relate to what its spec asks for. */
export function resizeOf(container: Container, actual: LinuxContainerResources | null | undefined): 'none' | 'in-place' | 'restart' {
  const { resources } = container
  if (!actual || !isReported(actual) || !resources || (!resources.limits && !resources.requests)) return 'none'
  const wanted = linuxResources(resources)
  const cpu = differs(wanted.cpuShares, actual.cpuShares) || differs(wanted.cpuQuota, actual.cpuQuota)
  const memory = differs(wanted.memoryLimitInBytes, actual.memoryLimitInBytes)
  if (!cpu && !memory) return 'none'
  const restarts = (resource: string) => container.resizePolicy?.some((p) => p.resourceName === resource && p.restartPolicy === 'RestartContainer') ?? false
  return (cpu && restarts('cpu')) || (memory && restarts('memory')) ? 'restart' : 'in-place'
}

/** A runtime that reports anything reports shares: every container has some. */
const isReported = ({ cpuShares, cpuQuota, memoryLimitInBytes }: LinuxContainerResources) =>
  Boolean(cpuShares) || Boolean(cpuQuota) || Boolean(memoryLimitInBytes)

/** Wanted: 0 and absent mean nothing is. Actual: 0 and absent mean no limit, which may be what is to be changed. */
const differs = (wanted: number | undefined, actual: number | undefined) => Boolean(wanted) && wanted !== (actual ?? 0)

/**
 * Whom the kernel kills first when the node runs out of memory.
 * @param floor the kubelet's own value where it may not lower it (no CAP_SYS_RESOURCE)
 */
export function oomScoreAdj(pod: Pod, container: Container, { memoryBytes, floor }: { memoryBytes: number; floor: number }): number {
  return Math.max(wantedOomScoreAdj(pod, container, memoryBytes), floor)
}

function wantedOomScoreAdj(pod: Pod, container: Container, memoryBytes: number): number {
  // system-node-critical and system-cluster-critical pods go last.
  if ((pod.spec.priority ?? 0) >= 2_000_000_000) return -997
  switch (pod.status?.qosClass ?? qosClass(pod)) {
    case 'Guaranteed':
      return -997
    case 'BestEffort':
      return 1000
    case 'Burstable': {
      // The more of the node a container asked for, the later it goes.
      const request = container.resources?.requests?.['memory']
      const score = 1000 - Math.floor((1000 * (request === undefined ? 0 : value(request))) / Math.max(1, memoryBytes))
      return Math.min(Math.max(score, 3), 999)
    }
  }
}

/** @see Kubernetes 1.36 pkg/apis/core/v1/helper/qos/qos.go */
export function qosClass(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers]
  const names = ['cpu', 'memory']
  const positive = (list: ResourceRequirements['limits'], name: string) => list?.[name] !== undefined && milliValue(list[name]) > 0
  const some = all.some(({ resources }) => names.some((name) => positive(resources?.requests, name) || positive(resources?.limits, name)))
  if (!some) return 'BestEffort'
  const guaranteed = all.every(({ resources }) =>
    names.every((name) => {
      const limit = resources?.limits?.[name]
      const request = resources?.requests?.[name] ?? limit
      return limit !== undefined && positive(resources?.limits, name) && milliValue(limit) === milliValue(request!)
    }),
  )
  return guaranteed ? 'Guaranteed' : 'Burstable'
}
