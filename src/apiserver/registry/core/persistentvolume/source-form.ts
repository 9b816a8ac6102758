// A volume's source as upstream's internal struct: so it is compared, and so the message that refuses a change shows it.
import type { PersistentVolumeSpec } from '../../../../api/core/v1.ts'
import { internalForm } from '../../shared/pod-spec/internal-form.ts'

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

/** The part of the spec that says where the bytes are, as upstream holds it. */
export const sourceForm = (spec: PersistentVolumeSpec): unknown =>
  Object.fromEntries(sources.map(([field, goName, type]) => [goName, spec[field] === undefined ? null : internalForm(type, spec[field])]))
