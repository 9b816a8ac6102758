// ReplicaSets. Source: pkg/registry/apps/replicaset/strategy.go, pkg/apis/apps/v1/defaults.go.
import type { ReplicaSet } from '../../../../api/apps/v1.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { nameWarnings } from '../../shared/workload/name-warning.ts'
import { prepareWorkload } from '../../shared/workload/prepare.ts'
import { podTemplateDefaults } from '../../shared/workload/template-defaults.ts'
import { templateWarnings } from '../../shared/workload/template-warnings.ts'
import { validateReplicatedStatus } from '../../shared/workload/validate-replicated.ts'
import { validateReplicaSet } from './validation.ts'

export const replicaSetStrategy: Strategy<ReplicaSet> = {
  empty: { spec: { replicas: 0 } },
  metadataChecksOnUpdate: ['whole', 'changes'],
  allowUnconditionalUpdate: true,
  defaults({ spec }) {
    podTemplateDefaults(spec.template)
    spec.replicas ??= 1
  },
  ...prepareWorkload,
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
