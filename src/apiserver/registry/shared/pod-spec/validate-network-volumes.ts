// Volumes of particular storage systems: little more than which fields are needed.
import type {
  AzureDiskVolumeSource,
  CinderVolumeSource,
  FCVolumeSource,
  FlexVolumeSource,
  FlockerVolumeSource,
  ISCSIVolumeSource,
  NFSVolumeSource,
  QuobyteVolumeSource,
  StorageOSVolumeSource,
} from '../../../../api/core/v1.ts'
import { type FieldError, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { inclusiveRangeError } from '../../../../apimachinery/validation/names.ts'
import { label, oneOf, requiredText, sortedEntries } from './invalid-values.ts'

/** Several fields that must not be empty, in order. */
export const requiredTexts = (field: string, values: { readonly [name: string]: string | undefined }): readonly FieldError[] =>
  Object.entries(values).flatMap(([name, value]) => requiredText(`${field}.${name}`, value))

export const validatePartition = (field: string, partition: number | undefined): readonly FieldError[] =>
  // Zero is let through although the message says otherwise: it means the whole disk.
  partition !== undefined && (partition < 0 || partition > 255) ? [invalid(`${field}.partition`, partition, inclusiveRangeError(1, 255))] : []

const iscsiFormats = [
  ['iqn', /iqn\.\d{4}-\d{2}\.([A-Za-z0-9.-]+)(:[^,;*&$|\s]+)$/],
  ['eui', /^eui.[A-Za-z0-9]{16}$/],
  ['naa', /^naa.[A-Za-z0-9]{32}$/],
] as const

export const isIscsiName = (name: string) => iscsiFormats.some(([prefix, format]) => name.startsWith(prefix) && format.test(name))

const lunMax = 255
export const validateLun = (field: string, lun: number): readonly FieldError[] =>
  lun < 0 || lun > lunMax ? [invalid(field, lun, inclusiveRangeError(0, lunMax))] : []

function validateIscsiName(field: string, name: string): readonly FieldError[] {
  const format = iscsiFormats.find(([prefix]) => name.startsWith(prefix))
  if (!format) return [invalid(field, name, 'must be valid format starting with iqn, eui, or naa')]
  return format[1].test(name) ? [] : [invalid(field, name, 'must be valid format')]
}

export function validateIscsi(field: string, source: ISCSIVolumeSource): readonly FieldError[] {
  const { targetPortal, iqn, lun = 0, initiatorName } = source
  return [
    ...requiredTexts(field, { targetPortal }),
    ...(iqn ? validateIscsiName(`${field}.iqn`, iqn) : [required(`${field}.iqn`)]),
    ...validateLun(`${field}.lun`, lun),
    ...((source.chapAuthDiscovery || source.chapAuthSession) && !source.secretRef ? [required(`${field}.secretRef`)] : []),
    ...(initiatorName === undefined ? [] : validateIscsiName(`${field}.initiatorname`, initiatorName)),
  ]
}

export function validateFc(field: string, { targetWWNs, wwids, lun }: FCVolumeSource): readonly FieldError[] {
  const errors: FieldError[] = []
  if (!targetWWNs?.length && !wwids?.length) errors.push(required(`${field}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both'))
  if (targetWWNs?.length && wwids?.length) {
    errors.push(invalid(`${field}.targetWWNs`, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'))
  }
  if (!targetWWNs?.length) return errors
  if (lun === undefined) errors.push(required(`${field}.lun`, 'lun is required if targetWWNs is specified'))
  else errors.push(...validateLun(`${field}.lun`, lun))
  return errors
}

export const validateNfs = (field: string, { server, path = '' }: NFSVolumeSource): readonly FieldError[] => [
  ...requiredTexts(field, { server, path }),
  ...(path.startsWith('/') ? [] : [invalid(`${field}.path`, path, 'must be an absolute path')]),
]

/** `host:port`, the host in brackets when it has colons. */
const isHostPort = (text: string) => /^(\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/.test(text)
const quobyteTenantMax = 64

export function validateQuobyte(field: string, { registry, tenant = '', volume }: QuobyteVolumeSource): readonly FieldError[] {
  const form = 'must be a host:port pair or multiple pairs separated by commas'
  const errors: FieldError[] = []
  if (!registry) errors.push(required(`${field}.registry`, form))
  else if (tenant.length > quobyteTenantMax) {
    errors.push(required(`${field}.tenant`, `must be a UUID and may not exceed a length of ${quobyteTenantMax} characters`))
  } else {
    const bad = registry.split(',').filter((pair) => !isHostPort(pair))
    errors.push(...bad.map(() => invalid(`${field}.registry`, registry, form)))
  }
  return [...errors, ...requiredTexts(field, { volume })]
}

export function validateFlocker(field: string, { datasetName = '', datasetUUID }: FlockerVolumeSource): readonly FieldError[] {
  return [
    ...(!datasetName && !datasetUUID ? [required(field, 'one of datasetName and datasetUUID is required')] : []),
    ...(datasetName && datasetUUID ? [invalid(field, 'resource', 'datasetName and datasetUUID can not be specified simultaneously')] : []),
    ...(datasetName.includes('/') ? [invalid(`${field}.datasetName`, datasetName, "must not contain '/'")] : []),
  ]
}

export const validateCinder = (field: string, { volumeID, secretRef }: CinderVolumeSource): readonly FieldError[] => [
  ...requiredTexts(field, { volumeID }),
  ...(secretRef ? requiredText(`${field}.secretRef.name`, secretRef.name) : []),
]

export const validateFlex = (field: string, { driver, options }: FlexVolumeSource): readonly FieldError[] => [
  ...requiredTexts(field, { driver }),
  ...sortedEntries(options).flatMap(([key]) =>
    /(^|\.)(kubernetes|k8s)\.io$/.test(key.split('/')[0]!.toLowerCase())
      ? [invalid(`${field}.options[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved')]
      : [],
  ),
]

const managedUri = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}'
const blobUri = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd'

export function validateAzureDisk(field: string, { diskName, diskURI = '', cachingMode, kind }: AzureDiskVolumeSource): readonly FieldError[] {
  const errors: FieldError[] = [
    ...requiredTexts(field, { diskName, diskURI }),
    ...oneOf(`${field}.cachingMode`, cachingMode, ['None', 'ReadOnly', 'ReadWrite']),
    ...oneOf(`${field}.kind`, kind, ['Dedicated', 'Managed', 'Shared']),
  ]
  if (kind === 'Managed' && !diskURI.startsWith('/subscriptions/')) errors.push(notSupported(`${field}.diskURI`, diskURI, [managedUri]))
  if (kind !== undefined && kind !== 'Managed' && !diskURI.startsWith('https://')) errors.push(notSupported(`${field}.diskURI`, diskURI, [blobUri]))
  return errors
}

export const validateStorageOs = (field: string, { volumeName, volumeNamespace, secretRef }: StorageOSVolumeSource): readonly FieldError[] => [
  ...(volumeName ? label(`${field}.volumeName`, volumeName) : [required(`${field}.volumeName`)]),
  ...(volumeNamespace ? label(`${field}.volumeNamespace`, volumeNamespace) : []),
  ...(secretRef ? requiredText(`${field}.secretRef.name`, secretRef.name) : []),
]
