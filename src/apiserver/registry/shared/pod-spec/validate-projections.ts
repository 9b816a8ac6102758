// Files made of secrets, config maps, the pod itself and its tokens.
import type {
  ConfigMapVolumeSource,
  DownwardAPIVolumeFile,
  DownwardAPIVolumeSource,
  KeyToPath,
  ProjectedVolumeSource,
  SecretVolumeSource,
  VolumeProjection,
} from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { requiredText } from './invalid-values.ts'
import type { PodValidationOptions } from './options.ts'
import { validateFieldRef, validateResourceFieldRef } from './validate-env.ts'
import { validateFileMode, validateLocalPath } from './validate-paths.ts'

const validateKeyToPath = (field: string, { key, path = '', mode }: KeyToPath): readonly FieldError[] => [
  ...requiredText(`${field}.key`, key),
  ...requiredText(`${field}.path`, path),
  ...validateLocalPath(`${field}.path`, path),
  ...validateFileMode(`${field}.mode`, mode),
]

const validateItems = (field: string, items: readonly KeyToPath[] = []) => items.flatMap((item, index) => validateKeyToPath(`${field}.items[${index}]`, item))

export const validateSecretVolume = (field: string, { secretName, defaultMode, items }: SecretVolumeSource): readonly FieldError[] => [
  ...requiredText(`${field}.secretName`, secretName),
  ...validateFileMode(`${field}.defaultMode`, defaultMode),
  ...validateItems(field, items),
]

export const validateConfigMapVolume = (field: string, { name, defaultMode, items }: ConfigMapVolumeSource): readonly FieldError[] => [
  ...requiredText(`${field}.name`, name),
  ...validateFileMode(`${field}.defaultMode`, defaultMode),
  ...validateItems(field, items),
]

const fileFields = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid']

function validateDownwardFile(field: string, { path = '', fieldRef, resourceFieldRef, mode }: DownwardAPIVolumeFile): readonly FieldError[] {
  const errors: FieldError[] = [...requiredText(`${field}.path`, path), ...validateLocalPath(`${field}.path`, path)]
  if (fieldRef) {
    errors.push(...validateFieldRef(`${field}.fieldRef`, fieldRef, fileFields))
    if (resourceFieldRef) errors.push(invalid(field, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'))
  } else if (resourceFieldRef) errors.push(...validateResourceFieldRef(`${field}.resourceFieldRef`, resourceFieldRef, true))
  else errors.push(required(field, 'one of fieldRef and resourceFieldRef is required'))
  return [...errors, ...validateFileMode(`${field}.mode`, mode)]
}

/** Errors of single files are reported on the whole, as upstream does. */
export const validateDownwardVolume = (field: string, { defaultMode, items = [] }: DownwardAPIVolumeSource): readonly FieldError[] => [
  ...validateFileMode(`${field}.defaultMode`, defaultMode),
  ...items.flatMap((file) => validateDownwardFile(field, file)),
]

const tokenSecondsMin = 10 * 60
const tokenSecondsMax = 2 ** 32

/** @param field of the volume, @param at of the source */
function validateToken(field: string, at: string, { serviceAccountToken }: VolumeProjection, options: PodValidationOptions): readonly FieldError[] {
  if (!serviceAccountToken) return []
  const { path, expirationSeconds = 0 } = serviceAccountToken
  const errors: FieldError[] = []
  if (expirationSeconds < tokenSecondsMin) errors.push(invalid(`${at}.expirationSeconds`, expirationSeconds, 'may not specify a duration less than 10 minutes'))
  if (expirationSeconds > tokenSecondsMax) {
    errors.push(invalid(`${at}.expirationSeconds`, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'))
  }
  if (!path) errors.push(required(`${field}.path`))
  else if (!options.allowNonLocalTokenPath) errors.push(...validateLocalPath(`${field}.path`, path))
  return errors
}

export function validateProjectedVolume(
  field: string,
  { defaultMode, ...projected }: ProjectedVolumeSource,
  options: PodValidationOptions,
): readonly FieldError[] {
  // null when absent: the field is always written.
  const sources = projected.sources ?? []
  const paths = new Set<string>()
  /** @param value what upstream shows as the culprit */
  const conflicts = (path: string | undefined, value: string): readonly FieldError[] => {
    if (!path) return []
    if (paths.has(path)) return [invalid(field, value, 'conflicting duplicate paths')]
    paths.add(path)
    return []
  }
  const keyed = (at: string, source: { readonly name?: string; readonly items?: readonly KeyToPath[] } | undefined): readonly FieldError[] => {
    if (!source) return []
    const { name = '', items = [] } = source
    return [
      ...requiredText(`${at}.name`, name),
      ...items.flatMap((item, index) => [...validateKeyToPath(`${at}.items[${index}]`, item), ...conflicts(item.path, name)]),
    ]
  }
  const ofSources = sources.flatMap((source, index) => {
    const at = `${field}.sources[${index}]`
    const files = source.downwardAPI?.items ?? []
    return [
      ...keyed(`${at}.secret`, source.secret),
      ...keyed(`${at}.configMap`, source.configMap),
      ...files.flatMap((file) => [...validateDownwardFile(`${at}.downwardAPI`, file), ...conflicts(file.path, file.path)]),
      ...validateToken(field, `${at}.serviceAccountToken`, source, options),
      ...(Object.values(source).filter((value) => value !== undefined).length > 1 ? [forbidden(at, 'may not specify more than 1 volume type per source')] : []),
    ]
  })
  return [...validateFileMode(`${field}.defaultMode`, defaultMode), ...ofSources]
}
