// Source: pkg/apis/core/v1/defaults.go.
import { containerQuantities } from '../../../../api/core/pod-quantities.ts'
import type { Container, Pod, PodSpec, ResourceRequirements } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { podSpecDefaults } from '../../shared/pod-spec/defaults.ts'
import { isHugePage } from '../../shared/pod-spec/resource-names.ts'
import { isPodLevelResource } from '../../shared/pod-spec/validate-resources.ts'

type List = Record<string, string>

/** A limit without a request is also the request. */
function requestsFromLimits(resources: Mutable<ResourceRequirements> | undefined): void {
  if (!resources?.limits) return
  resources.requests = { ...resources.limits, ...resources.requests }
}

/** What the pod as a whole leaves open is what its containers ask for, or its own limit. */
function podLevelDefaults(spec: Mutable<PodSpec>): void {
  const { resources } = spec
  if (!resources) return
  const totals = (of: 'requests' | 'limits', wanted: (name: string) => boolean): List =>
    Object.fromEntries([...containerQuantities(spec, of)].filter(([name]) => wanted(name)).map(([name, total]) => [name, total.toString()]))
  if ([resources.limits, resources.requests].some((list) => Object.keys(list ?? {}).length > 0)) {
    const requested = resources.requests ?? {}
    const limits: List = { ...totals('limits', (name) => isHugePage(name) && !Object.hasOwn(requested, name)), ...resources.limits }
    if (Object.keys(limits).length > 0) resources.limits = limits
  }
  if (!resources.limits || Object.keys(resources.limits).length === 0) return
  const ofContainers = totals('requests', (name) => isPodLevelResource(name) && !isHugePage(name))
  const ofLimits = Object.fromEntries(Object.entries(resources.limits).filter(([name]) => isPodLevelResource(name)))
  const requests = { ...ofLimits, ...ofContainers, ...resources.requests }
  if (Object.keys(requests).length > 0) resources.requests = requests
}

/** On the host's network a container port is a host port. */
function hostNetworkPorts(containers: readonly Mutable<Container>[] | undefined): void {
  for (const port of (containers ?? []).flatMap((c) => c.ports ?? [])) port.hostPort ||= port.containerPort
}

/** Defaults of pods themselves; templates do not get these. Source: pkg/apis/core/v1/defaults.go (SetDefaults_Pod). */
export function podDefaults(pod: Mutable<Pod>): void {
  const { spec } = pod
  podSpecDefaults(spec)
  spec.enableServiceLinks ??= true
  for (const { resources } of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) requestsFromLimits(resources)
  podLevelDefaults(spec)
  if (spec.hostNetwork) {
    hostNetworkPorts(spec.containers)
    hostNetworkPorts(spec.initContainers)
  }
  syncPodIps(pod)
}

/** The first of podIPs is podIP; where they differ, the older field counts. Source: pkg/apis/core/v1/conversion.go. */
function syncPodIps({ status }: Mutable<Pod>): void {
  if (!status) return
  const { podIP, podIPs = [] } = status
  if (podIP && podIPs[0]?.ip !== podIP) status.podIPs = [{ ip: podIP }]
  if (!podIP && podIPs[0]?.ip) status.podIP = podIPs[0].ip
}
