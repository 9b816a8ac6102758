// PersistentVolumeClaims. Source: pkg/registry/core/persistentvolumeclaim/strategy.go, pkg/api/persistentvolumeclaim/util.go.
import type { PersistentVolumeClaim } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'
import { fractionalWarnings } from '../../shared/pod-spec/warnings-quantities.ts'
import { keepStatus } from '../../shared/status.ts'
import { storageClassAnnotation, storageClassWarning } from '../persistentvolume/warnings.ts'
import { validateClaim, validateClaimStatus, validateClaimUpdate } from './validate.ts'

type Spec = Mutable<PersistentVolumeClaim>['spec']

const isSnapshotOrClaim = ({ apiGroup, kind }: NonNullable<Spec['dataSource']>) =>
  (!apiGroup && kind === 'PersistentVolumeClaim') || (apiGroup === 'snapshot.storage.k8s.io' && kind === 'VolumeSnapshot')

/** dataSource takes claims and snapshots only; anything else in it was always ignored. It and dataSourceRef fill each other. */
function normalizeDataSources(spec: Spec, old: PersistentVolumeClaim['spec'] | undefined): void {
  if (spec.dataSourceRef?.namespace !== undefined && old?.dataSourceRef?.namespace === undefined) delete spec.dataSourceRef
  if (spec.dataSource && !old?.dataSource && !old?.dataSourceRef && !isSnapshotOrClaim(spec.dataSource)) delete spec.dataSource
  if (spec.dataSourceRef?.namespace) return
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource }
  else if (spec.dataSourceRef && !spec.dataSource) {
    const { namespace: _namespace, ...source } = spec.dataSourceRef
    spec.dataSource = source
  }
}

function warnings({ metadata, spec }: PersistentVolumeClaim): readonly string[] {
  return [
    ...(ownValue(metadata.annotations, storageClassAnnotation) === undefined ? [] : [storageClassWarning]),
    ...fractionalWarnings('spec.resources.requests', spec.resources?.requests, ['storage']),
    ...fractionalWarnings('spec.resources.limits', spec.resources?.limits, ['storage']),
  ]
}

export const persistentVolumeClaimStrategy: Strategy<PersistentVolumeClaim> = {
  metadataChecksOnUpdate: ['whole', 'changes', 'whole'],
  defaults(claim) {
    const spec = (claim.spec ??= {})
    spec.volumeMode ??= 'Filesystem'
    if (claim.status) claim.status.phase ||= 'Pending'
  },
  prepareForCreate(_, claim) {
    claim.status = { phase: 'Pending' }
    normalizeDataSources(claim.spec, undefined)
  },
  prepareForUpdate(_, claim, old) {
    keepStatus(claim, old)
    normalizeDataSources(claim.spec, old.spec)
  },
  validate: (_, claim) => validateClaim(claim),
  validateUpdate: (_, claim, old) => validateClaimUpdate(claim, old),
  warningsOnCreate: (_, claim) => warnings(claim),
  warningsOnUpdate: (_, claim) => warnings(claim),
  subresources: { status: { validateUpdate: (_, claim) => validateClaimStatus(claim) } },
}
