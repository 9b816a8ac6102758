// ResourceSlices. Source: pkg/registry/resource/resourceslice/strategy.go, pkg/apis/resource/validation/validation.go.
import type { ResourceSlice, ResourceSliceSpec } from '../../../../api/resource/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { type FieldError, invalid, required, tooMany } from '../../../../apimachinery/field-errors.ts'
import { isDns1123Subdomain } from '../../../../apimachinery/validation/names.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import { type Clock, formatTime } from '../../../../util/clock.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { internalForm } from '../../shared/pod-spec/internal-form.ts'
import { invalidAll, notPositive } from '../../shared/pod-spec/invalid-values.ts'
import { validateNodeSelector } from '../../shared/pod-spec/validate-affinity.ts'
import { validateCsiDriverName } from '../../shared/pod-spec/validate-volumes.ts'
import { validateUnique } from '../validate-claim-spec.ts'
import { validatePool } from '../validate-parts.ts'
import { validateCounterSet, validateDevice } from './validate-device.ts'

const devicesMax = 128
/** Devices with taints, or that share counters, cost more. */
const advancedDevicesMax = 64
const counterSetsMax = 8

const nodeChoice = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required'

/** Where the devices can be reached: said in exactly one way. */
function validateNodes({ nodeName, nodeSelector, allNodes, perDeviceNodeSelection }: ResourceSliceSpec): readonly FieldError[] {
  const errors: FieldError[] = []
  const chosen: string[] = []
  if (nodeName) {
    chosen.push('`nodeName`')
    errors.push(...invalidAll('spec.nodeName', nodeName, isDns1123Subdomain(nodeName)))
  } else if (nodeName !== undefined) errors.push(invalid('spec.nodeName', nodeName, 'must be either unset or set to a non-empty string'))
  if (nodeSelector) {
    chosen.push('`nodeSelector`')
    errors.push(...validateNodeSelector('spec.nodeSelector', nodeSelector))
    const terms = nodeSelector.nodeSelectorTerms as typeof nodeSelector.nodeSelectorTerms | null
    if (terms?.length !== 1) {
      const shown = terms?.map((term) => internalForm('NodeSelectorTerm', term))
      errors.push(invalid('spec.nodeSelector.nodeSelectorTerms', shown, 'must have exactly one node selector term'))
    }
  }
  for (const [name, value] of Object.entries({ allNodes, perDeviceNodeSelection })) {
    if (value) chosen.push(`\`${name}\``)
    else if (value !== undefined) errors.push(invalid(`spec.${name}`, value, 'must be either unset or set to true'))
  }
  if (chosen.length === 0) errors.push(required('spec', nodeChoice))
  if (chosen.length > 1) errors.push(invalid('spec', `{${chosen.join(', ')}}`, `${nodeChoice}, but multiple fields are set`))
  return errors
}

function validateDevices({ devices = [], perDeviceNodeSelection = false }: ResourceSliceSpec, old: ResourceSliceSpec | undefined): readonly FieldError[] {
  const field = 'spec.devices'
  const isAdvanced = devices.some(({ taints, consumesCounters }) => taints?.length || consumesCounters?.length)
  const max = isAdvanced ? advancedDevicesMax : devicesMax
  if (devices.length > max) return [tooMany(field, devices.length, max)]
  const before = new Map((old?.devices ?? []).map((device) => [device.name, device]))
  const names = devices.map(({ name }) => name ?? '')
  return [
    ...devices.flatMap((device, i) => validateDevice(`${field}[${i}]`, device, before.get(device.name), perDeviceNodeSelection)),
    ...validateUnique(field, names),
  ]
}

function validateCounterSets({ sharedCounters = [] }: ResourceSliceSpec): readonly FieldError[] {
  const field = 'spec.sharedCounters'
  if (sharedCounters.length > counterSetsMax) return [tooMany(field, sharedCounters.length, counterSetsMax)]
  const names = sharedCounters.map(({ name }) => name ?? '')
  return [...sharedCounters.flatMap((set, i) => validateCounterSet(`${field}[${i}]`, set)), ...validateUnique(field, names)]
}

function validate({ spec }: ResourceSlice, old?: ResourceSlice): readonly FieldError[] {
  const { driver, pool } = spec
  const generation = pool?.generation ?? 0
  return [
    ...validateCsiDriverName('spec.driver', driver),
    ...validatePool('spec.pool.name', pool?.name),
    ...((pool?.resourceSliceCount ?? 0) > 0 ? [] : [invalid('spec.pool.resourceSliceCount', pool?.resourceSliceCount ?? 0, notPositive)]),
    ...(generation < 0 ? [invalid('spec.pool.generation', generation, 'must be greater than or equal to zero')] : []),
    ...(old
      ? [
          ...validateImmutable('spec.pool.name', pool?.name ?? '', old.spec.pool.name),
          ...validateImmutable('spec.driver', driver, old.spec.driver),
          ...validateImmutable('spec.nodeName', spec.nodeName, old.spec.nodeName),
        ]
      : []),
    ...validateNodes(spec),
    ...(spec.sharedCounters && spec.devices ? [invalid('spec', '', 'only one of `sharedCounters` or `devices` is allowed')] : []),
    ...validateDevices(spec, old?.spec),
    ...validateCounterSets(spec),
  ]
}

const listKinds = ['ints', 'bools', 'strings', 'versions'] as const

/** Fields of features that are off by default are not stored, unless the old slice has them. */
function dropDisabled({ spec }: Mutable<ResourceSlice>, old?: ResourceSlice): void {
  const hasLists = (slice: ResourceSlice | undefined) =>
    (slice?.spec.devices ?? []).some(({ attributes }) => Object.values(attributes ?? {}).some((attribute) => listKinds.some((kind) => attribute[kind])))
  const keepsLists = hasLists(old)
  const keepsMappings = (old?.spec.devices ?? []).some((device) => device.nodeAllocatableResourceMappings)
  for (const device of spec.devices ?? []) {
    if (!keepsMappings) delete device.nodeAllocatableResourceMappings
    if (keepsLists) continue
    for (const attribute of Object.values(device.attributes ?? {})) for (const kind of listKinds) delete attribute[kind]
  }
}

/** A taint is as old as its first appearance here. */
function setTaintTimes(clock: Clock, { spec }: Mutable<ResourceSlice>): void {
  for (const taint of (spec.devices ?? []).flatMap(({ taints }) => taints ?? [])) taint.timeAdded ??= formatTime(clock.now())
}

export const resourceSliceStrategy: Strategy<ResourceSlice> = {
  prepareForCreate({ clock }, slice) {
    dropDisabled(slice)
    setTaintTimes(clock, slice)
  },
  prepareForUpdate({ clock }, slice, old) {
    dropDisabled(slice, old)
    setTaintTimes(clock, slice)
  },
  validate: (_, slice) => validate(slice),
  validateUpdate: (_, slice, old) => validate(slice, old),
}
