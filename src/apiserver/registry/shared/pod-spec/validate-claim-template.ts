// The claim that an ephemeral volume makes for its pod.
import type { PersistentVolumeClaimTemplate } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { parseQuantity } from '../../../../apimachinery/quantity/quantity.ts'
import { validateLabels, validateLabelSelector } from '../../../../apimachinery/validation/labels.ts'
import { validateAnnotations } from '../../../../apimachinery/validation/object-meta.ts'
import { notPositive, oneOf, subdomain } from './invalid-values.ts'
import { ownValue } from './own-value.ts'

const accessModesKnown = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']

export function validateAccessModes(field: string, modes: readonly string[] = []): readonly FieldError[] {
  if (modes.length === 0) return [required(field, 'at least 1 access mode is required')]
  const errors = modes.filter((mode) => !accessModesKnown.includes(mode)).map((mode) => notSupported(field, mode, accessModesKnown))
  const known = new Set(modes.filter((mode) => accessModesKnown.includes(mode)))
  if (known.has('ReadWriteOncePod') && known.size > 1) errors.push(forbidden(field, 'may not use ReadWriteOncePod with other access modes'))
  return errors
}

function validateStorage(field: string, text: string | undefined): readonly FieldError[] {
  if (text === undefined) return [required(field)]
  const quantity = parseQuantity(text)
  return quantity.sign > 0 ? [] : [invalid(field, quantity.toString(), notPositive)]
}

/** Labels and annotations are the claim's own; everything else of its metadata is the controller's. */
export function validateClaimTemplate(field: string, { metadata, spec }: PersistentVolumeClaimTemplate): readonly FieldError[] {
  const { annotations, labels, ...others } = metadata ?? {}
  const at = `${field}.spec`
  const { accessModes, selector, resources, storageClassName, volumeMode, volumeAttributesClassName } = spec ?? {}
  return [
    ...validateAnnotations(`${field}.metadata.annotations`, annotations),
    ...validateLabels(`${field}.metadata.labels`, labels),
    ...Object.entries(others)
      .filter(([, value]) => value !== undefined && value !== null && value !== '' && value !== 0)
      .map(([name]) => forbidden(`${field}.metadata.${name}`, 'cannot be set')),
    ...validateAccessModes(`${at}.accessModes`, accessModes),
    ...validateLabelSelector(`${at}.selector`, selector),
    ...validateStorage(`${at}.resources[storage]`, ownValue(resources?.requests, 'storage')),
    ...(storageClassName ? subdomain(`${at}.storageClassName`, storageClassName) : []),
    ...oneOf(`${at}.volumeMode`, volumeMode, ['Block', 'Filesystem']),
    ...(volumeAttributesClassName ? subdomain(`${at}.volumeAttributesClassName`, volumeAttributesClassName) : []),
  ]
}
