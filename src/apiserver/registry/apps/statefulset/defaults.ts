// Defaults of StatefulSets. Source: pkg/apis/apps/v1/defaults.go, conversion.go.
import type { StatefulSet } from '../../../../api/apps/v1.ts'
import type { PersistentVolumeClaim } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { podTemplateDefaults } from '../../shared/workload/template-defaults.ts'

function claimTemplateDefaults(claim: Mutable<PersistentVolumeClaim>): void {
  claim.apiVersion ||= 'v1'
  claim.kind ||= 'PersistentVolumeClaim'
  claim.spec ??= {}
  claim.spec.volumeMode ||= 'Filesystem'
  claim.status ??= {}
  claim.status.phase ||= 'Pending'
}

/** In place; idempotent. */
export function statefulSetDefaults({ spec }: Mutable<StatefulSet>): void {
  podTemplateDefaults(spec.template)
  for (const claim of spec.volumeClaimTemplates ?? []) claimTemplateDefaults(claim)
  spec.podManagementPolicy ||= 'OrderedReady'
  spec.updateStrategy ??= {}
  spec.updateStrategy.type ||= 'RollingUpdate'
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate ??= {}
    spec.updateStrategy.rollingUpdate.partition ??= 0
  }
  spec.persistentVolumeClaimRetentionPolicy ??= {}
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain'
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain'
  spec.replicas ??= 1
  spec.revisionHistoryLimit ??= 10
}
