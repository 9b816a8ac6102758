// The claim that an ephemeral volume makes for its pod, and that a StatefulSet makes for each of its pods.
import type { PersistentVolumeClaimTemplate } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden } from '../../../../apimachinery/field-errors.ts'
import { validateLabels } from '../../../../apimachinery/validation/labels.ts'
import { validateAnnotations } from '../../../../apimachinery/validation/object-meta.ts'
import { validateClaimSpec } from './validate-claim-spec.ts'

/** Labels and annotations are the claim's own; everything else of its metadata is the controller's. */
export function validateClaimTemplate(field: string, { metadata, spec }: PersistentVolumeClaimTemplate): readonly FieldError[] {
  const { annotations, labels, ...others } = metadata ?? {}
  return [
    ...validateAnnotations(`${field}.metadata.annotations`, annotations),
    ...validateLabels(`${field}.metadata.labels`, labels),
    ...Object.entries(others)
      .filter(([, value]) => value !== undefined && value !== null && value !== '' && value !== 0)
      .map(([name]) => forbidden(`${field}.metadata.${name}`, 'cannot be set')),
    ...validateClaimSpec(`${field}.spec`, spec ?? {}),
  ]
}
