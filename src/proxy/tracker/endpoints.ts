// Which endpoints stand behind a service port, and which of them a packet may be sent to.
// Source: KEP-1669 (terminating endpoints), KEP-2086 (internal traffic policy), pkg/proxy/topology.go.
import type { EndpointSlice } from '../../api/discovery/v1.ts'
import type { Family, ServicePort } from './service-port.ts'

export interface Endpoint {
  readonly ip: string
  readonly port: number
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
  /** Runs on this proxy's node. */
  readonly local: boolean
  /** Zones that should use it (topology-aware routing); empty: all. */
  readonly zoneHints: readonly string[]
}

export const serviceNameLabel = 'kubernetes.io/service-name'

/** `namespace/name` of the Service that a slice belongs to. */
export function serviceOf(slice: EndpointSlice): string | undefined {
  const name = slice.metadata.labels?.[serviceNameLabel]
  return name ? `${slice.metadata.namespace}/${name}` : undefined
}

const byAddress = (a: Endpoint, b: Endpoint) => (a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : a.port - b.port)

/** @returns port name -> endpoints, each address and port once, in a stable order */
export function endpointsByPort(slices: Iterable<EndpointSlice>, { family, nodeName }: { family: Family; nodeName: string }): Map<string, Endpoint[]> {
  const found = new Map<string, Map<string, Endpoint>>()
  for (const slice of slices) {
    if (slice.addressType.toLowerCase() !== family) continue
    for (const { name = '', port } of slice.ports ?? []) {
      if (port === undefined) continue
      const endpoints = found.get(name) ?? new Map<string, Endpoint>()
      found.set(name, endpoints)
      for (const { addresses, conditions, nodeName: node, hints } of slice.endpoints ?? []) {
        const ip = addresses[0]
        if (!ip) continue
        const terminating = conditions?.terminating ?? false
        const ready = conditions?.ready ?? true
        const serving = conditions?.serving ?? ready
        const endpoint = { ip, port, ready, serving, terminating, local: node === nodeName, zoneHints: (hints?.forZones ?? []).map((z) => z.name) }
        // The same address may stand in two slices for a moment while it moves: the usable one wins.
        const key = `${ip} ${port}`
        if (!endpoints.get(key)?.ready) endpoints.set(key, endpoint)
      }
    }
  }
  return new Map([...found].map(([name, endpoints]) => [name, [...endpoints.values()].toSorted(byAddress)]))
}

/** Ready endpoints; if there are none, those that still serve while they terminate. */
function usable(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const ready = endpoints.filter((e) => e.ready)
  return ready.length ? ready : endpoints.filter((e) => e.serving && e.terminating)
}

/** Hints are obeyed only when every ready endpoint has one and this zone is served. */
function inZone(endpoints: readonly Endpoint[], zone: string): readonly Endpoint[] {
  if (!zone || endpoints.some((e) => e.zoneHints.length === 0)) return endpoints
  const here = endpoints.filter((e) => e.zoneHints.includes(zone))
  return here.length ? here : endpoints
}

export interface Targets {
  /** For traffic under the Cluster policy. */
  readonly cluster: readonly Endpoint[]
  /** For traffic under the Local policy: endpoints on this node. */
  readonly local: readonly Endpoint[]
  /** Some endpoint exists somewhere: an empty `local` then drops instead of rejecting. */
  readonly anywhere: boolean
}

export function targets(port: ServicePort, endpoints: readonly Endpoint[], zone: string): Targets {
  const wantsLocal = port.internalPolicyLocal || port.externalPolicyLocal
  const cluster = inZone(usable(endpoints), zone)
  const local = wantsLocal ? usable(endpoints.filter((e) => e.local)) : []
  return { cluster, local, anywhere: cluster.length > 0 || local.length > 0 }
}
