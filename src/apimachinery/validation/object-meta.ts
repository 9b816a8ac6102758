// Metadata of objects. Source: k8s.io/apimachinery pkg/api/validation/objectmeta.go, pkg/apis/meta/v1/validation/validation.go,
// and what kubernetes pkg/apis/core/validation adds about finalizers.
import { type FieldError, forbidden, invalid, notSupported, required, tooLong } from '../field-errors.ts'
import { goQuote } from '../go-quote.ts'
import { semanticEqual } from '../json-equal.ts'
import { validateLabels } from './labels.ts'
import { byteLength, isDns1123Label, isQualifiedName, type Messages, unprintable } from './names.ts'

export interface OwnerReferenceMeta {
  readonly apiVersion?: string
  readonly kind?: string
  readonly name?: string
  readonly uid?: string
  readonly controller?: boolean
}

/** What is read of an object's metadata. */
export interface Meta {
  readonly name?: string
  readonly generateName?: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string | null
  readonly deletionTimestamp?: string
  readonly deletionGracePeriodSeconds?: number
  readonly labels?: { readonly [key: string]: string }
  readonly annotations?: { readonly [key: string]: string }
  readonly ownerReferences?: readonly OwnerReferenceMeta[]
  readonly finalizers?: readonly string[]
  readonly managedFields?: readonly { readonly manager?: string; readonly operation?: string; readonly fieldsType?: string; readonly subresource?: string }[]
}

export interface ObjectMetaOptions {
  readonly namespaced: boolean
  /** `prefix`: a generateName is checked. */
  readonly validateName: (name: string, prefix: boolean) => Messages
  readonly field?: string
  /** Built-in kinds accept unqualified finalizers only of the known names; custom resources accept any. Default true. */
  readonly knownFinalizersOnly?: boolean
}

export const immutableMessage = 'field is immutable'

/** All keys and values of the annotations together: 256 KiB. */
const annotationsBytesMax = 256 * 1024
const fieldManagerBytesMax = 128
const subresourceBytesMax = 256
const knownFinalizers: ReadonlySet<string> = new Set(['kubernetes', 'orphan', 'foregroundDeletion'])

/** `changed` is the new value; the error shows it. */
export function validateImmutable(field: string, changed: unknown, old: unknown): readonly FieldError[] {
  return semanticEqual(changed, old) ? [] : [invalid(field, changed, immutableMessage)]
}

export function validateAnnotations(field: string, annotations: { readonly [key: string]: string } | undefined): readonly FieldError[] {
  if (!annotations) return []
  const errors: FieldError[] = []
  let bytes = 0
  for (const [key, value] of Object.entries(annotations)) {
    for (const message of isQualifiedName(key.toLowerCase())) errors.push(invalid(field, key, message))
    bytes += byteLength(key) + byteLength(value)
  }
  if (bytes > annotationsBytesMax) errors.push(tooLong(field, annotationsBytesMax))
  return errors
}

function versionOf(apiVersion: string): string {
  const parts = apiVersion.split('/')
  return parts.length > 2 ? '' : parts.at(-1)!
}

export function validateOwnerReferences(field: string, references: readonly OwnerReferenceMeta[] | undefined): readonly FieldError[] {
  const errors: FieldError[] = []
  let controller = ''
  for (const reference of references ?? []) {
    const { apiVersion = '', kind = '', name = '', uid = '' } = reference
    if (versionOf(apiVersion) === '') errors.push(invalid(`${field}.apiVersion`, apiVersion, 'version must not be empty'))
    if (kind === '') errors.push(invalid(`${field}.kind`, kind, 'must not be empty'))
    if (name === '') errors.push(invalid(`${field}.name`, name, 'must not be empty'))
    if (uid === '') errors.push(invalid(`${field}.uid`, uid, 'must not be empty'))
    if (apiVersion === 'v1' && kind === 'Event') errors.push(invalid(field, reference, '/v1, Kind=Event is disallowed from being an owner'))
    if (!reference.controller) continue
    const current = `${kind}/${name}`
    if (controller) {
      const why = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${current}`
      errors.push(invalid(field, references, why))
    } else controller = current
  }
  return errors
}

export const validateFinalizerName = (field: string, name: string): readonly FieldError[] =>
  isQualifiedName(name).map((message) => invalid(field, name, message))

/** What built-in kinds ask of a finalizer beyond {@link validateFinalizerName}. */
export function validateKnownFinalizer(field: string, name: string): readonly FieldError[] {
  if (name.includes('/') || knownFinalizers.has(name)) return []
  return [invalid(field, name, 'name is neither a standard finalizer name nor is it fully qualified')]
}

export function validateFinalizers(field: string, finalizers: readonly string[] | undefined): readonly FieldError[] {
  if (!finalizers) return []
  const errors = finalizers.flatMap((name) => validateFinalizerName(field, name))
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(invalid(field, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'))
  }
  return errors
}

const validateKnownFinalizers = (field: string, meta: Meta) =>
  (meta.finalizers ?? []).flatMap((name, index) => validateKnownFinalizer(`${field}.finalizers[${index}]`, name))

export function validateFieldManager(field: string, manager: string): readonly FieldError[] {
  return [
    ...(byteLength(manager) > fieldManagerBytesMax ? [tooLong(field, fieldManagerBytesMax)] : []),
    ...unprintable(manager).map((message) => invalid(field, manager, message)),
  ]
}

/** Only `All`. */
export const validateDryRun = (field: string, dryRun: readonly string[]): readonly FieldError[] =>
  dryRun.some((each) => each !== 'All') ? [notSupported(field, dryRun, ['All'])] : []

export function validateManagedFields(field: string, entries: Meta['managedFields']): readonly FieldError[] {
  return (entries ?? []).flatMap(({ operation = '', fieldsType = '', manager = '', subresource = '' }, index) => {
    const at = `${field}[${index}]`
    return [
      ...(operation === 'Apply' || operation === 'Update' ? [] : [invalid(`${at}.operation`, operation, 'must be `Apply` or `Update`')]),
      ...(fieldsType === '' || fieldsType === 'FieldsV1' ? [] : [invalid(`${at}.fieldsType`, fieldsType, 'must be `FieldsV1`')]),
      ...validateFieldManager(`${at}.manager`, manager),
      ...(byteLength(subresource) > subresourceBytesMax ? [tooLong(`${at}.subresource`, subresourceBytesMax)] : []),
    ]
  })
}

function validateNamespace(field: string, namespace: string, namespaced: boolean): readonly FieldError[] {
  if (!namespaced) return namespace === '' ? [] : [forbidden(field, 'not allowed on this type')]
  if (namespace === '') return [required(field)]
  return isDns1123Label(namespace).map((message) => invalid(field, namespace, message))
}

/** On creation, after a name was generated. */
export function validateObjectMeta(meta: Meta, options: ObjectMetaOptions): readonly FieldError[] {
  const { namespaced, validateName, field = 'metadata', knownFinalizersOnly = true } = options
  const { name = '', generateName = '', namespace = '', generation = 0 } = meta
  return [
    ...(generateName === '' ? [] : validateName(generateName, true).map((message) => invalid(`${field}.generateName`, generateName, message))),
    ...(name === ''
      ? [required(`${field}.name`, 'name or generateName is required')]
      : validateName(name, false).map((message) => invalid(`${field}.name`, name, message))),
    ...validateNamespace(`${field}.namespace`, namespace, namespaced),
    ...(generation < 0 ? [invalid(`${field}.generation`, generation, 'must be greater than or equal to 0')] : []),
    ...validateLabels(`${field}.labels`, meta.labels),
    ...validateAnnotations(`${field}.annotations`, meta.annotations),
    ...validateOwnerReferences(`${field}.ownerReferences`, meta.ownerReferences),
    ...validateFinalizers(`${field}.finalizers`, meta.finalizers),
    ...validateManagedFields(`${field}.managedFields`, meta.managedFields),
    ...(knownFinalizersOnly ? validateKnownFinalizers(field, meta) : []),
  ]
}

function validateNoNewFinalizers(field: string, meta: Meta, old: Meta): readonly FieldError[] {
  const before = new Set(old.finalizers)
  const added = [...new Set(meta.finalizers)].filter((name) => !before.has(name)).sort()
  if (added.length === 0) return []
  const list = `[]string{${added.map(goQuote).join(', ')}}`
  return [forbidden(field, `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`)]
}

/** The fields of metadata that a server sets once. */
const immutableFields = [
  ['name', ''],
  ['namespace', ''],
  ['uid', ''],
  ['creationTimestamp', null],
  ['deletionTimestamp', null],
  ['deletionGracePeriodSeconds', null],
] as const

/** On update. Upstream checks metadata twice (generic store and strategy), so an error can appear twice among the causes. */
export function validateObjectMetaUpdate(
  meta: Meta,
  old: Meta,
  { field = 'metadata', knownFinalizersOnly = true }: Pick<ObjectMetaOptions, 'field' | 'knownFinalizersOnly'> = {},
): readonly FieldError[] {
  const { resourceVersion = '', generation = 0 } = meta
  return [
    ...(old.deletionTimestamp ? validateNoNewFinalizers(`${field}.finalizers`, meta, old) : []),
    ...(resourceVersion === '' ? [invalid(`${field}.resourceVersion`, resourceVersion, 'must be specified for an update')] : []),
    ...(generation < (old.generation ?? 0) ? [invalid(`${field}.generation`, generation, 'must not be decremented')] : []),
    ...immutableFields.flatMap(([key, zero]) => validateImmutable(`${field}.${key}`, meta[key] ?? zero, old[key] ?? zero)),
    ...validateLabels(`${field}.labels`, meta.labels),
    ...validateAnnotations(`${field}.annotations`, meta.annotations),
    ...validateOwnerReferences(`${field}.ownerReferences`, meta.ownerReferences),
    ...validateManagedFields(`${field}.managedFields`, meta.managedFields),
    ...(knownFinalizersOnly ? validateKnownFinalizers(field, meta) : []),
  ]
}
