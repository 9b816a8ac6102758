// From what is and what should be to as few writes as possible: endpoints stay in the slice they are in, new ones fill what has
// to be written anyway, and only then slices are added. Source: k8s.io/endpointslice/reconciler.go.
import type { Service } from '../../api/core/v1.ts'
import type { Endpoint, EndpointPort, EndpointSlice } from '../../api/discovery/v1.ts'
import type { New } from '../../api/object.ts'
import { semanticEqual } from '../../apimachinery/json-equal.ts'
import { groupKey, managedByLabel, serviceLabel } from '../framework/endpoint-slices.ts'
import { controllerReference } from '../framework/owner.ts'
import type { SlicePlan } from '../framework/write-slices.ts'
import { type AddressType, type EndpointGroup, addressTypesOf } from './desired.ts'

/** --max-endpoints-per-slice */
export const endpointsPerSliceMax = 100

export const managedBy = 'endpointslice-controller.k8s.io'
const headlessLabel = 'service.kubernetes.io/headless'

/** @param existing slices of the service that we manage and that are not being deleted */
export function decide(service: Service, groups: readonly EndpointGroup[], existing: readonly EndpointSlice[]): SlicePlan {
  const plan = { create: [] as New<EndpointSlice>[], update: [] as EndpointSlice[], remove: [] as EndpointSlice[] }
  const slices = Map.groupBy(existing, (slice) => groupKey(slice.addressType, slice.ports))
  const labels = labelsOf(service)
  for (const group of withPlaceholders(service, groups)) {
    const key = groupKey(group.addressType, group.ports)
    spread(service, group, slices.get(key) ?? [], labels, plan)
    slices.delete(key)
  }
  for (const unwanted of slices.values()) plan.remove.push(...unwanted)
  return plan
}

/** A service that selects nothing has one empty slice per family, so that consumers see that it was looked at. */
function withPlaceholders(service: Service, groups: readonly EndpointGroup[]): readonly EndpointGroup[] {
  const bare = addressTypesOf(service).filter((addressType) => !groups.some((group) => group.addressType === addressType))
  return [...groups, ...bare.map((addressType) => ({ addressType, ports: [], endpoints: [] }))]
}

interface Filling {
  readonly slice: EndpointSlice
  readonly endpoints: Endpoint[]
  changed: boolean
}

function spread(
  service: Service,
  group: EndpointGroup,
  slices: readonly EndpointSlice[],
  labels: Record<string, string>,
  plan: { create: New<EndpointSlice>[]; update: EndpointSlice[]; remove: EndpointSlice[] },
): void {
  const missing = new Map(group.endpoints.map((endpoint) => [endpointKey(endpoint), endpoint]))
  const fillings = slices.map((slice): Filling => {
    const kept = (slice.endpoints ?? []).flatMap((endpoint) => {
      const wanted = missing.get(endpointKey(endpoint))
      missing.delete(endpointKey(endpoint))
      return wanted ? [wanted] : []
    })
    return { slice, endpoints: kept, changed: !semanticEqual(kept, slice.endpoints ?? []) || !semanticEqual(labels, slice.metadata.labels) }
  })
  const left = [...missing.values()]
  // What is to be written anyway is filled first, then the fullest slice that takes the rest: one write instead of a new slice.
  for (const filling of fillings.filter((each) => each.changed)) fill(filling, left)
  const room = fillings
    .filter((each) => left.length > 0 && each.endpoints.length + left.length <= endpointsPerSliceMax)
    .toSorted((a, b) => b.endpoints.length - a.endpoints.length)[0]
  if (room) fill(room, left)
  for (; left.length > 0;) plan.create.push(newSlice(service, group, left.splice(0, endpointsPerSliceMax), labels))

  const isPlaceholder = group.endpoints.length === 0
  if (isPlaceholder && fillings.length === 0) plan.create.push(newSlice(service, group, [], labels))
  for (const [index, { slice, endpoints, changed }] of fillings.entries()) {
    const needed = endpoints.length > 0 || (isPlaceholder && index === 0)
    if (!needed) plan.remove.push(slice)
    else if (changed) plan.update.push({ ...slice, metadata: { ...slice.metadata, labels }, endpoints })
  }
}

function fill(filling: Filling, left: Endpoint[]): void {
  const taken = left.splice(0, endpointsPerSliceMax - filling.endpoints.length)
  filling.endpoints.push(...taken)
  filling.changed ||= taken.length > 0
}

const endpointKey = ({ targetRef, addresses }: Endpoint) => `${targetRef?.uid ?? ''} ${addresses.toSorted().join(' ')}`

/** The service's own labels and ours; ours win. */
function labelsOf(service: Service): Record<string, string> {
  const own = Object.entries(service.metadata.labels ?? {}).filter(([key]) => ![serviceLabel, managedByLabel, headlessLabel].includes(key))
  const headless = service.spec?.clusterIP === 'None' || service.spec?.clusterIP === undefined || service.spec.clusterIP === ''
  return Object.fromEntries([...own, [serviceLabel, service.metadata.name], [managedByLabel, managedBy], ...(headless ? [[headlessLabel, '']] : [])])
}

function newSlice(
  service: Service,
  group: { addressType: AddressType; ports: readonly EndpointPort[] },
  endpoints: readonly Endpoint[],
  labels: Record<string, string>,
): New<EndpointSlice> {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace: service.metadata.namespace, generateName: `${service.metadata.name}-`, labels, ownerReferences: [controllerReference(service)] },
    addressType: group.addressType,
    ports: group.ports,
    endpoints,
  }
}
