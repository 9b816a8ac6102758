// What the makers of EndpointSlices share. Source: k8s.io/endpointslice/util.
import type { EndpointPort, EndpointSlice } from '../../api/discovery/v1.ts'

export const serviceLabel = 'kubernetes.io/service-name'
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by'

/** The same for equal sets of ports, in whatever order. */
export function groupKey(addressType: string, ports: readonly EndpointPort[] | undefined): string {
  const texts = (ports ?? []).map(({ name = '', protocol = 'TCP', port, appProtocol }) => JSON.stringify([name, protocol, port ?? null, appProtocol ?? null]))
  return `${addressType} ${texts.toSorted().join(' ')}`
}

/** The key of the service that a slice of this manager belongs to. */
export function keyOfService({ metadata: { namespace, labels } }: EndpointSlice, managedBy: string): string | undefined {
  const service = labels?.[serviceLabel]
  return service && labels[managedByLabel] === managedBy ? `${namespace}/${service}` : undefined
}
