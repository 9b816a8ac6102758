// What a claim got. Source: pkg/apis/resource/validation/validation.go (validateResourceClaimStatusUpdate).
import type {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceRequestAllocationResult,
  ResourceClaim,
  ResourceClaimConsumerReference,
} from '../../../../api/resource/v1.ts'
import { duplicate, type FieldError, forbidden, invalid, required, tooLong, tooMany } from '../../../../apimachinery/field-errors.ts'
import { semanticEqual } from '../../../../apimachinery/json-equal.ts'
import { validateInterfaceAddress } from '../../../../apimachinery/validation/ip.ts'
import { byteLength, isDns1123Label, isDns1123Subdomain } from '../../../../apimachinery/validation/names.ts'
import { immutableMessage } from '../../../../apimachinery/validation/object-meta.ts'
import { internalFormOf } from '../../shared/pod-spec/internal-form.ts'
import { invalidAll } from '../../shared/pod-spec/invalid-values.ts'
import { validateNodeSelector } from '../../shared/pod-spec/validate-affinity.ts'
import { requestNames, validateRequestName } from '../validate-claim-spec.ts'
import { validateDriver, validatePool } from '../validate-parts.ts'

const reservedMax = 256
const resultsMax = 32
const interfaceBytesMax = 256
const hardwareBytesMax = 128
const addressesMax = 16

const validateDevice = (field: string, device = '') => (device ? invalidAll(field, device, isDns1123Label(device)) : [required(field)])

function validateConsumer(at: string, { apiGroup, resource, name, uid }: ResourceClaimConsumerReference): readonly FieldError[] {
  return [
    ...(apiGroup ? invalidAll(`${at}.apiGroup`, apiGroup, isDns1123Subdomain(apiGroup)) : []),
    ...(resource ? [] : [required(`${at}.resource`)]),
    ...(name ? [] : [required(`${at}.name`)]),
    ...(uid ? [] : [required(`${at}.uid`)]),
  ]
}

function validateReserved(consumers: readonly ResourceClaimConsumerReference[]): readonly FieldError[] {
  const field = 'status.reservedFor'
  if (consumers.length > reservedMax) return [tooMany(field, consumers.length, reservedMax)]
  const uids = consumers.map(({ uid }) => uid)
  return consumers.flatMap((consumer, i) => {
    const at = `${field}[${i}]`
    return [...validateConsumer(at, consumer), ...(uids.indexOf(consumer.uid) < i ? [duplicate(`${at}.uid`, consumer.uid)] : [])]
  })
}

function validateResult(at: string, { request, driver, pool, device }: DeviceRequestAllocationResult, known: ReadonlySet<string>): readonly FieldError[] {
  return [
    ...validateRequestName(`${at}.request`, request, known),
    ...validateDriver(`${at}.driver`, driver),
    ...validatePool(`${at}.pool`, pool),
    ...validateDevice(`${at}.device`, device),
  ]
}

function validateAllocation({ devices, nodeSelector }: AllocationResult, known: ReadonlySet<string>): readonly FieldError[] {
  const field = 'status.allocation'
  const results = devices?.results ?? []
  return [
    ...(results.length > resultsMax
      ? [tooMany(`${field}.devices.results`, results.length, resultsMax)]
      : results.flatMap((result, i) => validateResult(`${field}.devices.results[${i}]`, result, known))),
    ...(nodeSelector ? validateNodeSelector(`${field}.nodeSelector`, nodeSelector) : []),
  ]
}

const keyOf = ({ driver, pool, device, shareID = '' }: { driver: string; pool: string; device: string; shareID?: string }) =>
  JSON.stringify([driver, pool, device, shareID])

function validateNetwork(
  at: string,
  { interfaceName = '', hardwareAddress = '', ips = [] }: NonNullable<AllocatedDeviceStatus['networkData']>,
): readonly FieldError[] {
  return [
    ...(byteLength(interfaceName) > interfaceBytesMax ? [tooLong(`${at}.interfaceName`, interfaceBytesMax)] : []),
    ...(byteLength(hardwareAddress) > hardwareBytesMax ? [tooLong(`${at}.hardwareAddress`, hardwareBytesMax)] : []),
    ...(ips.length > addressesMax ? [tooMany(`${at}.ips`, ips.length, addressesMax)] : []),
    ...ips.flatMap((ip, i) => [...validateInterfaceAddress(`${at}.ips[${i}]`, ip), ...(ips.indexOf(ip) < i ? [duplicate(`${at}.ips[${i}]`, ip)] : [])]),
  ]
}

function validateDevices(devices: readonly AllocatedDeviceStatus[], allocated: ReadonlySet<string>): readonly FieldError[] {
  const keys = devices.map(keyOf)
  return devices.flatMap((status, i) => {
    const at = `status.devices[${i}]`
    const { driver, pool, device, shareID = '' } = status
    const shown = { Driver: driver, Pool: pool, Device: device, ShareID: shareID }
    return [
      ...validateDriver(`${at}.driver`, driver),
      ...validatePool(`${at}.pool`, pool),
      ...validateDevice(`${at}.device`, device),
      ...(allocated.has(keys[i]!) ? [] : [invalid(at, shown, 'must be an allocated device in the claim')]),
      ...(keys.indexOf(keys[i]!) < i ? [duplicate(at, shown)] : []),
      ...(status.networkData ? validateNetwork(`${at}.networkData`, status.networkData) : []),
    ]
  })
}

export function validateClaimStatus({ metadata, spec, status }: ResourceClaim, old: ResourceClaim): readonly FieldError[] {
  const { reservedFor = [], allocation, devices = [] } = status ?? {}
  const before = old.status?.allocation
  const errors: FieldError[] = [...validateReserved(reservedFor)]
  const allocated = new Set((allocation?.devices?.results ?? []).map(keyOf))
  errors.push(...validateDevices(devices, allocated))
  if (allocation && !before) errors.push(...validateAllocation(allocation, requestNames(spec.devices ?? { requests: [] })))
  if (reservedFor.length > 0 && !allocation) errors.push(forbidden('status.reservedFor', 'may not be specified when `allocated` is not set'))
  const known = new Set((old.status?.reservedFor ?? []).map(({ uid }) => uid))
  if (metadata.deletionTimestamp && reservedFor.some(({ uid }) => !known.has(uid))) {
    errors.push(forbidden('status.reservedFor', 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set'))
  }
  if (allocation && before && !semanticEqual(allocation, before)) {
    errors.push(invalid('status.allocation', internalFormOf('io.k8s.api.resource.v1.AllocationResult', allocation), immutableMessage))
  }
  return errors
}
