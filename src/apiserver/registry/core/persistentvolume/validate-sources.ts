// Where a PersistentVolume's bytes are: exactly one source. Source: pkg/apis/core/validation/validation.go (ValidatePersistentVolumeSpec).
import type { PersistentVolumeSpec, SecretReference } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { byteLength, isDns1123Label, isDns1123Subdomain } from '../../../../apimachinery/validation/names.ts'
import { invalidAll, label } from '../../shared/pod-spec/invalid-values.ts'
import {
  requiredTexts,
  validateAzureDisk,
  validateFc,
  validateFlex,
  validateFlocker,
  isIscsiName,
  validateLun,
  validateNfs,
  validatePartition,
  validateQuobyte,
} from '../../shared/pod-spec/validate-network-volumes.ts'
import { validateNoBacksteps } from '../../shared/pod-spec/validate-paths.ts'
import { validateCsiDriverName, validateHostPath } from '../../shared/pod-spec/validate-volumes.ts'

const monitors = (field: string, list: readonly string[] | undefined) => (list?.length ? [] : [required(`${field}.monitors`)])

function validateSecretReference(field: string, reference: SecretReference | undefined): readonly FieldError[] {
  if (!reference) return []
  const { name = '', namespace = '' } = reference
  return [
    ...(name ? invalidAll(`${field}.name`, name, isDns1123Subdomain(name)) : [required(`${field}.name`)]),
    ...(namespace ? invalidAll(`${field}.namespace`, namespace, isDns1123Label(namespace)) : [required(`${field}.namespace`)]),
  ]
}

const csiSecrets = ['controllerPublishSecretRef', 'controllerExpandSecretRef', 'nodePublishSecretRef', 'nodeExpandSecretRef'] as const

function validateCsi(field: string, source: NonNullable<PersistentVolumeSpec['csi']>): readonly FieldError[] {
  return [
    ...validateCsiDriverName(`${field}.driver`, source.driver),
    ...requiredTexts(field, { volumeHandle: source.volumeHandle }),
    ...csiSecrets.flatMap((name) => validateSecretReference(`${field}.${name}`, source[name])),
  ]
}

function validateCinder(field: string, { volumeID, secretRef }: NonNullable<PersistentVolumeSpec['cinder']>): readonly FieldError[] {
  return [
    ...requiredTexts(field, { volumeID }),
    ...(secretRef ? requiredTexts(`${field}.secretRef`, { name: secretRef.name, namespace: secretRef.namespace }) : []),
  ]
}

function validateStorageOs(field: string, source: NonNullable<PersistentVolumeSpec['storageos']>): readonly FieldError[] {
  const { volumeName = '', volumeNamespace = '', secretRef } = source
  return [
    ...(volumeName ? label(`${field}.volumeName`, volumeName) : [required(`${field}.volumeName`)]),
    ...(volumeNamespace ? label(`${field}.volumeNamespace`, volumeNamespace) : []),
    ...(secretRef ? requiredTexts(`${field}.secretRef`, { name: secretRef.name, namespace: secretRef.namespace }) : []),
  ]
}

function validateLocal(field: string, path: string | undefined, hasAffinity: boolean): readonly FieldError[] {
  return [
    ...(path ? validateNoBacksteps(`${field}.path`, path) : [required(`${field}.path`)]),
    ...(hasAffinity ? [] : [required('spec.nodeAffinity', 'Local volume requires node affinity')]),
  ]
}

const targetMax = 64

/** Like that of pods, except that every badly formed name gets the same words, and a secret needs a name. */
function validateIscsiVolume(field: string, source: NonNullable<PersistentVolumeSpec['iscsi']>, volumeName: string): readonly FieldError[] {
  const { targetPortal = '', iqn = '', lun = 0, initiatorName, secretRef } = source
  const name = (at: string, value: string) => (isIscsiName(value) ? [] : [invalid(`${field}.${at}`, value, 'must be valid format')])
  const why = `Total length of <volume name>:<iscsi.targetPortal> must be under ${targetMax} characters if iscsi.initiatorName is specified.`
  const isLong = initiatorName !== undefined && byteLength(`${volumeName}:${targetPortal}`) > targetMax
  return [
    ...requiredTexts(field, { targetPortal }),
    ...(isLong ? [invalid(`${field}.targetportal`, targetPortal, why)] : []),
    ...(iqn ? name('iqn', iqn) : [required(`${field}.iqn`)]),
    ...validateLun(`${field}.lun`, lun),
    ...((source.chapAuthDiscovery || source.chapAuthSession) && !secretRef ? [required(`${field}.secretRef`)] : []),
    ...(secretRef ? requiredTexts(`${field}.secretRef`, { name: secretRef.name }) : []),
    ...(initiatorName === undefined ? [] : name('initiatorname', initiatorName)),
  ]
}

function validateGlusterfs(field: string, { endpoints, path, endpointsNamespace: namespace }: NonNullable<PersistentVolumeSpec['glusterfs']>) {
  const errors = requiredTexts(field, { endpoints, path })
  if (namespace === undefined) return errors
  const at = `${field}.endpointsNamespace`
  if (namespace === '') return [...errors, invalid(at, namespace, 'if the endpointnamespace is set, it must be a valid namespace name')]
  return [...errors, ...invalidAll(at, namespace, isDns1123Label(namespace))]
}

/** The sources that are set, in upstream's order, each with the name it is refused under. */
function checks(spec: PersistentVolumeSpec, name: string): readonly (readonly [field: string, check: (field: string) => readonly FieldError[]])[] {
  const all: readonly (readonly [string, unknown, (field: string) => readonly FieldError[]])[] = [
    ['hostPath', spec.hostPath, (at) => validateHostPath(at, spec.hostPath!)],
    [
      'gcePersistentDisk',
      spec.gcePersistentDisk,
      // Its errors carry a name of their own upstream.
      () => [
        ...requiredTexts('spec.persistentDisk', { pdName: spec.gcePersistentDisk!.pdName }),
        ...validatePartition('spec.persistentDisk', spec.gcePersistentDisk!.partition),
      ],
    ],
    [
      'awsElasticBlockStore',
      spec.awsElasticBlockStore,
      (at) => [...requiredTexts(at, { volumeID: spec.awsElasticBlockStore!.volumeID }), ...validatePartition(at, spec.awsElasticBlockStore!.partition)],
    ],
    ['glusterfs', spec.glusterfs, (at) => validateGlusterfs(at, spec.glusterfs!)],
    ['flocker', spec.flocker, (at) => validateFlocker(at, spec.flocker!)],
    ['nfs', spec.nfs, (at) => validateNfs(at, spec.nfs!)],
    ['rbd', spec.rbd, (at) => [...monitors(at, spec.rbd!.monitors), ...requiredTexts(at, { image: spec.rbd!.image })]],
    ['quobyte', spec.quobyte, (at) => validateQuobyte(at, spec.quobyte!)],
    ['cephFS', spec.cephfs, () => monitors('spec.cephfs', spec.cephfs!.monitors)],
    ['iscsi', spec.iscsi, (at) => validateIscsiVolume(at, spec.iscsi!, name)],
    ['cinder', spec.cinder, (at) => validateCinder(at, spec.cinder!)],
    ['fc', spec.fc, (at) => validateFc(at, spec.fc!)],
    ['flexVolume', spec.flexVolume, (at) => validateFlex(at, spec.flexVolume as Parameters<typeof validateFlex>[1])],
    [
      'azureFile',
      spec.azureFile,
      (at) => [
        ...requiredTexts(at, { secretName: spec.azureFile!.secretName, shareName: spec.azureFile!.shareName }),
        ...(spec.azureFile!.secretNamespace === '' ? [required(`${at}.secretNamespace`)] : []),
      ],
    ],
    ['vsphereVolume', spec.vsphereVolume, (at) => requiredTexts(at, { volumePath: spec.vsphereVolume!.volumePath })],
    ['photonPersistentDisk', spec.photonPersistentDisk, (at) => requiredTexts(at, { pdID: spec.photonPersistentDisk!.pdID })],
    ['portworxVolume', spec.portworxVolume, (at) => requiredTexts(at, { volumeID: spec.portworxVolume!.volumeID })],
    ['azureDisk', spec.azureDisk, (at) => validateAzureDisk(at, spec.azureDisk!)],
    [
      'scaleIO',
      spec.scaleIO,
      (at) => requiredTexts(at, { gateway: spec.scaleIO!.gateway, system: spec.scaleIO!.system, volumeName: spec.scaleIO!.volumeName }),
    ],
    ['local', spec.local, (at) => validateLocal(at, spec.local!.path, spec.nodeAffinity !== undefined)],
    ['storageos', spec.storageos, (at) => validateStorageOs(at, spec.storageos!)],
    ['csi', spec.csi, (at) => validateCsi(at, spec.csi!)],
  ]
  return all.filter(([, source]) => source !== undefined).map(([field, , check]) => [`spec.${field}`, check])
}

/** @param name of the volume */
export function validateSources(spec: PersistentVolumeSpec, name: string): readonly FieldError[] {
  const found = checks(spec, name)
  if (found.length === 0) return [required('spec', 'must specify a volume type')]
  return found.flatMap(([field, check], i) => {
    // A flexVolume comes on top without a complaint, as upstream has it.
    if (i > 0 && field !== 'spec.flexVolume') return [forbidden(field, 'may not specify more than 1 volume type')]
    return check(field)
  })
}
