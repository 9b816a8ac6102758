// The claim that an ephemeral volume makes for its pod, and that a StatefulSet makes for each of its pods.
import type { PersistentVolumeClaimTemplate } from '../../../../api/core/v1.ts'
import type { FieldError } from '../../../../apimachinery/field-errors.ts'
import { validateClaimSpec } from './validate-claim-spec.ts'
import { validateTemplateMetadata } from './validate-template-metadata.ts'

export function validateClaimTemplate(field: string, { metadata, spec }: PersistentVolumeClaimTemplate): readonly FieldError[] {
  return [...validateTemplateMetadata(`${field}.metadata`, metadata), ...validateClaimSpec(`${field}.spec`, spec ?? {})]
}
