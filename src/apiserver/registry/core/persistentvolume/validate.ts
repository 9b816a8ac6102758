// PersistentVolumes. Source: pkg/apis/core/validation/validation.go, pkg/volume/validation/pv_validation.go.
import { posix } from 'node:path'
import type { PersistentVolume, PersistentVolumeSpec } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { semanticEqual } from '../../../../apimachinery/json-equal.ts'
import { parseQuantity } from '../../../../apimachinery/quantity/quantity.ts'
import { isLabelValue } from '../../../../apimachinery/validation/names.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import { formDifference, internalForm, sameForm } from '../../shared/pod-spec/internal-form.ts'
import { notPositive, oneOf, sortedEntries, subdomain } from '../../shared/pod-spec/invalid-values.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'
import { validateNodeSelector } from '../../shared/pod-spec/validate-affinity.ts'
import { validateAccessModes } from '../../shared/pod-spec/validate-claim-spec.ts'
import { oldNodeKeys } from './old-node-keys.ts'
import { sourceForm } from './source-form.ts'
import { validateSources } from './validate-sources.ts'

export const mountOptions = 'volume.beta.kubernetes.io/mount-options'

/** Sources that take the old annotation for mount options. */
const takesMountOptions = [
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'nfs',
  'rbd',
  'quobyte',
  'iscsi',
  'cinder',
  'cephfs',
  'azureFile',
  'vsphereVolume',
  'azureDisk',
  'photonPersistentDisk',
  'portworxVolume',
  'csi',
] as const

function validateCapacity({ capacity = {} }: PersistentVolumeSpec, given: boolean): readonly FieldError[] {
  const field = 'spec.capacity'
  const names = Object.keys(capacity)
  return [
    ...(names.length === 0 ? [required(field)] : []),
    ...(Object.hasOwn(capacity, 'storage') && names.length === 1 ? [] : [notSupported(field, given ? capacity : null, ['storage'])]),
    ...sortedEntries(capacity).flatMap(([name, text]) => {
      const quantity = parseQuantity(text)
      const at = `${field}[${name}]`
      return [
        ...(quantity.sign < 0 ? [invalid(at, quantity.value(), 'must be a valid resource quantity')] : []),
        ...(quantity.sign > 0 ? [] : [invalid(at, quantity, notPositive)]),
      ]
    }),
  ]
}

const withoutDetail = (errors: readonly FieldError[]) => errors.map((error) => (error.type === 'FieldValueRequired' ? { ...error, detail: '' } : error))

function validateAffinity({ nodeAffinity }: PersistentVolumeSpec, old: PersistentVolumeSpec | undefined): readonly FieldError[] {
  if (!nodeAffinity) return []
  const field = 'spec.nodeAffinity.required'
  if (!nodeAffinity.required) return [required(field, 'must specify required node constraints')]
  const terms = old?.nodeAffinity?.required?.nodeSelectorTerms ?? []
  const anyValue = terms.some((term) => (term.matchExpressions ?? []).some(({ values = [] }) => values.some((value) => isLabelValue(value).length > 0)))
  return validateNodeSelector(field, nodeAffinity.required, anyValue)
}

/** Also as `/./` or `/a/..`. */
const isRoot = (path: string) => path.startsWith('/') && posix.resolve(path) === '/'

function validateSpec(spec: PersistentVolumeSpec, name: string, old: PersistentVolumeSpec | undefined): readonly FieldError[] {
  const { hostPath, persistentVolumeReclaimPolicy: policy, storageClassName, volumeMode, volumeAttributesClassName: attributes } = spec
  const className = 'spec.volumeAttributesClassName'
  return [
    ...withoutDetail(validateAccessModes('spec.accessModes', spec.accessModes)),
    ...validateCapacity(spec, spec.capacity !== undefined),
    ...(policy ? oneOf('spec.persistentVolumeReclaimPolicy', policy, ['Delete', 'Recycle', 'Retain']) : []),
    ...validateAffinity(spec, old),
    ...validateSources(spec, name),
    ...(hostPath && isRoot(hostPath.path) && policy === 'Recycle'
      ? [forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'")]
      : []),
    ...(storageClassName ? subdomain('spec.storageClassName', storageClassName) : []),
    ...oneOf('spec.volumeMode', volumeMode, ['Block', 'Filesystem']),
    ...(attributes === undefined ? [] : attributes ? subdomain(className, attributes) : [required(className, 'an empty string is disallowed')]),
    ...(attributes !== undefined && !spec.csi ? [required('spec.csi', 'has to be specified when using volumeAttributesClassName')] : []),
  ]
}

function validateMountOptions({ metadata, spec }: PersistentVolume): readonly FieldError[] {
  if (ownValue(metadata.annotations, mountOptions) === undefined || takesMountOptions.some((name) => spec[name])) return []
  return [forbidden(`metadata.annotations.${mountOptions}`, 'may not specify mount options for this volume type')]
}

export function validateVolume(volume: PersistentVolume, old?: PersistentVolume): readonly FieldError[] {
  const spec = volume.spec ?? {}
  return [...validateSpec(spec, volume.metadata.name, old?.spec), ...validateMountOptions({ ...volume, spec })]
}

/** Affinity may be given once; after that only old names of its labels may become new ones. */
function validateAffinityChange(now: PersistentVolumeSpec['nodeAffinity'], before: PersistentVolumeSpec['nodeAffinity']): readonly FieldError[] {
  if (!before || semanticEqual(now, before)) return []
  if (now && semanticEqual(oldNodeKeys(before, now), now)) return []
  const value = now && internalForm('VolumeNodeAffinity', now)
  return [invalid('nodeAffinity', value, 'field is immutable, except for updating from beta label to GA')]
}

export function validateVolumeUpdate(volume: PersistentVolume, old: PersistentVolume): readonly FieldError[] {
  const { spec } = volume
  // A secret for expansion may be given once.
  const addsSecret = old.spec.csi && !old.spec.csi.controllerExpandSecretRef && spec.csi?.controllerExpandSecretRef
  const { controllerExpandSecretRef: _added, ...csi } = spec.csi ?? {}
  const compared = addsSecret ? ({ ...spec, csi } as PersistentVolumeSpec) : spec
  const [now, before] = [sourceForm(compared), sourceForm(old.spec)]
  const moved = sameForm(now, before)
    ? []
    : [forbidden('spec.persistentvolumesource', `spec.persistentvolumesource is immutable after creation\n${formDifference(before, now)}`)]
  const drops = old.spec.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined
  return [
    ...validateVolume(volume, old),
    ...validateSpec(volume.spec, volume.metadata.name, old.spec),
    ...moved,
    ...validateImmutable('volumeMode', spec.volumeMode, old.spec.volumeMode),
    ...validateAffinityChange(spec.nodeAffinity, old.spec.nodeAffinity),
    ...(drops ? [forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden')] : []),
  ]
}
