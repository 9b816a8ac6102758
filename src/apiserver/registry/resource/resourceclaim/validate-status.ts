// What a claim got. Source: pkg/apis/resource/validation/validation.go (validateResourceClaimStatusUpdate).
import type {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceAllocationConfiguration,
  DeviceRequestAllocationResult,
  ResourceClaim,
  ResourceClaimConsumerReference,
} from '../../../../api/resource/v1.ts'
import { duplicate, type FieldError, forbidden, invalid, notSupported, required, tooLong, tooMany } from '../../../../apimachinery/field-errors.ts'
import { semanticEqual } from '../../../../apimachinery/json-equal.ts'
import { validateInterfaceAddress } from '../../../../apimachinery/validation/ip.ts'
import { byteLength, isDns1123Label } from '../../../../apimachinery/validation/names.ts'
import { immutableMessage } from '../../../../apimachinery/validation/object-meta.ts'
import { internalFormOf } from '../../shared/pod-spec/internal-form.ts'
import { invalidAll } from '../../shared/pod-spec/invalid-values.ts'
import { validateNodeSelector } from '../../shared/pod-spec/validate-affinity.ts'
import { validateCsiDriverName } from '../../shared/pod-spec/validate-volumes.ts'
import { validateConditions } from '../../shared/validate-conditions.ts'
import { requestNames, validateRequestName, validateRequestNames, validateUnique } from '../validate-claim-spec.ts'
import { validateBindingConditions, validateConfiguration, validateDeviceTolerations, validatePool, validateRawObject, validateUid } from '../validate-parts.ts'

const reservedMax = 256
const resultsMax = 32
/** Of the class and of the claim. */
const configsMax = 64
const conditionsMax = 8
const dataBytesMax = 10 * 1024
const interfaceBytesMax = 256
const hardwareBytesMax = 128
const addressesMax = 16

const validateDevice = (field: string, device = '') => invalidAll(field, device, isDns1123Label(device))

function validateConsumer(at: string, { resource, name, uid }: ResourceClaimConsumerReference): readonly FieldError[] {
  return [...(resource ? [] : [required(`${at}.resource`)]), ...(name ? [] : [required(`${at}.name`)]), ...(uid ? [] : [required(`${at}.uid`)])]
}

function validateReserved(consumers: readonly ResourceClaimConsumerReference[]): readonly FieldError[] {
  const field = 'status.reservedFor'
  if (consumers.length > reservedMax) return [tooMany(field, consumers.length, reservedMax)]
  const uids = consumers.map(({ uid }) => uid ?? '')
  return [...consumers.flatMap((consumer, i) => validateConsumer(`${field}[${i}]`, consumer)), ...validateUnique(field, uids)]
}

function validateResult(at: string, result: DeviceRequestAllocationResult, known: ReadonlySet<string>): readonly FieldError[] {
  const { request = '', driver, pool, device = '', shareID } = result
  return [
    ...validateRequestName(`${at}.request`, request, known),
    ...validateCsiDriverName(`${at}.driver`, driver),
    ...validatePool(`${at}.pool`, pool),
    ...validateDevice(`${at}.device`, device),
    ...validateBindingConditions(at, result.bindingConditions, result.bindingFailureConditions),
    ...validateDeviceTolerations(`${at}.tolerations`, result.tolerations),
    ...(shareID === undefined ? [] : validateUid(`${at}.shareID`, shareID)),
  ]
}

const sources = ['FromClaim', 'FromClass']

function validateConfig(field: string, config: readonly DeviceAllocationConfiguration[], known: ReadonlySet<string>): readonly FieldError[] {
  if (config.length > configsMax) return [tooMany(field, config.length, configsMax)]
  return config.flatMap((one, i) => {
    const at = `${field}[${i}]`
    const source: string = one.source ?? ''
    return [
      ...(source === '' ? [required(`${at}.source`)] : sources.includes(source) ? [] : [notSupported(`${at}.source`, source, sources)]),
      ...validateRequestNames(`${at}.requests`, one.requests, known),
      ...validateConfiguration(at, one),
    ]
  })
}

function validateAllocation({ devices, nodeSelector }: AllocationResult, known: ReadonlySet<string>): readonly FieldError[] {
  const field = 'status.allocation'
  const results = devices?.results ?? []
  return [
    ...(results.length > resultsMax
      ? [tooMany(`${field}.devices.results`, results.length, resultsMax)]
      : results.flatMap((result, i) => validateResult(`${field}.devices.results[${i}]`, result, known))),
    ...validateConfig(`${field}.devices.config`, devices?.config ?? [], known),
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
    ...(ips.length > addressesMax ? [] : [...ips.flatMap((ip, i) => validateInterfaceAddress(`${at}.ips[${i}]`, ip)), ...validateUnique(`${at}.ips`, ips)]),
  ]
}

function validateDevices(devices: readonly AllocatedDeviceStatus[], allocated: ReadonlySet<string>): readonly FieldError[] {
  const keys = devices.map(keyOf)
  const shown = ({ driver, pool, device, shareID = '' }: AllocatedDeviceStatus) => ({ Driver: driver, Pool: pool, Device: device, ShareID: shareID })
  const errors = devices.flatMap((status, i): readonly FieldError[] => {
    const at = `status.devices[${i}]`
    const { driver, pool, device, shareID, data } = status
    const conditions = status.conditions ?? []
    return [
      ...validateCsiDriverName(`${at}.driver`, driver),
      ...validatePool(`${at}.pool`, pool),
      ...validateDevice(`${at}.device`, device),
      ...(shareID === undefined ? [] : validateUid(`${at}.shareID`, shareID)),
      ...(allocated.has(keys[i]!) ? [] : [invalid(at, shown(status), 'must be an allocated device in the claim')]),
      ...(conditions.length > conditionsMax ? [tooMany(`${at}.conditions`, conditions.length, conditionsMax)] : []),
      ...validateConditions(`${at}.conditions`, conditions),
      ...(data === undefined || data === null ? [] : validateRawObject(`${at}.data`, data, dataBytesMax)),
      ...(status.networkData ? validateNetwork(`${at}.networkData`, status.networkData) : []),
    ]
  })
  return [...errors, ...devices.flatMap((status, i) => (keys.indexOf(keys[i]!) < i ? [duplicate(`status.devices[${i}]`, shown(status))] : []))]
}

const consumerKey = ({ apiGroup = '', resource, name, uid }: ResourceClaimConsumerReference) => JSON.stringify([apiGroup, resource, name, uid])

/** Who uses a claim: only one that is allocated, and nobody new once it is to go. */
function validateUse({ metadata, status }: ResourceClaim, old: ResourceClaim): readonly FieldError[] {
  const { reservedFor = [], allocation } = status ?? {}
  const field = 'status.reservedFor'
  if (reservedFor.length === 0) return []
  if (!allocation) return [forbidden(field, 'may not be specified when `allocated` is not set')]
  const known = new Set((old.status?.reservedFor ?? []).map(consumerKey))
  if (!metadata.deletionTimestamp || reservedFor.every((consumer) => known.has(consumerKey(consumer)))) return []
  return [forbidden(field, 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set')]
}

export function validateClaimStatus(claim: ResourceClaim, old: ResourceClaim): readonly FieldError[] {
  const { reservedFor = [], allocation, devices = [] } = claim.status ?? {}
  const before = old.status?.allocation
  const allocated = new Set((allocation?.devices?.results ?? []).map(keyOf))
  const errors = [...validateReserved(reservedFor), ...validateDevices(devices, allocated), ...validateUse(claim, old)]
  if (!allocation) return errors
  if (!before) return [...errors, ...validateAllocation(allocation, requestNames(claim.spec.devices ?? { requests: [] }))]
  if (semanticEqual(allocation, before)) return errors
  return [...errors, invalid('status.allocation', internalFormOf('io.k8s.api.resource.v1.AllocationResult', allocation), immutableMessage)]
}
