// The old form of a service's endpoints: one object, grouped by ports. Source: pkg/controller/endpoint/endpoints_controller.go.
import { isPodReady } from '../../api/core/pod-status.ts'
import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints, Pod, Service } from '../../api/core/v1.ts'
import type { New } from '../../api/object.ts'
import { semanticEqual } from '../../apimachinery/json-equal.ts'
import { belongsInEndpoints, hostnameIn, podIPs, portInPod } from '../framework/service-endpoints.ts'

/** Addresses an Endpoints object may have; more are cut off, and an annotation says so. */
const addressesMax = 1000
const overCapacityAnnotation = 'endpoints.kubernetes.io/over-capacity'
const headlessLabel = 'service.kubernetes.io/headless'
const managedByLabel = 'endpoints.kubernetes.io/managed-by'

export type Plan =
  | { readonly kind: 'create'; readonly endpoints: New<Endpoints> }
  | { readonly kind: 'update'; readonly endpoints: Endpoints }
  | { readonly kind: 'keep' }

/** @param pods selected by the service */
export function decide(service: Service, pods: readonly Pod[], existing: Endpoints | undefined): Plan {
  const { subsets, truncated } = truncate(subsetsOf(service, pods))
  const labels = labelsOf(service)
  const annotations = Object.fromEntries([
    ...Object.entries(existing?.metadata.annotations ?? {}).filter(([key]) => key !== overCapacityAnnotation),
    ...(truncated ? [[overCapacityAnnotation, 'truncated']] : []),
  ]) as Record<string, string>
  const { namespace, name } = service.metadata
  if (!existing) return { kind: 'create', endpoints: { apiVersion: 'v1', kind: 'Endpoints', metadata: { namespace, name, labels, annotations }, subsets } }
  const same =
    semanticEqual(existing.subsets, subsets) && semanticEqual(existing.metadata.labels, labels) && semanticEqual(existing.metadata.annotations, annotations)
  return same ? { kind: 'keep' } : { kind: 'update', endpoints: { ...existing, metadata: { ...existing.metadata, labels, annotations }, subsets } }
}

interface Subset {
  readonly ports: readonly EndpointPort[]
  readonly ready: EndpointAddress[]
  readonly notReady: EndpointAddress[]
}

function subsetsOf(service: Service, pods: readonly Pod[]): readonly EndpointSubset[] {
  const publishAll = service.spec?.publishNotReadyAddresses === true
  const subsets = new Map<string, Subset>()
  for (const pod of pods) {
    const address = belongsInEndpoints(pod, { includeTerminating: publishAll }) ? addressOf(service, pod) : undefined
    if (!address) continue
    const ports = portsOf(service, pod)
    if (ports.length === 0 && (service.spec?.ports ?? []).length > 0) continue
    const key = JSON.stringify(ports)
    const subset = subsets.get(key) ?? { ports, ready: [], notReady: [] }
    subset[publishAll || isPodReady(pod) ? 'ready' : 'notReady'].push(address)
    subsets.set(key, subset)
  }
  return [...subsets]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { ready, notReady, ports }]) => ({
      ...(ready.length ? { addresses: ready.toSorted(byIp) } : {}),
      ...(notReady.length ? { notReadyAddresses: notReady.toSorted(byIp) } : {}),
      ...(ports.length ? { ports } : {}),
    }))
}

const byIp = (a: EndpointAddress, b: EndpointAddress) => (a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : 0)

function addressOf(service: Service, pod: Pod): EndpointAddress | undefined {
  const wantsIPv6 = (service.spec?.ipFamilies?.[0] ?? (service.spec?.clusterIP?.includes(':') ? 'IPv6' : 'IPv4')) === 'IPv6'
  const ip = podIPs(pod).find((each) => each.includes(':') === wantsIPv6)
  if (!ip) return undefined
  const { namespace, name, uid } = pod.metadata
  const { nodeName } = pod.spec
  const hostname = hostnameIn(pod, service)
  return { ip, ...(hostname ? { hostname } : {}), ...(nodeName ? { nodeName } : {}), targetRef: { kind: 'Pod', namespace, name, uid } }
}

function portsOf(service: Service, pod: Pod): readonly EndpointPort[] {
  const ports = (service.spec?.ports ?? []).flatMap((servicePort): EndpointPort[] => {
    const port = portInPod(pod, servicePort)
    if (port === undefined) return []
    const { name, protocol = 'TCP', appProtocol } = servicePort
    return [{ ...(name ? { name } : {}), port, protocol, ...(appProtocol ? { appProtocol } : {}) }]
  })
  return ports.toSorted((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1))
}

/** Ready addresses are kept before others. */
function truncate(subsets: readonly EndpointSubset[]): { subsets: readonly EndpointSubset[]; truncated: boolean } {
  const count = (of: 'addresses' | 'notReadyAddresses') => subsets.reduce((total, subset) => total + (subset[of]?.length ?? 0), 0)
  if (count('addresses') + count('notReadyAddresses') <= addressesMax) return { subsets, truncated: false }
  let readyLeft = addressesMax
  let otherLeft = Math.max(0, addressesMax - count('addresses'))
  const cut = subsets.map(({ addresses = [], notReadyAddresses = [], ports }): EndpointSubset => {
    const ready = addresses.slice(0, readyLeft)
    const other = notReadyAddresses.slice(0, otherLeft)
    readyLeft -= ready.length
    otherLeft -= other.length
    return { ...(ready.length ? { addresses: ready } : {}), ...(other.length ? { notReadyAddresses: other } : {}), ...(ports ? { ports } : {}) }
  })
  return { subsets: cut.filter(({ addresses, notReadyAddresses }) => addresses || notReadyAddresses), truncated: true }
}

function labelsOf({ metadata, spec }: Service): Record<string, string> {
  const own = Object.entries(metadata.labels ?? {}).filter(([key]) => key !== headlessLabel)
  const headless = spec?.clusterIP === 'None' ? [[headlessLabel, '']] : []
  return Object.fromEntries([...own, [managedByLabel, 'endpoint-controller'], ...headless]) as Record<string, string>
}
