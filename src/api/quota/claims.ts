// Claims of volumes and of devices against quotas. Source: k8s.io/kubernetes
// pkg/quota/v1/evaluator/core/{persistent_volume_claims,resource_claims}.go.
import { newQuantity, parseQuantity, type Quantity } from '../../apimachinery/quantity/quantity.ts'
import type { Quantities } from '../core/pod-quantities.ts'
import type { PersistentVolumeClaim } from '../core/v1.ts'
import type { ResourceClaim } from '../resource/v1.ts'
import { countName, type QuotaEvaluator, scopeValuesMatch, type Write } from './evaluator.ts'
import { one } from './resource-list.ts'

const volumeCount = countName({ group: '', plural: 'persistentvolumeclaims' })
const volumeNames: ReadonlySet<string> = new Set([volumeCount, 'persistentvolumeclaims', 'requests.storage'])
const ofStorageClass = '.storageclass.storage.k8s.io/'

/** What was asked for, or what an expansion under way already holds, in whole bytes. */
function storageOf({ spec, status }: PersistentVolumeClaim): Quantity | undefined {
  const asked = spec?.resources?.requests?.['storage']
  if (asked === undefined) return undefined
  const held = status?.allocatedResources?.['storage']
  const [request, allocated] = [parseQuantity(asked), held === undefined ? undefined : parseQuantity(held)]
  return roundedUp(allocated && allocated.compare(request) > 0 ? allocated : request)
}

const roundedUp = (quantity: Quantity) => (newQuantity(quantity.value()).equals(quantity) ? quantity : newQuantity(quantity.value()))

const storageClassOf = ({ metadata, spec }: PersistentVolumeClaim) =>
  metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName ?? ''

function volumeUsage(claim: PersistentVolumeClaim): Quantities {
  const usage: Quantities = new Map([
    [volumeCount, one],
    ['persistentvolumeclaims', one],
  ])
  const storageClass = storageClassOf(claim)
  if (storageClass) usage.set(`${storageClass}${ofStorageClass}persistentvolumeclaims`, one)
  const storage = storageOf(claim)
  if (!storage) return usage
  usage.set('requests.storage', storage)
  if (storageClass) usage.set(`${storageClass}${ofStorageClass}requests.storage`, storage)
  return usage
}

const attributesClasses = ({ spec, status }: PersistentVolumeClaim): string[] =>
  [spec?.volumeAttributesClassName, status?.currentVolumeAttributesClassName, status?.modifyVolumeStatus?.targetVolumeAttributesClassName].filter(
    (name): name is string => Boolean(name),
  )

const same = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((name) => b.includes(name))

/** A controller that reports another class or size of the volume moves the claim to another scope, or changes what it holds. */
function reportsOtherwise({ operation, object, oldObject }: Write): boolean {
  if (operation !== 'UPDATE' || !object || !oldObject) return false
  const [claim, old] = [object as PersistentVolumeClaim, oldObject as PersistentVolumeClaim]
  return (
    claim.status?.allocatedResources?.['storage'] !== old.status?.allocatedResources?.['storage'] || !same(attributesClasses(claim), attributesClasses(old))
  )
}

export const volumeClaimEvaluator: QuotaEvaluator = {
  handles: (write) =>
    write.subresource ? write.subresource === 'status' && reportsOtherwise(write) : write.operation === 'CREATE' || write.operation === 'UPDATE',
  matchingResources: (names) =>
    names.filter(
      (name) => volumeNames.has(name) || name.endsWith(`${ofStorageClass}persistentvolumeclaims`) || name.endsWith(`${ofStorageClass}requests.storage`),
    ),
  matchesScope: (requirement, object) =>
    requirement.scopeName === 'VolumeAttributesClass' && scopeValuesMatch(requirement, attributesClasses(object as PersistentVolumeClaim)),
  complaint: () => '',
  usage: (object) => volumeUsage(object as PersistentVolumeClaim),
}

const deviceCount = countName({ group: 'resource.k8s.io', plural: 'resourceclaims' })
const ofDeviceClass = '.deviceclass.resource.k8s.io/devices'
/** A claim can hold no more devices; one that wants all is charged for as many. */
const devicesMax = 32

interface Wanted {
  readonly deviceClassName: string
  readonly allocationMode?: string
  readonly count?: number
}

const devices = ({ allocationMode, count = 1 }: Wanted) => (allocationMode === 'All' ? devicesMax : count)

/** Of alternatives, the most of each class is charged. */
function deviceUsage({ spec }: ResourceClaim): Quantities {
  const perClass = new Map<string, number>()
  for (const { exactly, firstAvailable = [] } of spec.devices?.requests ?? []) {
    const most = new Map<string, number>()
    for (const wanted of exactly ? [exactly] : firstAvailable) {
      most.set(wanted.deviceClassName, Math.max(most.get(wanted.deviceClassName) ?? 0, devices(wanted)))
    }
    for (const [name, number] of most) perClass.set(name, (perClass.get(name) ?? 0) + number)
  }
  return new Map([[deviceCount, one], ...[...perClass].map(([name, number]) => [`${name}${ofDeviceClass}`, newQuantity(number)] as const)])
}

export const deviceClaimEvaluator: QuotaEvaluator = {
  handles: ({ operation, subresource }) => !subresource && (operation === 'CREATE' || operation === 'UPDATE'),
  matchingResources: (names) => names.filter((name) => name === deviceCount || name.endsWith(ofDeviceClass)),
  matchesScope: () => false,
  complaint: () => '',
  usage: (object) => deviceUsage(object as ResourceClaim),
}
