// Slices that say what a hand-written Endpoints object says. Source: pkg/controller/endpointslicemirroring/{reconciler,utils}.go.
import type { EndpointAddress, Endpoints, Service } from '../../api/core/v1.ts'
import type { Endpoint, EndpointPort, EndpointSlice } from '../../api/discovery/v1.ts'
import type { New } from '../../api/object.ts'
import { semanticEqual } from '../../apimachinery/json-equal.ts'
import { formatIp, parseIpSloppy, unmapIp } from '../../util/ip.ts'
import { groupKey, managedByLabel, serviceLabel } from '../framework/endpoint-slices.ts'
import { controllerReference } from '../framework/owner.ts'
import { selectsPods } from '../framework/service-endpoints.ts'
import type { SlicePlan } from '../framework/write-slices.ts'

/** --mirroring-max-endpoints-per-subset */
export const endpointsPerSubsetMax = 1000

export const managedBy = 'endpointslicemirroring-controller.k8s.io'

export interface Plan extends SlicePlan {
  /** Addresses left out: not an IP, or more than {@link endpointsPerSubsetMax} in their subset. */
  readonly invalid: number
  readonly tooMany: number
}

/** Endpoints of services without a selector are somebody's own; but leader elections of old, and who asks for it, are left out. */
export function isMirrored({ metadata: { labels, annotations } }: Endpoints, service: Service | undefined): boolean {
  if (!service || (service.spec?.type !== 'ExternalName' && selectsPods(service))) return false
  return labels?.['endpointslice.kubernetes.io/skip-mirror'] !== 'true' && annotations?.['control-plane.alpha.kubernetes.io/leader'] === undefined
}

/**
 * @param endpoints undefined: nothing is to be mirrored (any more)
 * @param existing mirrored slices of the service
 */
export function decide(endpoints: Endpoints | undefined, existing: readonly EndpointSlice[]): Plan {
  if (!endpoints) return { create: [], update: [], remove: existing, invalid: 0, tooMany: 0 }
  const { groups, invalid, tooMany } = groupsOf(endpoints)
  const plan = { create: [] as New<EndpointSlice>[], update: [] as EndpointSlice[], remove: [] as EndpointSlice[], invalid, tooMany }
  const slices = Map.groupBy(existing, (slice) => groupKey(slice.addressType, slice.ports))
  for (const [key, group] of groups) {
    const [slice, ...surplus] = slices.get(key) ?? []
    slices.delete(key)
    plan.remove.push(...surplus)
    const wanted = sliceOf(endpoints, group)
    if (!slice) plan.create.push(wanted)
    else if (!saysTheSame(slice, wanted)) {
      const { labels, annotations } = wanted.metadata as EndpointSlice['metadata']
      plan.update.push({ ...slice, metadata: { ...slice.metadata, labels, annotations }, endpoints: wanted.endpoints } as EndpointSlice)
    }
  }
  for (const unwanted of slices.values()) plan.remove.push(...unwanted)
  return plan
}

interface Group {
  readonly addressType: 'IPv4' | 'IPv6'
  readonly ports: readonly EndpointPort[]
  readonly endpoints: Endpoint[]
}

function groupsOf({ subsets = [] }: Endpoints): { groups: ReadonlyMap<string, Group>; invalid: number; tooMany: number } {
  const groups = new Map<string, Group>()
  let [invalid, tooMany] = [0, 0]
  for (const { addresses = [], notReadyAddresses = [], ports: given = [] } of subsets) {
    const ports = given.map(({ name = '', port, protocol = 'TCP', appProtocol }) => ({ name, port, protocol, ...(appProtocol ? { appProtocol } : {}) }))
    const all = [...addresses.map((address) => ({ address, ready: true })), ...notReadyAddresses.map((address) => ({ address, ready: false }))]
    let added = 0
    for (const [index, { address, ready }] of all.entries()) {
      if (added === endpointsPerSubsetMax) {
        tooMany += all.length - index
        break
      }
      const ip = parseIpSloppy(address.ip)
      if (!ip) {
        invalid++
        continue
      }
      added++
      const unmapped = unmapIp(ip)
      const addressType = unmapped.family === 4 ? 'IPv4' : 'IPv6'
      const key = groupKey(addressType, ports)
      const group = groups.get(key) ?? { addressType, ports, endpoints: [] }
      groups.set(key, group)
      if (group.endpoints.length < endpointsPerSubsetMax) group.endpoints.push(endpointOf(address, formatIp(unmapped), ready))
    }
  }
  return { groups, invalid, tooMany }
}

function endpointOf({ hostname, nodeName, targetRef }: EndpointAddress, ip: string, ready: boolean): Endpoint {
  return { addresses: [ip], conditions: { ready }, ...(hostname ? { hostname } : {}), ...(nodeName ? { nodeName } : {}), ...(targetRef ? { targetRef } : {}) }
}

/** Say something of the Endpoints object itself, not of what it holds. */
const ownAnnotations = ['endpoints.kubernetes.io/last-change-trigger-time', 'kubectl.kubernetes.io/last-applied-configuration']

function sliceOf(endpoints: Endpoints, { addressType, ports, endpoints: members }: Group): New<EndpointSlice> {
  const { namespace, name, labels, annotations } = endpoints.metadata
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace,
      generateName: `${name}-`,
      labels: { ...labels, [serviceLabel]: name, [managedByLabel]: managedBy },
      annotations: Object.fromEntries(Object.entries(annotations ?? {}).filter(([key]) => !ownAnnotations.includes(key))),
      ownerReferences: [controllerReference(endpoints)],
    },
    addressType,
    ports,
    endpoints: members,
  }
}

function saysTheSame(slice: EndpointSlice, wanted: New<EndpointSlice>): boolean {
  const { labels, annotations } = wanted.metadata
  const sorted = (endpoints: readonly Endpoint[] = []) => endpoints.toSorted((a, b) => (a.addresses[0]! < b.addresses[0]! ? -1 : 1))
  return (
    semanticEqual(slice.metadata.labels, labels) &&
    semanticEqual(slice.metadata.annotations, annotations) &&
    semanticEqual(sorted(slice.endpoints), sorted(wanted.endpoints))
  )
}
