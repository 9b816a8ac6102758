// ReplicaSets. Source: pkg/registry/apps/replicaset/strategy.go, pkg/apis/apps/v1/defaults.go.
import type { ReplicaSet } from '../../../../api/apps/v1.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { clearStatus, keepStatus } from '../../shared/status.ts'
import { dropDisabledFromTemplate } from '../../shared/workload/drop-disabled-template.ts'
import { nameWarnings } from '../../shared/workload/name-warning.ts'
import { podTemplateDefaults } from '../../shared/workload/template-defaults.ts'
import { templateWarnings } from '../../shared/workload/template-warnings.ts'
import { validateReplicatedStatus } from '../../shared/workload/validate-replicated.ts'
import { validateReplicaSet } from './validation.ts'

export const replicaSetStrategy: Strategy<ReplicaSet> = {
  metadataChecksOnUpdate: ['whole', 'changes'],
  allowUnconditionalUpdate: true,
  defaults({ spec }) {
    podTemplateDefaults(spec.template)
    spec.replicas ??= 1
  },
  prepareForCreate(_, set) {
    clearStatus(set)
    dropDisabledFromTemplate(set.spec.template)
  },
  prepareForUpdate(_, set, old) {
    keepStatus(set, old)
    dropDisabledFromTemplate(set.spec.template, old.spec.template)
  },
  validate: (_, set) => validateReplicaSet(set),
  validateUpdate: (_, set, old) => [
    // As a whole and as an update: upstream lists each error of the spec twice.
    ...validateReplicaSet(set, old),
    ...validateReplicaSet(set, old),
    ...validateImmutable('spec.selector', set.spec.selector, old.spec.selector),
  ],
  warningsOnCreate: (_, set) => [...nameWarnings(set), ...templateWarnings(set)],
  warningsOnUpdate: (_, set, old) => templateWarnings(set, old),
  subresources: { status: { validateUpdate: (_, set) => validateReplicatedStatus(set) } },
}
