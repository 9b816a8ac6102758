// PersistentVolumeClaims. Source: pkg/apis/core/validation/validation.go (ValidatePersistentVolumeClaim and below).
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { parseQuantity, zeroQuantity } from '../../../../apimachinery/quantity/quantity.ts'
import { validateLabelSelector } from '../../../../apimachinery/validation/labels.ts'
import { isQualifiedName } from '../../../../apimachinery/validation/names.ts'
import { immutableMessage, validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import { formDifference, internalForm, sameForm } from '../../shared/pod-spec/internal-form.ts'
import { invalidAll, sortedEntries } from '../../shared/pod-spec/invalid-values.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'
import { isNativeResource } from '../../shared/pod-spec/resource-names.ts'
import { type ClaimSpecOptions, validateClaimSpec } from '../../shared/pod-spec/validate-claim-spec.ts'
import { validateQuantity } from '../../shared/pod-spec/validate-resources.ts'
import { storageClassAnnotation } from '../persistentvolume/warnings.ts'
import { ownCopy } from '../../shared/own-copy.ts'

type Spec = PersistentVolumeClaimSpec

function optionsOf(old: PersistentVolumeClaim | undefined): ClaimSpecOptions {
  if (!old) return {}
  return {
    anyLabelValue: validateLabelSelector('', old.spec.selector).length > 0,
    anyApiGroup: (old.spec.dataSource?.apiGroup ?? old.spec.dataSourceRef?.apiGroup) !== undefined,
  }
}

export const validateClaim = ({ spec = {} }: PersistentVolumeClaim, old?: PersistentVolumeClaim) => validateClaimSpec('spec', spec, optionsOf(old))

/** An annotation that became a field, with the same value. */
function movesClassToField(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  const before = ownValue(old.metadata.annotations, storageClassAnnotation)
  const now = ownValue(claim.metadata.annotations, storageClassAnnotation)
  return before !== undefined && old.spec.storageClassName === undefined && claim.spec.storageClassName === before && (now === undefined || now === before)
}

/** The spec as it may be compared: what may change is as it was. */
function comparable(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): { readonly now: Spec; readonly before: Spec } {
  const now = ownCopy(claim.spec) as { -readonly [K in keyof Spec]: Spec[K] }
  const before = ownCopy(old.spec) as typeof now
  if (!before.volumeName && now.volumeName !== undefined) before.volumeName = now.volumeName
  const annotation = ownValue(old.metadata.annotations, storageClassAnnotation)
  const namesClass = now.storageClassName !== undefined && before.storageClassName === undefined
  if (namesClass && (annotation === undefined || annotation === now.storageClassName)) delete now.storageClassName
  if (claim.status?.phase !== 'Bound') return { now, before }
  if (now.resources?.requests) {
    const storage = ownValue(before.resources?.requests, 'storage')
    now.resources = { ...now.resources, requests: { ...now.resources.requests, storage: storage ?? '0' } }
  }
  if (before.volumeAttributesClassName === undefined) delete now.volumeAttributesClassName
  else now.volumeAttributesClassName = before.volumeAttributesClassName
  return { now, before }
}

const amount = (text: string | undefined) => (text === undefined ? zeroQuantity : parseQuantity(text))

function validateSize({ spec, status }: PersistentVolumeClaim, old: PersistentVolumeClaim): readonly FieldError[] {
  const now = amount(ownValue(spec.resources?.requests, 'storage'))
  if (now.compare(amount(ownValue(old.spec.resources?.requests, 'storage'))) >= 0) return []
  if (now.compare(amount(ownValue(old.status?.capacity ?? status?.capacity, 'storage'))) > 0) return []
  return [forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')]
}

/** A class that has been applied may be replaced, not taken away. */
function validateAttributesClass(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): readonly FieldError[] {
  const now = claim.spec.volumeAttributesClassName
  if (now || now === old.spec.volumeAttributesClassName || old.status?.currentVolumeAttributesClassName === undefined) return []
  const what = now === undefined ? 'nil' : 'empty string'
  return [forbidden('spec.volumeAttributesClassName', `update to ${what} is forbidden when status.currentVolumeAttributesClassName is not nil`)]
}

export function validateClaimUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): readonly FieldError[] {
  const [annotation, oldAnnotation] = [claim, old].map(({ metadata }) => ownValue(metadata.annotations, storageClassAnnotation) ?? '')
  const frozen =
    annotation === oldAnnotation || movesClassToField(claim, old)
      ? []
      : [invalid(`metadata.annotations.${storageClassAnnotation}`, annotation, immutableMessage)]
  const compared = comparable(claim, old)
  const [now, before] = [compared.now, compared.before].map((spec) => internalForm('PersistentVolumeClaimSpec', spec))
  const changed = sameForm(now, before)
    ? []
    : [
        forbidden(
          'spec',
          `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${formDifference(before, now)}`,
        ),
      ]
  const whole = validateClaim(claim, old)
  // As a whole and as an update: upstream lists each error of the spec twice.
  return [
    ...whole,
    ...whole,
    ...frozen,
    ...changed,
    ...validateSize(claim, old),
    ...validateImmutable('volumeMode', claim.spec.volumeMode, old.spec.volumeMode),
    ...validateAttributesClass(claim, old),
  ]
}

const resizeStatuses = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
].toSorted()

function validateResourceKey(field: string, name: string): readonly FieldError[] {
  const errors = invalidAll(field, name, isQualifiedName(name))
  return errors.length > 0 || !isNativeResource(name) || name === 'storage' ? errors : [notSupported(field, name, ['storage'])]
}

export function validateClaimStatus({ spec, status }: PersistentVolumeClaim): readonly FieldError[] {
  const negative = (field: string, text: string): readonly FieldError[] => {
    const quantity = parseQuantity(text)
    return quantity.sign < 0 ? [invalid(field, quantity.value(), 'must be a valid resource quantity')] : []
  }
  return [
    ...(spec.accessModes?.length ? [] : [required('Spec.accessModes')]),
    ...sortedEntries(status?.capacity).flatMap(([name, text]) => negative(`status.capacity[${name}]`, text)),
    ...sortedEntries(status?.allocatedResourceStatuses).flatMap(([name, value]) => [
      ...validateResourceKey('status.allocatedResourceStatuses', name),
      ...(resizeStatuses.includes(value) ? [] : [notSupported('status.allocatedResourceStatuses', name, resizeStatuses)]),
    ]),
    ...sortedEntries(status?.allocatedResources).flatMap(([name, text]) => {
      const key = validateResourceKey('status.allocatedResources', name)
      if (key.length > 0) return key
      const field = `status.allocatedResources[${name}]`
      const errors = negative(field, text)
      return errors.length > 0 ? errors : validateQuantity(field, 'storage', parseQuantity(text))
    }),
  ]
}
