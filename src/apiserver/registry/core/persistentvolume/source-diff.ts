// What changed of a volume's source, for the message that refuses the change: upstream shows its internal struct, line by line.
import type { PersistentVolumeSpec } from '../../../../api/core/v1.ts'
import { internalForm } from '../../shared/pod-spec/internal-form.ts'
import { unifiedDiff } from '../../shared/pod-spec/line-diff.ts'

/** Field -> its Go name and type, in the order of the internal struct (pkg/apis/core/types.go). */
const sources = [
  ['gcePersistentDisk', 'GCEPersistentDisk', 'GCEPersistentDiskVolumeSource'],
  ['awsElasticBlockStore', 'AWSElasticBlockStore', 'AWSElasticBlockStoreVolumeSource'],
  ['hostPath', 'HostPath', 'HostPathVolumeSource'],
  ['glusterfs', 'Glusterfs', 'GlusterfsPersistentVolumeSource'],
  ['nfs', 'NFS', 'NFSVolumeSource'],
  ['rbd', 'RBD', 'RBDPersistentVolumeSource'],
  ['quobyte', 'Quobyte', 'QuobyteVolumeSource'],
  ['iscsi', 'ISCSI', 'ISCSIPersistentVolumeSource'],
  ['flexVolume', 'FlexVolume', 'FlexPersistentVolumeSource'],
  ['cinder', 'Cinder', 'CinderPersistentVolumeSource'],
  ['cephfs', 'CephFS', 'CephFSPersistentVolumeSource'],
  ['fc', 'FC', 'FCVolumeSource'],
  ['flocker', 'Flocker', 'FlockerVolumeSource'],
  ['azureFile', 'AzureFile', 'AzureFilePersistentVolumeSource'],
  ['vsphereVolume', 'VsphereVolume', 'VsphereVirtualDiskVolumeSource'],
  ['azureDisk', 'AzureDisk', 'AzureDiskVolumeSource'],
  ['photonPersistentDisk', 'PhotonPersistentDisk', 'PhotonPersistentDiskVolumeSource'],
  ['portworxVolume', 'PortworxVolume', 'PortworxVolumeSource'],
  ['scaleIO', 'ScaleIO', 'ScaleIOPersistentVolumeSource'],
  ['local', 'Local', 'LocalVolumeSource'],
  ['storageos', 'StorageOS', 'StorageOSPersistentVolumeSource'],
  ['csi', 'CSI', 'CSIPersistentVolumeSource'],
] as const

/** The part of the spec that says where the bytes are. */
export function sourceOf(spec: PersistentVolumeSpec): object {
  return Object.fromEntries(sources.flatMap(([field]) => (spec[field] === undefined ? [] : [[field, spec[field]]])))
}

function lines(spec: PersistentVolumeSpec): readonly string[] {
  const form = Object.fromEntries(sources.map(([field, goName, type]) => [goName, spec[field] === undefined ? null : internalForm(type, spec[field])]))
  return JSON.stringify(form, undefined, 1).split('\n')
}

export const sourceDiff = (old: PersistentVolumeSpec, spec: PersistentVolumeSpec): string => unifiedDiff(lines(old), lines(spec))
