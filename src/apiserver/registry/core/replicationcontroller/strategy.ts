// ReplicationControllers. Source: pkg/registry/core/replicationcontroller/strategy.go, pkg/apis/core/v1/defaults.go.
import type { ReplicationController } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { clearStatus, keepStatus } from '../../shared/status.ts'
import { podTemplateDefaults } from '../../shared/workload/template-defaults.ts'

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
  allowUnconditionalUpdate: true,
  defaultPropagation: 'orphan',
  defaults,
  prepareForCreate: (_, controller) => clearStatus(controller),
  prepareForUpdate: (_, controller, old) => keepStatus(controller, old),
}
