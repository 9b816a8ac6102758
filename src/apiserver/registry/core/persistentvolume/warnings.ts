// Warnings about PersistentVolumes. Source: pkg/api/persistentvolume/util.go.
import type { PersistentVolume, PersistentVolumeSpec } from '../../../../api/core/v1.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'
import { nodeSelectorTermWarnings } from '../../shared/pod-spec/warnings.ts'
import { mountOptions } from './validate.ts'

export const storageClassAnnotation = 'volume.beta.kubernetes.io/storage-class'

/** Source -> the name it is shown under, and what became of it. */
const gone: readonly (readonly [keyof PersistentVolumeSpec, string, string])[] = [
  ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
  ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
]

export const storageClassWarning = `metadata.annotations[${storageClassAnnotation}]: deprecated since v1.8; use "storageClassName" attribute instead`

const recycle =
  'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.'

export function volumeWarnings({ metadata, spec }: PersistentVolume): readonly string[] {
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? []
  return [
    ...(ownValue(metadata.annotations, storageClassAnnotation) === undefined ? [] : [storageClassWarning]),
    ...(ownValue(metadata.annotations, mountOptions) === undefined
      ? []
      : [`metadata.annotations[${mountOptions}]: deprecated since v1.31; use "mountOptions" attribute instead`]),
    ...(spec.persistentVolumeReclaimPolicy === 'Recycle' ? [recycle] : []),
    ...terms.flatMap((term, i) => nodeSelectorTermWarnings(`spec.nodeAffinity.required.nodeSelectorTerms[${i}]`, term, false)),
    ...gone.flatMap(([field, name, why]) => (spec[field] === undefined ? [] : [`spec.${name}: ${why}`])),
  ]
}
