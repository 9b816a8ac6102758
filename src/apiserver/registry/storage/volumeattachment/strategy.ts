// VolumeAttachments. Source: pkg/registry/storage/volumeattachment/strategy.go, pkg/apis/storage/validation/validation.go.
import type { VolumeAttachment, VolumeAttachmentSpec } from '../../../../api/storage/v1.ts'
import { type FieldError, forbidden, required } from '../../../../apimachinery/field-errors.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { internalFormOf } from '../../shared/pod-spec/internal-form.ts'
import { subdomain } from '../../shared/pod-spec/invalid-values.ts'
import { validateCsiDriverName } from '../../shared/pod-spec/validate-volumes.ts'
import { keepStatus } from '../../shared/status.ts'
import { validateInlineSpec } from '../../core/persistentvolume/validate-inline.ts'

const exactlyOne = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'

function validateSource({ persistentVolumeName: name, inlineVolumeSpec }: VolumeAttachmentSpec['source']): readonly FieldError[] {
  const field = 'spec.source'
  if (name === undefined && !inlineVolumeSpec) return [required(field, exactlyOne)]
  if (name !== undefined && inlineVolumeSpec) return [forbidden(field, exactlyOne)]
  if (inlineVolumeSpec) return validateInlineSpec(`${field}.inlineVolumeSpec`, inlineVolumeSpec)
  const at = `${field}.persistentVolumeName`
  return [...(name ? [] : [required(at, 'must specify non empty persistentVolumeName')]), ...subdomain(at, name!)]
}

const shown = ({ spec }: VolumeAttachment) => internalFormOf('io.k8s.api.storage.v1.VolumeAttachmentSpec', spec)

export const volumeAttachmentStrategy: Strategy<VolumeAttachment> = {
  prepareForCreate(_, attachment) {
    attachment.status = { attached: false }
  },
  prepareForUpdate: (_, attachment, old) => keepStatus(attachment, old),
  validate: (_, { spec }) => [
    ...validateCsiDriverName('spec.attacher', spec.attacher),
    ...validateSource(spec.source ?? {}),
    ...subdomain('spec.nodeName', spec.nodeName),
  ],
  validateUpdate: (_, attachment, old) => validateImmutable('spec', shown(attachment), shown(old)),
}
