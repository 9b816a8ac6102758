// CSIDrivers. Source: pkg/registry/storage/csidriver/strategy.go, pkg/apis/storage/{v1/defaults.go,validation}.
import type { CSIDriver, CSIDriverSpec } from '../../../../api/storage/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { duplicate, type FieldError, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { jsonEqual, semanticEqual } from '../../../../apimachinery/json-equal.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { oneOf } from '../../shared/pod-spec/invalid-values.ts'

const tokenSecondsMin = 600
const tokenSecondsMax = 2 ** 32
const updateSecondsMin = 10

function validateTokenRequests({ tokenRequests = [] }: CSIDriverSpec): readonly FieldError[] {
  const field = 'spec.tokenRequests'
  return tokenRequests.flatMap(({ audience, expirationSeconds: seconds }, i) => {
    const at = `${field}[${i}]`
    if (tokenRequests.findIndex((other) => other.audience === audience) < i) return [duplicate(`${at}.audience`, audience)]
    return [
      ...(seconds !== undefined && seconds < tokenSecondsMin
        ? [invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes')]
        : []),
      ...(seconds !== undefined && seconds > tokenSecondsMax
        ? [invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds')]
        : []),
    ]
  })
}

function validateSpec(spec: CSIDriverSpec): readonly FieldError[] {
  const lifecycles = ['Persistent', 'Ephemeral']
  const seconds = spec.nodeAllocatableUpdatePeriodSeconds
  const needed = { attachedRequired: spec.attachRequired, podInfoOnMount: spec.podInfoOnMount, storageCapacity: spec.storageCapacity }
  return [
    ...Object.entries(needed).flatMap(([name, value]) => (value === undefined ? [required(`spec.${name}`)] : [])),
    ...oneOf('spec.fsGroupPolicy', spec.fsGroupPolicy, ['File', 'None', 'ReadWriteOnceWithFSType']),
    ...validateTokenRequests(spec),
    ...(spec.volumeLifecycleModes ?? []).flatMap((mode) => (lifecycles.includes(mode) ? [] : [notSupported('spec.volumeLifecycleModes', mode, lifecycles)])),
    ...(seconds !== undefined && seconds < updateSecondsMin
      ? [invalid('spec.nodeAllocatableUpdatePeriodSeconds', seconds, `must be greater than or equal to ${updateSecondsMin} seconds`)]
      : []),
  ]
}

const tokensInAttributes =
  'spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes'

const warnings = ({ tokenRequests, serviceAccountTokenInSecrets }: CSIDriverSpec) =>
  tokenRequests?.length && serviceAccountTokenInSecrets === undefined ? [tokensInAttributes] : []

/** The feature VolumeLimitScaling is off by default: what it reads is not stored, unless it is there already. */
function dropDisabled(spec: Mutable<CSIDriverSpec>, old?: CSIDriverSpec): void {
  if (old?.preventPodSchedulingIfMissing === undefined) delete spec.preventPodSchedulingIfMissing
}

export const csiDriverStrategy: Strategy<CSIDriver> = {
  allowUnconditionalUpdate: false,
  defaults({ spec }) {
    spec.attachRequired ??= true
    spec.podInfoOnMount ??= false
    spec.storageCapacity ??= false
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType'
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent']
    spec.requiresRepublish ??= false
    spec.seLinuxMount ??= false
  },
  prepareForCreate: (_, { spec }) => dropDisabled(spec),
  /** Counts changes of what may change; unlike elsewhere, it starts at none. */
  prepareForUpdate(_, driver, old) {
    dropDisabled(driver.spec, old.spec)
    if (!jsonEqual(driver.spec, old.spec)) driver.metadata.generation = (old.metadata.generation ?? 0) + 1
  },
  validate: (_, { spec }) => validateSpec(spec),
  validateUpdate: (_, { spec }, old) => [
    ...validateSpec(spec),
    ...validateImmutable('spec.attachedRequired', spec.attachRequired, old.spec.attachRequired),
    ...validateImmutable('spec.volumeLifecycleModes', spec.volumeLifecycleModes, old.spec.volumeLifecycleModes),
  ],
  warningsOnCreate: (_, { spec }) => warnings(spec),
  warningsOnUpdate: (_, { spec }, old) => (semanticEqual(spec.tokenRequests, old.spec.tokenRequests) ? [] : warnings(spec)),
}
