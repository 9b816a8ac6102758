// StatefulSets. Source: pkg/registry/apps/statefulset/strategy.go.
import type { StatefulSet } from '../../../../api/apps/v1.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { clearStatus, keepStatus } from '../../shared/status.ts'
import { statefulSetDefaults } from './defaults.ts'

export const statefulSetStrategy: Strategy<StatefulSet> = {
  allowUnconditionalUpdate: true,
  defaults: statefulSetDefaults,
  prepareForCreate: (_, set) => clearStatus(set),
  prepareForUpdate: (_, set, old) => keepStatus(set, old),
}
