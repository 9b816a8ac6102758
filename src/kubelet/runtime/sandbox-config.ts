import { join } from 'node:path'
import type { Pod, ResourceRequirements } from '../../api/core/v1.ts'
import type { LinuxContainerResources, PodSandboxConfig, PortMapping } from '../../cri/generated/types.ts'
import { type ClusterDns, podDns, podNames } from './dns.ts'
import { sandboxLabels } from './labels.ts'
import { linuxResources } from './resources.ts'
import { sandboxSecurity } from './security-context.ts'

export interface SandboxInput {
  readonly pod: Pod
  readonly attempt: number
  readonly dns: ClusterDns
  /** Below it: <namespace>_<name>_<uid>/<container>/<n>.log. */
  readonly logRoot: string
  readonly cgroupParent: string
}

export function podLogDirectory(logRoot: string, { metadata }: Pod): string {
  return join(logRoot, `${metadata.namespace}_${metadata.name}_${metadata.uid}`)
}

/** @see Kubernetes 1.36 pkg/kubelet/kuberuntime/kuberuntime_sandbox.go (generatePodSandboxConfig) */
export function sandboxConfig({ pod, attempt, dns, logRoot, cgroupParent }: SandboxInput): PodSandboxConfig {
  const { metadata, spec } = pod
  return {
    metadata: { name: metadata.name, namespace: metadata.namespace, uid: metadata.uid, attempt },
    labels: sandboxLabels(pod),
    annotations: { ...metadata.annotations, 'kubernetes.io/config.source': 'api' },
    // With the node's network comes the node's name.
    hostname: spec.hostNetwork ? '' : podNames(pod, dns.domain).hostname,
    logDirectory: podLogDirectory(logRoot, pod),
    dnsConfig: podDns(pod, dns),
    portMappings: spec.hostNetwork ? [] : portMappings(pod),
    linux: {
      cgroupParent,
      securityContext: sandboxSecurity(pod),
      sysctls: Object.fromEntries((spec.securityContext?.sysctls ?? []).map(({ name, value }) => [name.replaceAll('/', '.'), value])),
      ...(spec.overhead ? { overhead: linuxResources({ requests: spec.overhead, limits: spec.overhead }) } : {}),
      resources: podResources(pod),
    },
  }
}

function portMappings({ spec }: Pod): PortMapping[] {
  return [...spec.containers, ...(spec.initContainers ?? [])]
    .flatMap((c) => c.ports ?? [])
    .filter((port) => port.hostPort)
    .map(({ protocol = 'TCP', containerPort, hostPort, hostIP }) => ({ protocol, containerPort, hostPort: hostPort!, hostIp: hostIP ?? '' }))
}

/** The sum over the pod's containers: informative for the runtime. */
function podResources({ spec }: Pod): LinuxContainerResources {
  const all = spec.containers.map(({ resources = {} }: { readonly resources?: ResourceRequirements }) => linuxResources(resources))
  const sum = (pick: (r: LinuxContainerResources) => number | undefined) => all.reduce((total, r) => total + (pick(r) ?? 0), 0)
  return {
    cpuShares: Math.max(
      2,
      sum((r) => r.cpuShares),
    ),
    ...(all.every((r) => r.cpuQuota) ? { cpuPeriod: 100_000, cpuQuota: sum((r) => r.cpuQuota) } : {}),
  }
}
