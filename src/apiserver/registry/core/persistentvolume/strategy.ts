// PersistentVolumes. Source: pkg/registry/core/persistentvolume/strategy.go, pkg/apis/core/v1/defaults.go.
import type { PersistentVolume } from '../../../../api/core/v1.ts'
import { formatTime } from '../../../../util/clock.ts'
import { keepStatus } from '../../shared/status.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { validateVolume, validateVolumeUpdate } from './validate.ts'
import { volumeWarnings } from './warnings.ts'
import { ownCopy } from '../../shared/own-copy.ts'

export const persistentVolumeStrategy: Strategy<PersistentVolume> = {
  defaults(volume) {
    const spec = (volume.spec ??= {})
    spec.persistentVolumeReclaimPolicy ||= 'Retain'
    spec.volumeMode ??= 'Filesystem'
    if (spec.hostPath) spec.hostPath.type ??= ''
    if (volume.status) volume.status.phase ||= 'Pending'
  },
  prepareForCreate({ clock }, volume) {
    volume.status = { phase: 'Pending', lastPhaseTransitionTime: formatTime(clock.now()) }
  },
  metadataChecksOnUpdate: ['whole', 'whole'],
  prepareForUpdate: (_, volume, old) => keepStatus(volume, old),
  validate: (_, volume) => validateVolume(volume),
  validateUpdate: (_, volume, old) => validateVolumeUpdate(volume, old),
  warningsOnCreate: (_, volume) => volumeWarnings(volume),
  warningsOnUpdate: (_, volume) => volumeWarnings(volume),
  subresources: {
    status: {
      prepareForUpdate({ clock }, volume, old) {
        volume.spec = ownCopy(old.spec) as typeof volume.spec
        if (!volume.status || volume.status.phase === old.status?.phase) return
        const given = volume.status.lastPhaseTransitionTime
        if (given === undefined || given === old.status?.lastPhaseTransitionTime) volume.status.lastPhaseTransitionTime = formatTime(clock.now())
      },
    },
  },
}
