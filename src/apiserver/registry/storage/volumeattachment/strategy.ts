// VolumeAttachments. Source: pkg/registry/storage/volumeattachment/strategy.go, pkg/apis/storage/validation/validation.go.
import type { VolumeAttachment, VolumeAttachmentSpec, VolumeAttachmentStatus, VolumeError } from '../../../../api/storage/v1.ts'
import { type FieldError, forbidden, invalid, required, tooLong } from '../../../../apimachinery/field-errors.ts'
import { byteLength } from '../../../../apimachinery/validation/names.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { internalFormOf } from '../../shared/pod-spec/internal-form.ts'
import { subdomain } from '../../shared/pod-spec/invalid-values.ts'
import { validateCsiDriverName } from '../../shared/pod-spec/validate-volumes.ts'
import { keepStatus, statusAlone } from '../../shared/status.ts'
import { twice } from '../../shared/twice.ts'
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

const metadataBytesMax = 256 * 1024
const messageBytesMax = 1024

function validateError(field: string, { message = '', errorCode = 0 }: VolumeError = {}): readonly FieldError[] {
  return [
    ...(byteLength(message) > messageBytesMax ? [tooLong(`${field}.message`, metadataBytesMax)] : []),
    ...(errorCode < 0 ? [invalid(`${field}.errorCode`, errorCode, 'must be between 0 and 2147483647, inclusive')] : []),
  ]
}

function validateStatus({ attachmentMetadata = {}, attachError, detachError }: Partial<VolumeAttachmentStatus> = {}): readonly FieldError[] {
  const bytes = Object.entries(attachmentMetadata).reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0)
  return [
    ...(bytes > metadataBytesMax ? [tooLong('status.attachmentMetadata', metadataBytesMax)] : []),
    ...validateError('status.attachError', attachError),
    ...validateError('status.detachError', detachError),
  ]
}

const validate = ({ spec, status }: VolumeAttachment) => [
  ...validateCsiDriverName('spec.attacher', spec.attacher),
  ...validateSource(spec.source ?? {}),
  ...subdomain('spec.nodeName', spec.nodeName),
  ...validateStatus(status),
]

function validateUpdate(attachment: VolumeAttachment, old: VolumeAttachment): readonly FieldError[] {
  const shown = ({ spec }: VolumeAttachment) => internalFormOf('io.k8s.api.storage.v1.VolumeAttachmentSpec', spec)
  return [...twice(validate(attachment)), ...validateImmutable('spec', shown(attachment), shown(old))]
}

export const volumeAttachmentStrategy: Strategy<VolumeAttachment> = {
  allowUnconditionalUpdate: false,
  prepareForCreate(_, attachment) {
    attachment.status = { attached: false }
  },
  prepareForUpdate: (_, attachment, old) => keepStatus(attachment, old),
  metadataChecksOnUpdate: ['whole', 'whole'],
  validate: (_, attachment) => validate(attachment),
  validateUpdate: (_, attachment, old) => validateUpdate(attachment, old),
  subresources: {
    status: { ...statusAlone, metadataChecksOnUpdate: ['whole', 'whole'], validateUpdate: (_, attachment, old) => validateUpdate(attachment, old) },
  },
}
