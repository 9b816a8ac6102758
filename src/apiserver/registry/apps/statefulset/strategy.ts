// StatefulSets. Source: pkg/registry/apps/statefulset/strategy.go.
import type { StatefulSet } from '../../../../api/apps/v1.ts'
import { isDns1123Label } from '../../../../apimachinery/validation/names.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { clearStatus, keepStatus } from '../../shared/status.ts'
import { dropDisabledFromTemplate } from '../../shared/workload/drop-disabled-template.ts'
import { templateWarnings } from '../../shared/workload/template-warnings.ts'
import { statefulSetDefaults } from './defaults.ts'
import { validateStatefulSet, validateStatefulSetStatus, validateStatefulSetUpdate } from './validation.ts'

const historyWarnings = ({ spec }: StatefulSet): readonly string[] =>
  (spec.revisionHistoryLimit ?? 0) >= 0 ? [] : ['spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended']

export const statefulSetStrategy: Strategy<StatefulSet> = {
  allowUnconditionalUpdate: true,
  // The name becomes part of pod names and of a label.
  validateName: (name, prefix) => isDns1123Label(prefix ? name.replace(/-$/, '') : name),
  defaults: statefulSetDefaults,
  prepareForCreate(_, set) {
    clearStatus(set)
    dropDisabledFromTemplate(set.spec.template)
  },
  prepareForUpdate(_, set, old) {
    keepStatus(set, old)
    dropDisabledFromTemplate(set.spec.template, old.spec.template)
  },
  validate: (_, set) => validateStatefulSet(set),
  validateUpdate: (_, set, old) => validateStatefulSetUpdate(set, old),
  warningsOnCreate: (_, set) => [...templateWarnings(set), ...historyWarnings(set)],
  warningsOnUpdate: (_, set, old) => (set.metadata.generation === old.metadata.generation ? [] : [...templateWarnings(set), ...historyWarnings(set)]),
  subresources: { status: { validateUpdate: (_, set, old) => validateStatefulSetStatus(set, old) } },
}
