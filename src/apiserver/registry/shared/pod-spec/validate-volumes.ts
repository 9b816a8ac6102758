// Volumes: a unique name and exactly one source. Source: pkg/apis/core/validation/validation.go (ValidateVolumes).
import type { CSIVolumeSource, EphemeralVolumeSource, HostPathVolumeSource, Volume } from '../../../../api/core/v1.ts'
import { duplicate, type FieldError, forbidden, invalid, required, tooLong } from '../../../../apimachinery/field-errors.ts'
import { parseQuantity } from '../../../../apimachinery/quantity/quantity.ts'
import { isDns1123Subdomain } from '../../../../apimachinery/validation/names.ts'
import { goQuote } from '../../../../apimachinery/go-quote.ts'
import { invalidAll, label, oneOf, requiredText } from './invalid-values.ts'
import type { PodValidationOptions } from './options.ts'
import { validateClaimTemplate } from './validate-claim-template.ts'
import {
  requiredTexts,
  validateAzureDisk,
  validateCinder,
  validateFc,
  validateFlex,
  validateFlocker,
  validateIscsi,
  validateNfs,
  validatePartition,
  validateQuobyte,
  validateStorageOs,
} from './validate-network-volumes.ts'
import { validateDescendingPath, validateNoBacksteps } from './validate-paths.ts'
import { validateConfigMapVolume, validateDownwardVolume, validateProjectedVolume, validateSecretVolume } from './validate-projections.ts'

type Check = () => readonly FieldError[]

const hostPathTypes = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket']

export function validateHostPath(field: string, { path, type }: HostPathVolumeSource): readonly FieldError[] {
  if (!path) return [required(`${field}.path`)]
  return [...validateNoBacksteps(`${field}.path`, path), ...oneOf(`${field}.type`, type, hostPathTypes)]
}

const driverBytesMax = 63

export const validateCsiDriverName = (field: string, driver = ''): readonly FieldError[] => [
  ...requiredText(field, driver),
  ...(driver.length > driverBytesMax ? [tooLong(field, driverBytesMax)] : []),
  ...(driver ? invalidAll(field, driver, isDns1123Subdomain(driver.toLowerCase())) : []),
]

function validateCsi(field: string, { driver, nodePublishSecretRef }: CSIVolumeSource): readonly FieldError[] {
  const errors = validateCsiDriverName(`${field}.driver`, driver)
  if (!nodePublishSecretRef) return errors
  const { name } = nodePublishSecretRef
  if (!name) return [...errors, required(`${field}.nodePublishSecretRef.name`)]
  return [...errors, ...invalidAll(`${field}.name`, name, isDns1123Subdomain(name))]
}

function validateEphemeral(
  field: string,
  path: string,
  volume: Volume,
  source: EphemeralVolumeSource,
  { podName }: PodValidationOptions,
): readonly FieldError[] {
  const template = source.volumeClaimTemplate
  const errors: FieldError[] = template ? [...validateClaimTemplate(`${path}.volumeClaimTemplate`, template)] : [required(`${path}.volumeClaimTemplate`)]
  if (!podName || !volume.name) return errors
  const claim = `${podName}-${volume.name}`
  return [...errors, ...isDns1123Subdomain(claim).map((why) => invalid(`${field}.name`, volume.name, `PVC name ${goQuote(claim)}: ${why}`))]
}

/** Sources in upstream's order: the first one counts, later ones are forbidden. */
function checks(field: string, v: Volume, options: PodValidationOptions): readonly (readonly [string, Check | undefined | false])[] {
  const at = (name: string) => `${field}.${name}`
  const texts = (name: string, values: { readonly [name: string]: string | undefined }) => requiredTexts(at(name), values)
  const monitors = (name: string, list: readonly string[] | undefined) => (list?.length ? [] : [required(`${at(name)}.monitors`)])
  return [
    ['hostPath', v.hostPath && (() => validateHostPath(at('hostPath'), v.hostPath!))],
    [
      'gitRepo',
      v.gitRepo &&
        (() => [
          ...texts('gitRepo', { repository: v.gitRepo!.repository }),
          ...validateDescendingPath(`${at('gitRepo')}.directory`, v.gitRepo!.directory ?? ''),
        ]),
    ],
    [
      'gcePersistentDisk',
      v.gcePersistentDisk &&
        (() => [
          ...texts('persistentDisk', { pdName: v.gcePersistentDisk!.pdName }),
          ...validatePartition(at('persistentDisk'), v.gcePersistentDisk!.partition),
        ]),
    ],
    [
      'awsElasticBlockStore',
      v.awsElasticBlockStore &&
        (() => [
          ...texts('awsElasticBlockStore', { volumeID: v.awsElasticBlockStore!.volumeID }),
          ...validatePartition(at('awsElasticBlockStore'), v.awsElasticBlockStore!.partition),
        ]),
    ],
    ['secret', v.secret && (() => validateSecretVolume(at('secret'), v.secret!))],
    ['nfs', v.nfs && (() => validateNfs(at('nfs'), v.nfs!))],
    ['iscsi', v.iscsi && (() => validateIscsi(at('iscsi'), v.iscsi!))],
    ['glusterfs', v.glusterfs && (() => texts('glusterfs', { endpoints: v.glusterfs!.endpoints, path: v.glusterfs!.path }))],
    ['flocker', v.flocker && (() => validateFlocker(at('flocker'), v.flocker!))],
    ['persistentVolumeClaim', v.persistentVolumeClaim && (() => texts('persistentVolumeClaim', { claimName: v.persistentVolumeClaim!.claimName }))],
    ['rbd', v.rbd && (() => [...monitors('rbd', v.rbd!.monitors), ...texts('rbd', { image: v.rbd!.image })])],
    ['cinder', v.cinder && (() => validateCinder(at('cinder'), v.cinder!))],
    ['cephFS', v.cephfs && (() => monitors('cephfs', v.cephfs!.monitors))],
    ['quobyte', v.quobyte && (() => validateQuobyte(at('quobyte'), v.quobyte!))],
    // The missing letter is upstream's.
    ['downwarAPI', v.downwardAPI && (() => validateDownwardVolume(at('downwardAPI'), v.downwardAPI!))],
    ['fc', v.fc && (() => validateFc(at('fc'), v.fc!))],
    ['flexVolume', v.flexVolume && (() => validateFlex(at('flexVolume'), v.flexVolume!))],
    ['configMap', v.configMap && (() => validateConfigMapVolume(at('configMap'), v.configMap!))],
    ['azureFile', v.azureFile && (() => texts('azureFile', { secretName: v.azureFile!.secretName, shareName: v.azureFile!.shareName }))],
    ['vsphereVolume', v.vsphereVolume && (() => texts('vsphereVolume', { volumePath: v.vsphereVolume!.volumePath }))],
    ['photonPersistentDisk', v.photonPersistentDisk && (() => texts('photonPersistentDisk', { pdID: v.photonPersistentDisk!.pdID }))],
    ['portworxVolume', v.portworxVolume && (() => texts('portworxVolume', { volumeID: v.portworxVolume!.volumeID }))],
    ['azureDisk', v.azureDisk && (() => validateAzureDisk(at('azureDisk'), v.azureDisk!))],
    ['storageos', v.storageos && (() => validateStorageOs(at('storageos'), v.storageos!))],
    ['projected', v.projected && (() => validateProjectedVolume(at('projected'), v.projected!, options))],
    ['scaleIO', v.scaleIO && (() => texts('scaleIO', { gateway: v.scaleIO!.gateway, system: v.scaleIO!.system, volumeName: v.scaleIO!.volumeName }))],
    ['csi', v.csi && (() => validateCsi(at('csi'), v.csi!))],
    ['ephemeral', v.ephemeral && (() => validateEphemeral(field, at('ephemeral'), v, v.ephemeral!, options))],
    [
      'image',
      v.image &&
        (() => [
          // A template may leave the reference to whoever makes pods of it.
          ...(options.isPod ? texts('image', { reference: v.image!.reference }) : []),
          ...oneOf(`${at('image')}.pullPolicy`, v.image!.pullPolicy, ['Always', 'IfNotPresent', 'Never']),
        ]),
    ],
  ]
}

/** A target's name is made of the volume's and the portal's. */
const iscsiTargetMax = 64

function validateSource(field: string, volume: Volume, options: PodValidationOptions): readonly FieldError[] {
  const errors: FieldError[] = []
  let found = volume.emptyDir !== undefined
  const limit = volume.emptyDir?.sizeLimit
  if (limit !== undefined && parseQuantity(limit).sign < 0) {
    errors.push(forbidden(`${field}.emptyDir.sizeLimit`, 'SizeLimit field must be a valid resource quantity'))
  }
  for (const [name, check] of checks(field, volume, options)) {
    if (!check) continue
    if (found) errors.push(forbidden(`${field}.${name}`, 'may not specify more than 1 volume type'))
    else errors.push(...check())
    found = true
    const { iscsi } = volume
    if (name === 'iscsi' && iscsi?.initiatorName !== undefined && `${volume.name}:${iscsi.targetPortal}`.length > iscsiTargetMax) {
      const why = `Total length of <volume name>:<iscsi.targetPortal> must be under ${iscsiTargetMax} characters if iscsi.initiatorName is specified.`
      errors.push(invalid(`${field}.name`, volume.name, why))
    }
  }
  return found ? errors : [...errors, required(field, 'must specify a volume type')]
}

/** @returns the errors, and the good volumes by name: what mounts may refer to */
export function validateVolumes(
  field: string,
  volumes: readonly Volume[] = [],
  options: PodValidationOptions,
): { readonly errors: readonly FieldError[]; readonly byName: ReadonlyMap<string, Volume> } {
  const errors: FieldError[] = []
  const byName = new Map<string, Volume>()
  const created = new Set(options.podName ? volumes.filter((v) => v.ephemeral).map((v) => `${options.podName}-${v.name}`) : [])
  for (const [index, volume] of volumes.entries()) {
    const path = `${field}[${index}]`
    const own: FieldError[] = [
      ...validateSource(path, volume, options),
      ...(volume.name ? label(`${path}.name`, volume.name) : [required(`${path}.name`)]),
      ...(byName.has(volume.name) ? [duplicate(`${path}.name`, volume.name)] : []),
    ]
    if (own.length === 0) byName.set(volume.name, volume)
    const claim = volume.persistentVolumeClaim?.claimName
    if (claim !== undefined && created.has(claim)) {
      own.push(invalid(`${path}.persistentVolumeClaim.claimName`, claim, 'must not reference a PVC that gets created for an ephemeral volume'))
    }
    errors.push(...own)
  }
  return { errors, byName }
}
