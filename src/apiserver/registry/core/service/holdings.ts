// What a stored Service has of what there is only once. Pure.
import type { Service } from '../../../../api/core/v1.ts'
import { isHeadless, needsClusterIp } from './needs.ts'

export interface Holdings {
  readonly ips: readonly string[]
  readonly ports: readonly number[]
}

export function holdings({ spec }: Service): Holdings {
  const { clusterIPs = [], clusterIP, ports = [], healthCheckNodePort } = spec
  const ips = needsClusterIp(spec) && !isHeadless(spec) ? (clusterIPs.length ? clusterIPs : clusterIP ? [clusterIP] : []) : []
  const nodePorts = ports.flatMap((p) => (p.nodePort ? [p.nodePort] : []))
  return { ips, ports: [...new Set([...nodePorts, ...(healthCheckNodePort ? [healthCheckNodePort] : [])])] }
}
