// volumeMounts and volumeDevices.
import type { Container, Volume, VolumeDevice, VolumeMount } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, invalid, notFound, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { oneOf } from './invalid-values.ts'
import { validateDescendingPath, validateNoBacksteps } from './validate-paths.ts'

type Volumes = ReadonlyMap<string, Volume>

/** @param container absent in templates: who mounts is not known yet */
function validatePropagation(field: string, { mountPropagation }: VolumeMount, { securityContext }: Container): readonly FieldError[] {
  const errors = oneOf(field, mountPropagation, ['Bidirectional', 'HostToContainer', 'None'])
  if (mountPropagation !== 'Bidirectional' || securityContext?.privileged) return errors
  return [...errors, forbidden(field, 'Bidirectional mount propagation is available only to privileged containers')]
}

function validateRecursiveReadOnly(field: string, { recursiveReadOnly, readOnly, mountPropagation }: VolumeMount): readonly FieldError[] {
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return []
  if (recursiveReadOnly !== 'Enabled' && recursiveReadOnly !== 'IfPossible')
    return [notSupported(field, recursiveReadOnly, ['Disabled', 'Enabled', 'IfPossible'])]
  return [
    ...(readOnly ? [] : [forbidden(field, 'may only be specified when readOnly is true')]),
    ...(mountPropagation === undefined || mountPropagation === 'None'
      ? []
      : [forbidden(field, 'may only be specified when mountPropagation is None or not specified')]),
  ]
}

export function validateVolumeMounts(field: string, container: Container, volumes: Volumes): readonly FieldError[] {
  const { volumeMounts = [], volumeDevices = [] } = container
  const seen = new Set<string>()
  return volumeMounts.flatMap((mount, index) => {
    const path = `${field}[${index}]`
    const { name, mountPath, subPath, subPathExpr } = mount
    const errors: FieldError[] = []
    if (!name) errors.push(required(`${path}.name`))
    if (!volumes.has(name)) errors.push(notFound(`${path}.name`, name))
    if (!mountPath) errors.push(required(`${path}.mountPath`))
    if (seen.has(mountPath)) errors.push(invalid(`${path}.mountPath`, mountPath, 'must be unique'))
    seen.add(mountPath)
    if (volumeDevices.some((d) => d.name === name)) errors.push(invalid(`${path}.name`, name, 'must not already exist in volumeDevices'))
    if (volumeDevices.some((d) => d.devicePath === mountPath)) {
      errors.push(invalid(`${path}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices'))
    }
    // Paths below a mount are named without its index, as upstream does.
    if (subPath) errors.push(...validateDescendingPath(`${field}.subPath`, subPath))
    if (subPathExpr) {
      if (subPath) errors.push(invalid(`${path}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'))
      errors.push(...validateDescendingPath(`${field}.subPathExpr`, subPathExpr))
    }
    return [...errors, ...validatePropagation(`${field}.mountPropagation`, mount, container), ...validateRecursiveReadOnly(`${field}.recursiveReadOnly`, mount)]
  })
}

const isClaim = (volume: Volume) => volume.persistentVolumeClaim !== undefined || volume.ephemeral !== undefined

export function validateVolumeDevices(
  field: string,
  devices: readonly VolumeDevice[] = [],
  mounts: readonly VolumeMount[] = [],
  volumes: Volumes,
): readonly FieldError[] {
  const names = new Set<string>()
  const paths = new Set<string>()
  return devices.flatMap(({ name, devicePath }, index) => {
    const path = `${field}[${index}]`
    const volume = volumes.get(name)
    const errors: FieldError[] = []
    if (!name) errors.push(required(`${path}.name`))
    if (names.has(name)) errors.push(invalid(`${path}.name`, name, 'must be unique'))
    if (volume && !isClaim(volume)) {
      errors.push(invalid(`${path}.name`, name, 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'))
    }
    if (!volume) errors.push(notFound(`${path}.name`, name))
    if (!devicePath) errors.push(required(`${path}.devicePath`))
    if (paths.has(devicePath)) errors.push(invalid(`${path}.devicePath`, devicePath, 'must be unique'))
    if (devicePath && validateNoBacksteps('', devicePath).length > 0) {
      errors.push(invalid(`${path}.devicePath`, devicePath, "can not contain backsteps ('..')"))
    } else paths.add(devicePath)
    if (mounts.some((m) => m.name === name)) errors.push(invalid(`${path}.name`, name, 'must not already exist in volumeMounts'))
    if (mounts.some((m) => m.mountPath === devicePath)) {
      errors.push(invalid(`${path}.devicePath`, devicePath, 'must not already exist as a path in volumeMounts'))
    }
    if (name) names.add(name)
    return errors
  })
}
