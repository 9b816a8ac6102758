// One device of a slice. Source: pkg/apis/resource/validation/validation.go (validateDevice and below).
import type { Counter, CounterSet, Device, DeviceAttribute } from '../../../../api/resource/v1.ts'
import { type FieldError, invalid, required, tooLong, tooMany } from '../../../../apimachinery/field-errors.ts'
import { semanticEqual } from '../../../../apimachinery/json-equal.ts'
import { byteLength, isDns1123Label, isDns1123Subdomain } from '../../../../apimachinery/validation/names.ts'
import { invalidAll, sortedEntries } from '../../shared/pod-spec/invalid-values.ts'
import { validateNodeSelector } from '../../shared/pod-spec/validate-affinity.ts'
import { validateUnique } from '../validate-claim-spec.ts'
import { validateBindingConditions, validateDeviceTaint, validateQualifiedName } from '../validate-parts.ts'
import { validateCapacity } from './validate-capacity.ts'

const attributesMax = 32
const taintsMax = 16
const countersMax = 32
const consumptionsMax = 2
const textBytesMax = 64
/** Domain, slash, identifier. */
const qualifiedKeyBytesMax = 63 + 1 + 32
const semver =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/

/** A key as paths show it: the middle of a long one is left out. */
function shortened(key: string, max: number): string {
  if (key.length <= max) return key
  const kept = max - '...'.length
  return `${key.slice(0, Math.floor((kept + 1) / 2))}...${key.slice(key.length - Math.floor(kept / 2))}`
}

function validateAttribute(at: string, attribute: DeviceAttribute): readonly FieldError[] {
  const given = Object.entries(attribute).filter(([, value]) => value !== undefined)
  const { string: text, version } = attribute
  const errors: FieldError[] = text !== undefined && byteLength(text) > textBytesMax ? [tooLong(`${at}.string`, textBytesMax)] : []
  if (version !== undefined) {
    if (!semver.test(version)) errors.push(invalid(`${at}.version`, version, 'must be a string compatible with semver.org spec 2.0.0'))
    if (byteLength(version) > textBytesMax) errors.push(tooLong(`${at}.version`, textBytesMax))
  }
  if (given.length === 1) return errors
  return [...errors, invalid(at, given.length === 0 ? '' : shownAttribute(attribute), 'exactly one value must be specified')]
}

/** The internal struct, as Go prints it. */
const shownAttribute = ({ int, bool, string, version }: DeviceAttribute) => ({
  IntValue: int ?? null,
  BoolValue: bool ?? null,
  StringValue: string ?? null,
  VersionValue: version ?? null,
  IntValues: null,
  BoolValues: null,
  StringValues: null,
  VersionValues: null,
})

function validateCounters(field: string, counters: { readonly [name: string]: Counter } | undefined): readonly FieldError[] {
  const names = Object.keys(counters ?? {}).toSorted()
  if (names.length === 0) return [required(field)]
  if (names.length > countersMax) return [tooMany(field, names.length, countersMax)]
  return names.flatMap((name) => invalidAll(field, name, isDns1123Label(name)))
}

const validateCounterName = (field: string, name = '') => (name ? invalidAll(field, name, isDns1123Label(name)) : [required(field)])

export const validateCounterSet = (at: string, { name, counters }: CounterSet): readonly FieldError[] => [
  ...validateCounterName(`${at}.name`, name),
  ...validateCounters(`${at}.counters`, counters),
]

function validateConsumption(field: string, { consumesCounters = [] }: Device): readonly FieldError[] {
  if (consumesCounters.length > consumptionsMax) return [tooMany(field, consumesCounters.length, consumptionsMax)]
  return [
    ...consumesCounters.flatMap(({ counterSet, counters }, i) => [
      ...validateCounterName(`${field}[${i}].counterSet`, counterSet),
      ...validateCounters(`${field}[${i}].counters`, counters),
    ]),
    ...validateUnique(
      field,
      consumesCounters.map(({ counterSet }) => counterSet ?? ''),
    ),
  ]
}

const nodeChoice = 'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec'
const nodeNotHere = '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec'

function validateNodes(at: string, { nodeName, nodeSelector, allNodes }: Device, perDevice: boolean): readonly FieldError[] {
  const isSet = nodeName !== undefined || nodeSelector !== undefined || allNodes !== undefined
  if (!perDevice) return isSet ? [invalid(at, null, nodeNotHere)] : []
  const errors: FieldError[] = []
  const chosen: string[] = []
  if (nodeName) {
    chosen.push('`nodeName`')
    errors.push(...invalidAll(`${at}.nodeName`, nodeName, isDns1123Subdomain(nodeName)))
  } else if (nodeName !== undefined) errors.push(invalid(`${at}.nodeName`, nodeName, 'must not be empty'))
  if (nodeSelector) {
    chosen.push('`nodeSelector`')
    errors.push(...validateNodeSelector(`${at}.nodeSelector`, nodeSelector))
  }
  if (allNodes) chosen.push('`allNodes`')
  else if (allNodes !== undefined) errors.push(invalid(`${at}.allNodes`, allNodes, 'must be either unset or set to true'))
  if (chosen.length === 0) errors.push(required(at, nodeChoice))
  if (chosen.length > 1) errors.push(invalid(at, `{${chosen.join(', ')}}`, nodeChoice))
  return errors
}

const changed = (key: keyof Device, device: Device, old: Device | undefined) => !old || !semanticEqual(device[key], old[key])

function validateAmounts(at: string, device: Device, old: Device | undefined): readonly FieldError[] {
  const { attributes, capacity, taints = [], allowMultipleAllocations: shared = false } = device
  const key = (field: string, name: string) => `${field}[${shortened(name, qualifiedKeyBytesMax)}]`
  const [attributeField, capacityField] = [`${at}.attributes`, `${at}.capacity`]
  return [
    ...sortedEntries(attributes).flatMap(([name, attribute]) => [
      ...validateQualifiedName(attributeField, name),
      ...validateAttribute(key(attributeField, name), attribute),
    ]),
    // What is stored already was once good enough.
    ...(changed('capacity', device, old) ? sortedEntries(capacity) : []).flatMap(([name, amount]) => [
      ...validateQualifiedName(capacityField, name),
      ...validateCapacity(key(capacityField, name), amount, shared),
    ]),
    ...(changed('taints', device, old)
      ? taints.length > taintsMax
        ? [tooMany(`${at}.taints`, taints.length, taintsMax)]
        : taints.flatMap((taint, i) => validateDeviceTaint(`${at}.taints[${i}]`, taint))
      : []),
  ]
}

/**
 * @param old the stored device of the same name
 * @param perDevice whether each device says for itself which nodes reach it
 */
export function validateDevice(at: string, device: Device, old: Device | undefined, perDevice: boolean): readonly FieldError[] {
  const { name = '', attributes, capacity } = device
  const count = Object.keys(attributes ?? {}).length + Object.keys(capacity ?? {}).length
  return [
    ...invalidAll(`${at}.name`, name, isDns1123Label(name)),
    ...(count > attributesMax ? [invalid(at, count, `the total number of attributes and capacities must not exceed ${attributesMax}`)] : []),
    ...validateAmounts(at, device, old),
    ...validateConsumption(`${at}.consumesCounters`, device),
    ...validateNodes(at, device, perDevice),
    ...validateBindingConditions(at, device.bindingConditions, device.bindingFailureConditions),
  ]
}
