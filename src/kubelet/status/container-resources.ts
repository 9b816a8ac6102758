import type { Container, ContainerStatus, ResourceRequirements } from '../../api/core/v1.ts'
import { linuxResources } from '../runtime/resources.ts'
import type { RuntimeContainer } from '../runtime/runtime-pod.ts'

type Resources = Pick<ContainerStatus, 'resources' | 'allocatedResources'>

/**
 * What a container really has: limits as the runtime reports them, requests as allocated (the kernel knows no memory request,
 * and shares lose precision).
 * @see Kubernetes 1.36 pkg/kubelet/kubelet_pods.go (convertContainerStatusResources)
 */
export function containerResources({ resources }: Container, { state, resources: actual }: RuntimeContainer): Resources {
  if (!resources || (!resources.limits && !resources.requests)) return state === 'running' ? { resources: {} } : {}
  const allocated = resources.requests && Object.keys(resources.requests).length > 0 ? { allocatedResources: resources.requests } : {}
  if (!actual || state !== 'running') return { resources, ...allocated }
  return { resources: withActual(resources, actual), ...allocated }
}

/** Where the runtime still has other values than the spec asks for (a resize is under way), the runtime's are shown. */
function withActual(resources: ResourceRequirements, actual: NonNullable<RuntimeContainer['resources']>): ResourceRequirements {
  const wanted = linuxResources(resources)
  const limits = { ...resources.limits }
  const requests = { ...resources.requests }
  if (limits['cpu'] !== undefined && actual.cpuQuota && actual.cpuQuota !== wanted.cpuQuota)
    limits['cpu'] = `${Math.round((actual.cpuQuota * 1000) / (actual.cpuPeriod || 100_000))}m`
  if (limits['memory'] !== undefined && actual.memoryLimitInBytes && actual.memoryLimitInBytes !== wanted.memoryLimitInBytes)
    limits['memory'] = String(actual.memoryLimitInBytes)
  if (requests['cpu'] !== undefined && actual.cpuShares && actual.cpuShares !== wanted.cpuShares)
    requests['cpu'] = `${Math.round((actual.cpuShares * 1000) / 1024)}m`
  return {
    ...(resources.limits ? { limits } : {}),
    ...(resources.requests ? { requests } : {}),
    ...(resources.claims ? { claims: resources.claims } : {}),
  }
}
