// The endpoints that a service should have, by address family and set of ports. Source: k8s.io/endpointslice/{reconciler,utils}.go.
import { isPodReady, isPodTerminating } from '../../api/core/pod-status.ts'
import type { Node, Pod, Service } from '../../api/core/v1.ts'
import type { Endpoint, EndpointPort } from '../../api/discovery/v1.ts'
import { groupKey } from '../framework/endpoint-slices.ts'
import { belongsInEndpoints, hostnameIn, podIPs, portInPod } from '../framework/service-endpoints.ts'

export type AddressType = 'IPv4' | 'IPv6'

/** Endpoints that share their ports: pods whose named ports have other numbers are in another group. */
export interface EndpointGroup {
  readonly addressType: AddressType
  readonly ports: readonly EndpointPort[]
  readonly endpoints: readonly Endpoint[]
}

/** Families the service has; a headless service from before dual stack says none and has those of its cluster IP or, IPv4. */
export function addressTypesOf({ spec }: Service): readonly AddressType[] {
  const families = (spec?.ipFamilies ?? []).map((family) => (family === 'IPv6' ? 'IPv6' : 'IPv4'))
  if (families.length) return families
  return [spec?.clusterIP?.includes(':') ? 'IPv6' : 'IPv4']
}

/** @param pods selected by the service; @param nodeOf gives the node's zone to an endpoint */
export function desiredGroups(service: Service, pods: readonly Pod[], nodeOf: (name: string) => Node | undefined): readonly EndpointGroup[] {
  const groups = new Map<string, { addressType: AddressType; ports: readonly EndpointPort[]; endpoints: Endpoint[] }>()
  for (const pod of pods) {
    if (!belongsInEndpoints(pod, { includeTerminating: true })) continue
    const ports = portsOf(service, pod)
    for (const addressType of addressTypesOf(service)) {
      const addresses = podIPs(pod).filter((ip) => ip.includes(':') === (addressType === 'IPv6'))
      if (addresses.length === 0) continue
      const key = groupKey(addressType, ports)
      const group = groups.get(key) ?? { addressType, ports, endpoints: [] }
      group.endpoints.push(endpointOf(service, pod, addresses, nodeOf))
      groups.set(key, group)
    }
  }
  return [...groups.values()]
}

function portsOf(service: Service, pod: Pod): readonly EndpointPort[] {
  return (service.spec?.ports ?? []).flatMap((servicePort): EndpointPort[] => {
    const port = portInPod(pod, servicePort)
    if (port === undefined) return []
    const { name = '', protocol = 'TCP', appProtocol } = servicePort
    return [{ name, protocol, port, ...(appProtocol ? { appProtocol } : {}) } as EndpointPort]
  })
}

function endpointOf(service: Service, pod: Pod, addresses: readonly string[], nodeOf: (name: string) => Node | undefined): Endpoint {
  const serving = isPodReady(pod)
  const terminating = isPodTerminating(pod)
  const { nodeName } = pod.spec
  const zone = nodeName ? nodeOf(nodeName)?.metadata.labels?.['topology.kubernetes.io/zone'] : undefined
  const hostname = hostnameIn(pod, service)
  const { namespace, name, uid } = pod.metadata
  return {
    addresses,
    conditions: { ready: service.spec?.publishNotReadyAddresses === true || (serving && !terminating), serving, terminating },
    ...(hostname ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    ...(zone ? { zone } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
  }
}
