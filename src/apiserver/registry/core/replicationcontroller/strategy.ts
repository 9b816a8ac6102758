// ReplicationControllers. Source: pkg/registry/core/replicationcontroller/strategy.go, pkg/apis/core/v1/defaults.go.
import type { ReplicationController } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { nameWarnings } from '../../shared/workload/name-warning.ts'
import { prepareWorkload } from '../../shared/workload/prepare.ts'
import { podTemplateDefaults } from '../../shared/workload/template-defaults.ts'
import { templateWarnings } from '../../shared/workload/template-warnings.ts'
import { validateReplicatedStatus } from '../../shared/workload/validate-replicated.ts'
import { validateReplicationController } from './validation.ts'

/** Without a selector, or labels, they are the labels of the pods. */
function defaults({ metadata, spec }: Mutable<ReplicationController>): void {
  if (!spec) return
  podTemplateDefaults(spec.template)
  const labels = spec.template?.metadata?.labels
  if (!labels) return
  if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels }
  if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels }
}

export const replicationControllerStrategy: Strategy<ReplicationController> = {
  metadataChecksOnUpdate: ['whole', 'changes'],
  allowUnconditionalUpdate: true,
  defaultPropagation: 'orphan',
  defaults,
  ...prepareWorkload,
  validate: (_, controller) => validateReplicationController(controller),
  // As a whole and as an update: upstream lists each error of the spec twice.
  validateUpdate: (_, controller, old) => [...validateReplicationController(controller, old), ...validateReplicationController(controller, old)],
  warningsOnCreate: (_, controller) => [...nameWarnings(controller), ...templateWarnings(controller)],
  warningsOnUpdate: (_, controller, old) => templateWarnings(controller, old),
  subresources: { status: { validateUpdate: (_, controller) => validateReplicatedStatus(controller) } },
}
