// PersistentVolumeClaims. Source: pkg/apis/core/validation/validation.go (ValidatePersistentVolumeClaim and below).
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { semanticEqual } from '../../../../apimachinery/json-equal.ts'
import { parseQuantity, zeroQuantity } from '../../../../apimachinery/quantity/quantity.ts'
import { validateLabelSelector } from '../../../../apimachinery/validation/labels.ts'
import { isDns1123Label, isQualifiedName } from '../../../../apimachinery/validation/names.ts'
import { immutableMessage, validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import { internalForm } from '../../shared/pod-spec/internal-form.ts'
import { invalidAll, notPositive, oneOf, sortedEntries, subdomain } from '../../shared/pod-spec/invalid-values.ts'
import { unifiedDiff } from '../../shared/pod-spec/line-diff.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'
import { isNativeResource } from '../../shared/pod-spec/resource-names.ts'
import { validateAccessModes } from '../../shared/pod-spec/validate-claim-template.ts'
import { validateQuantity } from '../../shared/pod-spec/validate-resources.ts'
import { storageClassAnnotation } from '../persistentvolume/warnings.ts'

type Spec = PersistentVolumeClaimSpec

interface Options {
  readonly anyLabelValue?: boolean
  readonly anyApiGroup?: boolean
}

function optionsOf(old: PersistentVolumeClaim | undefined): Options {
  if (!old) return {}
  return {
    anyLabelValue: validateLabelSelector('', old.spec.selector).length > 0,
    anyApiGroup: Boolean(old.spec.dataSource?.apiGroup ?? old.spec.dataSourceRef?.apiGroup),
  }
}

function validateStorage(field: string, text: string | undefined): readonly FieldError[] {
  if (text === undefined) return [required(field)]
  const quantity = parseQuantity(text)
  return quantity.sign > 0 ? [] : [invalid(field, quantity, notPositive)]
}

function validateDataSource(field: string, source: Spec['dataSourceRef'], { anyApiGroup }: Options): readonly FieldError[] {
  if (!source) return []
  const { name, kind } = source
  const [apiGroup, namespace] = [source.apiGroup ?? '', source.namespace ?? '']
  return [
    ...(name ? [] : [required(`${field}.name`)]),
    ...(kind ? [] : [required(`${field}.kind`)]),
    ...(apiGroup === '' && kind !== 'PersistentVolumeClaim'
      ? [invalid(field, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup")]
      : []),
    ...(apiGroup !== '' && !anyApiGroup ? subdomain(`${field}.apiGroup`, apiGroup) : []),
    ...(namespace ? invalidAll(`${field}.namespace`, namespace, isDns1123Label(namespace)) : []),
  ]
}

/** The two ways to name a data source must agree. Upstream prints the path that it means as a value: an empty object. */
function validateDataSources({ dataSource, dataSourceRef }: Spec): readonly FieldError[] {
  if (!dataSource || !dataSourceRef) return []
  if (dataSourceRef.namespace) return [invalid('spec', {}, 'may not be specified when dataSourceRef.namespace is specified')]
  const agree = (['apiGroup', 'kind', 'name'] as const).every((key) => (dataSource[key] ?? '') === (dataSourceRef[key] ?? ''))
  return agree ? [] : [invalid('spec', {}, 'must match dataSourceRef')]
}

function validateSpec(spec: Spec, options: Options): readonly FieldError[] {
  return [
    ...validateLabelFirst(spec, options),
    ...validateStorage('spec.resources[storage]', ownValue(spec.resources?.requests, 'storage')),
    ...(spec.storageClassName ? subdomain('spec.storageClassName', spec.storageClassName) : []),
    ...oneOf('spec.volumeMode', spec.volumeMode, ['Block', 'Filesystem']),
    ...validateDataSource('spec.dataSource', spec.dataSource, options),
    ...validateDataSource('spec.dataSourceRef', spec.dataSourceRef, options),
    ...validateDataSources(spec),
    ...(spec.volumeAttributesClassName ? subdomain('spec.volumeAttributesClassName', spec.volumeAttributesClassName) : []),
  ]
}

/** No access modes come before the selector, wrong ones after it. */
function validateLabelFirst({ accessModes = [], selector }: Spec, { anyLabelValue = false }: Options): readonly FieldError[] {
  const modes = validateAccessModes('spec.accessModes', accessModes)
  const labels = validateLabelSelector('spec.selector', selector, { allowInvalidValues: anyLabelValue })
  return accessModes.length === 0 ? [...modes, ...labels] : [...labels, ...modes]
}

export const validateClaim = ({ spec = {} }: PersistentVolumeClaim, old?: PersistentVolumeClaim) => validateSpec(spec, optionsOf(old))

const lines = (spec: Spec) => JSON.stringify(internalForm('PersistentVolumeClaimSpec', spec), undefined, 1).split('\n')

/** An annotation that became a field, with the same value. */
function movesClassToField(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  const before = ownValue(old.metadata.annotations, storageClassAnnotation)
  const now = ownValue(claim.metadata.annotations, storageClassAnnotation)
  return before !== undefined && old.spec.storageClassName === undefined && claim.spec.storageClassName === before && (now === undefined || now === before)
}

/** The spec as it may be compared: what may change is as it was. */
function comparable(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): { readonly now: Spec; readonly before: Spec } {
  const now = structuredClone(claim.spec) as { -readonly [K in keyof Spec]: Spec[K] }
  const before = structuredClone(old.spec) as typeof now
  if (!before.volumeName && now.volumeName !== undefined) before.volumeName = now.volumeName
  const annotation = ownValue(old.metadata.annotations, storageClassAnnotation)
  const namesClass = now.storageClassName !== undefined && before.storageClassName === undefined
  if (namesClass && (annotation === undefined || annotation === now.storageClassName)) delete now.storageClassName
  if (claim.status?.phase !== 'Bound') return { now, before }
  if (now.resources?.requests) {
    const storage = ownValue(before.resources?.requests, 'storage')
    now.resources = { ...now.resources, requests: { ...now.resources.requests, storage: storage ?? '0' } }
  }
  if (now.volumeAttributesClassName !== undefined) {
    if (before.volumeAttributesClassName === undefined) delete now.volumeAttributesClassName
    else now.volumeAttributesClassName = before.volumeAttributesClassName
  }
  return { now, before }
}

const amount = (text: string | undefined) => (text === undefined ? zeroQuantity : parseQuantity(text))

function validateSize({ spec, status }: PersistentVolumeClaim, old: PersistentVolumeClaim): readonly FieldError[] {
  const now = amount(ownValue(spec.resources?.requests, 'storage'))
  if (now.compare(amount(ownValue(old.spec.resources?.requests, 'storage'))) >= 0) return []
  if (now.compare(amount(ownValue(old.status?.capacity ?? status?.capacity, 'storage'))) > 0) return []
  return [forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')]
}

function validateAttributesClass(now: string | undefined, before: string | undefined): readonly FieldError[] {
  if (before === undefined || now === before || now) return []
  return [forbidden('spec.volumeAttributesClassName', `update from non-nil value to ${now === undefined ? 'nil' : 'an empty string'} is forbidden`)]
}

export function validateClaimUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): readonly FieldError[] {
  const [annotation, oldAnnotation] = [claim, old].map(({ metadata }) => ownValue(metadata.annotations, storageClassAnnotation) ?? '')
  const frozen =
    annotation === oldAnnotation || movesClassToField(claim, old)
      ? []
      : [invalid(`metadata.annotations[${storageClassAnnotation}]`, annotation, immutableMessage)]
  const { now, before } = comparable(claim, old)
  const changed = semanticEqual(now, before)
    ? []
    : [
        forbidden(
          'spec',
          `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${unifiedDiff(lines(before), lines(now))}`,
        ),
      ]
  return [
    ...validateClaim(claim, old),
    ...frozen,
    ...changed,
    ...validateSize(claim, old),
    ...validateImmutable('volumeMode', claim.spec.volumeMode, old.spec.volumeMode),
    ...validateAttributesClass(claim.spec.volumeAttributesClassName, old.spec.volumeAttributesClassName),
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
