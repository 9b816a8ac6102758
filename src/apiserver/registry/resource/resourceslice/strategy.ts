// ResourceSlices. Source: pkg/registry/resource/resourceslice/strategy.go, pkg/apis/resource/validation/validation.go.
import type { Device, DeviceAttribute, ResourceSlice, ResourceSliceSpec } from '../../../../api/resource/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { duplicate, type FieldError, invalid, required, tooLong, tooMany } from '../../../../apimachinery/field-errors.ts'
import { byteLength, isDns1123Label, isDns1123Subdomain } from '../../../../apimachinery/validation/names.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import { type Clock, formatTime } from '../../../../util/clock.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { invalidAll, notPositive, sortedEntries } from '../../shared/pod-spec/invalid-values.ts'
import { validateNodeSelector } from '../../shared/pod-spec/validate-affinity.ts'
import { validateDeviceTaint, validateDriver, validatePool, validateQualifiedName } from '../validate-parts.ts'

const devicesMax = 128
const attributesMax = 32
const taintsMax = 16
const textBytesMax = 64
const semver = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/

function validateAttribute(at: string, attribute: DeviceAttribute): readonly FieldError[] {
  const given = Object.entries(attribute).filter(([, value]) => value !== undefined)
  if (given.length !== 1) {
    const detail = 'exactly one value must be specified'
    return given.length === 0 ? [required(at, detail)] : [invalid(at, attribute, detail)]
  }
  const { string: text, version } = attribute
  if (text !== undefined) return byteLength(text) > textBytesMax ? [tooLong(`${at}.string`, textBytesMax)] : []
  if (version === undefined) return []
  return [
    ...(semver.test(version) ? [] : [invalid(`${at}.version`, version, 'must be a string compatible with semver.org spec 2.0.0')]),
    ...(byteLength(version) > textBytesMax ? [tooLong(`${at}.version`, textBytesMax)] : []),
  ]
}

function validateDevice(at: string, device: Device): readonly FieldError[] {
  const { name = '', attributes, capacity, taints = [] } = device
  const count = Object.keys(attributes ?? {}).length + Object.keys(capacity ?? {}).length
  return [
    ...invalidAll(`${at}.name`, name, isDns1123Label(name)),
    ...(count > attributesMax ? [invalid(at, count, `the total number of attributes and capacities must not exceed ${attributesMax}`)] : []),
    ...sortedEntries(attributes).flatMap(([key, attribute]) => [
      ...validateQualifiedName(`${at}.attributes[${key}]`, key),
      ...validateAttribute(`${at}.attributes[${key}]`, attribute),
    ]),
    ...sortedEntries(capacity).flatMap(([key]) => validateQualifiedName(`${at}.capacity[${key}]`, key)),
    ...(taints.length > taintsMax ? [tooMany(`${at}.taints`, taints.length, taintsMax)] : []),
    ...taints.flatMap((taint, i) => validateDeviceTaint(`${at}.taints[${i}]`, taint)),
  ]
}

const nodeChoices = ['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection'] as const
const nodeChoice = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required'

/** Where the devices can be reached: said in exactly one way. */
function validateNodes(spec: ResourceSliceSpec): readonly FieldError[] {
  const chosen = nodeChoices.filter((name) => spec[name] !== undefined && spec[name] !== '' && spec[name] !== false)
  const errors: FieldError[] = []
  if (spec.nodeName) errors.push(...invalidAll('spec.nodeName', spec.nodeName, isDns1123Subdomain(spec.nodeName)))
  if (spec.nodeSelector) errors.push(...validateNodeSelector('spec.nodeSelector', spec.nodeSelector))
  if (chosen.length === 0) errors.push(required('spec', nodeChoice))
  if (chosen.length > 1) {
    errors.push(invalid('spec', `{${chosen.map((name) => `\`${name}\``).join(', ')}}`, `${nodeChoice}, but multiple fields are set`))
  }
  return errors
}

function validate({ spec }: ResourceSlice): readonly FieldError[] {
  const { driver, pool, devices = [] } = spec
  const names = devices.map(({ name }) => name)
  const generation = pool?.generation ?? 0
  return [
    ...validateDriver('spec.driver', driver),
    ...validatePool('spec.pool.name', pool?.name),
    ...((pool?.resourceSliceCount ?? 0) > 0 ? [] : [invalid('spec.pool.resourceSliceCount', pool?.resourceSliceCount ?? 0, notPositive)]),
    ...(generation < 0 ? [invalid('spec.pool.generation', generation, 'must be greater than or equal to zero')] : []),
    ...validateNodes(spec),
    ...(devices.length > devicesMax
      ? [tooMany('spec.devices', devices.length, devicesMax)]
      : devices.flatMap((device, i) => [
          ...validateDevice(`spec.devices[${i}]`, device),
          ...(names.indexOf(device.name) < i ? [duplicate(`spec.devices[${i}].name`, device.name)] : []),
        ])),
  ]
}

/** A taint is as old as its first appearance here. */
function setTaintTimes(clock: Clock, { spec }: Mutable<ResourceSlice>): void {
  for (const taint of (spec.devices ?? []).flatMap(({ taints }) => taints ?? [])) taint.timeAdded ??= formatTime(clock.now())
}

export const resourceSliceStrategy: Strategy<ResourceSlice> = {
  prepareForCreate: ({ clock }, slice) => setTaintTimes(clock, slice),
  prepareForUpdate: ({ clock }, slice) => setTaintTimes(clock, slice),
  validate: (_, slice) => validate(slice),
  validateUpdate: (_, slice, old) => [
    ...validate(slice),
    ...validateImmutable('spec.driver', slice.spec.driver, old.spec.driver),
    ...validateImmutable('spec.pool.name', slice.spec.pool.name, old.spec.pool.name),
    ...validateImmutable('spec.nodeName', slice.spec.nodeName, old.spec.nodeName),
  ],
}
