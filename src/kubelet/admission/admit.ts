// The kubelet's own word on a pod that was assigned to it: for pods that no scheduler has checked.
// Source: Kubernetes 1.36 pkg/kubelet/lifecycle/predicate.go.

import type { Container, Node, Pod } from '../../api/core/v1.ts'
import type { Quantity } from '../../api/runtime.ts'
import { milliValue, value } from '../runtime/quantities.ts'
import { total } from '../runtime/pod-resources.ts'
import type { Failure } from '../sync/pod-syncer.ts'

export interface AdmitInput {
  readonly others: readonly Pod[]
  readonly node: Node | undefined
  readonly allocatable: Readonly<Record<string, Quantity>>
}

/** Undefined when the pod may run here. */
export function admit(pod: Pod, { others, node, allocatable }: AdmitInput): Failure | undefined {
  const active = others.filter(({ status, metadata }) => status?.phase !== 'Failed' && status?.phase !== 'Succeeded' && metadata.uid !== pod.metadata.uid)
  return (
    osMismatch(pod) ??
    forbiddenSysctl(pod) ??
    tooManyPods(active, allocatable) ??
    resourceShortage(pod, active, allocatable) ??
    selectorMismatch(pod, node) ??
    portConflict(pod, active)
  )
}

function osMismatch({ spec }: Pod): Failure | undefined {
  if (spec.os === undefined || spec.os.name === 'linux') return undefined
  return { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" }
}

/** Namespaced settings that cannot harm the node or other pods. Source: pkg/kubelet/sysctl/safe_sysctls.go. */
const safeSysctls = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
])

function forbiddenSysctl({ spec }: Pod): Failure | undefined {
  const unsafe = spec.securityContext?.sysctls?.find(({ name }) => !safeSysctls.has(name.replaceAll('/', '.')))
  return unsafe && { reason: 'SysctlForbidden', message: `forbidden sysctl: ${JSON.stringify(unsafe.name)} not allowlisted` }
}

function tooManyPods(active: readonly Pod[], allocatable: AdmitInput['allocatable']): Failure | undefined {
  const capacity = value(allocatable['pods'] ?? '110')
  if (active.length + 1 <= capacity) return undefined
  return shortage('pods', { requested: 1, used: active.length, capacity })
}

function resourceShortage(pod: Pod, active: readonly Pod[], allocatable: AdmitInput['allocatable']): Failure | undefined {
  for (const [name, quantity] of Object.entries(allocatable)) {
    if (name === 'pods') continue
    const of = name === 'cpu' ? milliValue : value
    const request = (p: Pod) => total(p, (c: Container) => amount(c, name, of)) ?? 0
    const requested = request(pod)
    if (requested === 0) continue
    const used = active.reduce((sum, other) => sum + request(other), 0)
    if (used + requested > of(quantity)) return shortage(name, { requested, used, capacity: of(quantity) })
  }
  return undefined
}

function amount({ resources }: Container, name: string, of: (q: Quantity) => number): number {
  const quantity = resources?.requests?.[name]
  return quantity === undefined ? 0 : of(quantity)
}

function shortage(name: string, { requested, used, capacity }: { readonly requested: number; readonly used: number; readonly capacity: number }): Failure {
  return {
    reason: `OutOf${name}`,
    message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  }
}

function selectorMismatch({ spec }: Pod, node: Node | undefined): Failure | undefined {
  const labels = node?.metadata.labels
  if (!labels) return undefined
  const missing = Object.entries(spec.nodeSelector ?? {}).some(([key, wanted]) => !Object.hasOwn(labels, key) || labels[key] !== wanted)
  return missing ? predicate('NodeAffinity', "node(s) didn't match Pod's node affinity/selector") : undefined
}

function portConflict(pod: Pod, active: readonly Pod[]): Failure | undefined {
  const taken = active.flatMap(hostPorts)
  const conflict = hostPorts(pod).some((port) =>
    taken.some((t) => t.hostPort === port.hostPort && t.protocol === port.protocol && (t.ip === port.ip || t.ip === '0.0.0.0' || port.ip === '0.0.0.0')),
  )
  return conflict ? predicate('NodePorts', "node(s) didn't have free ports for the requested pod ports") : undefined
}

const predicate = (name: string, why: string): Failure => ({ reason: name, message: `Predicate ${name} failed: ${why}` })

function hostPorts({ spec }: Pod) {
  return [...spec.containers, ...(spec.initContainers ?? [])]
    .flatMap((c) => c.ports ?? [])
    .flatMap(({ hostPort, protocol = 'TCP', hostIP }) => (hostPort ? [{ hostPort, protocol, ip: hostIP || '0.0.0.0' }] : []))
}
