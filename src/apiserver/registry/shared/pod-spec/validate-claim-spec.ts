// What a claim asks for: of PersistentVolumeClaims and of the templates they are made from.
// Source: pkg/apis/core/validation/validation.go (ValidatePersistentVolumeClaimSpec and below).
import type { PersistentVolumeClaimSpec } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { parseQuantity } from '../../../../apimachinery/quantity/quantity.ts'
import { validateLabelSelector } from '../../../../apimachinery/validation/labels.ts'
import { isDns1123Label } from '../../../../apimachinery/validation/names.ts'
import { invalidAll, notPositive, oneOf, subdomain } from './invalid-values.ts'
import { ownValue } from './own-value.ts'

type Spec = PersistentVolumeClaimSpec

/** What a stored claim may keep. */
export interface ClaimSpecOptions {
  readonly anyLabelValue?: boolean
  readonly anyApiGroup?: boolean
}

const accessModesKnown = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']

export function validateAccessModes(field: string, modes: readonly string[] = []): readonly FieldError[] {
  if (modes.length === 0) return [required(field, 'at least 1 access mode is required')]
  const errors = modes.filter((mode) => !accessModesKnown.includes(mode)).map((mode) => notSupported(field, mode, accessModesKnown))
  const known = new Set(modes.filter((mode) => accessModesKnown.includes(mode)))
  if (known.has('ReadWriteOncePod') && known.size > 1) errors.push(forbidden(field, 'may not use ReadWriteOncePod with other access modes'))
  return errors
}

/** No access modes come before the selector, wrong ones after it. */
function validateModesAndSelector(field: string, { accessModes = [], selector }: Spec, anyLabelValue: boolean): readonly FieldError[] {
  const modes = validateAccessModes(`${field}.accessModes`, accessModes)
  const labels = validateLabelSelector(`${field}.selector`, selector, { allowInvalidValues: anyLabelValue })
  return accessModes.length === 0 ? [...modes, ...labels] : [...labels, ...modes]
}

function validateStorage(field: string, text: string | undefined): readonly FieldError[] {
  if (text === undefined) return [required(field)]
  const quantity = parseQuantity(text)
  return quantity.sign > 0 ? [] : [invalid(field, quantity.toString(), notPositive)]
}

function validateDataSource(field: string, source: Spec['dataSourceRef'], { anyApiGroup }: ClaimSpecOptions): readonly FieldError[] {
  if (!source) return []
  const { name, kind = '' } = source
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
function validateDataSources(field: string, { dataSource, dataSourceRef }: Spec): readonly FieldError[] {
  if (!dataSource || !dataSourceRef) return []
  if (dataSourceRef.namespace) return [invalid(field, {}, 'may not be specified when dataSourceRef.namespace is specified')]
  const agree = (['kind', 'name'] as const).every((key) => (dataSource[key] ?? '') === (dataSourceRef[key] ?? ''))
  // A group that is empty is not one that is absent.
  return agree && dataSource.apiGroup === dataSourceRef.apiGroup ? [] : [invalid(field, {}, 'must match dataSourceRef')]
}

/** @param field `spec`, `spec.volumes[0].ephemeral.volumeClaimTemplate.spec` */
export function validateClaimSpec(field: string, spec: Spec, options: ClaimSpecOptions = {}): readonly FieldError[] {
  const { storageClassName, volumeMode, volumeAttributesClassName } = spec
  return [
    ...validateModesAndSelector(field, spec, options.anyLabelValue ?? false),
    ...validateStorage(`${field}.resources[storage]`, ownValue(spec.resources?.requests, 'storage')),
    ...(storageClassName ? subdomain(`${field}.storageClassName`, storageClassName) : []),
    ...oneOf(`${field}.volumeMode`, volumeMode, ['Block', 'Filesystem']),
    ...validateDataSource(`${field}.dataSource`, spec.dataSource, options),
    ...validateDataSource(`${field}.dataSourceRef`, spec.dataSourceRef, options),
    ...validateDataSources(field, spec),
    ...(volumeAttributesClassName ? subdomain(`${field}.volumeAttributesClassName`, volumeAttributesClassName) : []),
  ]
}
