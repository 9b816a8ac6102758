import type { ObjectMeta } from '../../../../api/meta/v1.ts'
import { type FieldError, forbidden } from '../../../../apimachinery/field-errors.ts'
import { validateLabels } from '../../../../apimachinery/validation/labels.ts'
import { validateAnnotations } from '../../../../apimachinery/validation/object-meta.ts'

/** The controller's fields, in the order of the struct. */
const controllers = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'ownerReferences',
  'finalizers',
  'managedFields',
] as const

/**
 * Metadata of an object that a controller makes from a template: labels and annotations only.
 * Source: pkg/apis/core/validation/validation.go (ValidateTemplateObjectMeta).
 */
export function validateTemplateMetadata(field: string, metadata: Partial<ObjectMeta> | undefined): readonly FieldError[] {
  if (!metadata) return []
  const isSet = (value: unknown) => value !== undefined && value !== null && value !== ''
  return [
    ...validateAnnotations(`${field}.annotations`, metadata.annotations),
    ...validateLabels(`${field}.labels`, metadata.labels),
    ...controllers
      .filter((name) => isSet(metadata[name]) && !(name === 'generation' && metadata[name] === 0))
      // Errors call a field by its name in Go, but for the case of the first letter.
      .map((name) => forbidden(`${field}.${name === 'uid' ? 'uID' : name}`, 'cannot be set')),
  ]
}
