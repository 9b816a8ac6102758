// Defaults of Services that upstream sets in code. Source: pkg/apis/core/v1/defaults.go (SetDefaults_Service).
import type { Service } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { isExternallyAccessible } from './needs.ts'

/** Three hours. */
const affinitySecondsDefault = 10_800

const hasClusterIps: ReadonlySet<string> = new Set(['ClusterIP', 'NodePort', 'LoadBalancer'])

export function serviceDefaults({ spec, status }: Mutable<Service>): void {
  spec.sessionAffinity ||= 'None'
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig
  if (spec.sessionAffinity === 'ClientIP' && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: affinitySecondsDefault } }
  }
  spec.type ||= 'ClusterIP'
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP'
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port
  }
  if (isExternallyAccessible(spec)) spec.externalTrafficPolicy ||= 'Cluster'
  if (hasClusterIps.has(spec.type)) spec.internalTrafficPolicy ??= 'Cluster'
  if (spec.type !== 'LoadBalancer') return
  spec.allocateLoadBalancerNodePorts ??= true
  for (const ingress of status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP'
}
