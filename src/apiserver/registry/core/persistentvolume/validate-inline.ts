// A volume's spec inside another object: CSI only, and without what concerns claims.
// Source: pkg/apis/core/validation/validation.go (ValidatePersistentVolumeSpec, inline).
import type { PersistentVolumeSpec } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, required } from '../../../../apimachinery/field-errors.ts'
import { validateAccessModes } from '../../shared/pod-spec/validate-claim-spec.ts'
import { validateSources } from './validate-sources.ts'

const context = 'in the context of inline volumes'

export function validateInlineSpec(field: string, spec: PersistentVolumeSpec): readonly FieldError[] {
  const refuse = (name: string, present: unknown) => (present ? [forbidden(`${field}.${name}`, `may not be specified ${context}`)] : [])
  const { persistentVolumeReclaimPolicy: policy, volumeMode } = spec
  const modes = validateAccessModes(`${field}.accessModes`, spec.accessModes)
  const sources = validateSources(spec, '').map((error) => ({ ...error, field: error.field.replace(/^spec/, field) }))
  return [
    ...refuse('claimRef', spec.claimRef),
    ...refuse('capacity', Object.keys(spec.capacity ?? {}).length),
    ...(spec.csi ? [] : [required(`${field}.csi`, `has to be specified ${context}`)]),
    ...modes.map((error) => (error.type === 'FieldValueRequired' ? required(error.field) : error)),
    ...(policy && policy !== 'Retain' ? [forbidden(`${field}.persistentVolumeReclaimPolicy`, `may only be Retain ${context}`)] : []),
    ...refuse('nodeAffinity', spec.nodeAffinity),
    ...sources,
    ...refuse('storageClassName', spec.storageClassName),
    ...(volumeMode !== undefined && volumeMode !== 'Filesystem'
      ? [forbidden(`${field}.volumeMode`, `may not specify volumeMode other than Filesystem ${context}`)]
      : []),
  ]
}
