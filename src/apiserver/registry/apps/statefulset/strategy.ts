// StatefulSets. Source: pkg/registry/apps/statefulset/strategy.go.
import type { StatefulSet } from '../../../../api/apps/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { isDns1123Label, maskTrailingDash } from '../../../../apimachinery/validation/names.ts'
import { prepareWorkload } from '../../shared/workload/prepare.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { fractionalWarnings } from '../../shared/pod-spec/warnings-quantities.ts'
import { templateWarnings } from '../../shared/workload/template-warnings.ts'
import { statefulSetDefaults } from './defaults.ts'
import { validateStatefulSet, validateStatefulSetStatus, validateStatefulSetUpdate } from './validation.ts'

function warnings(set: StatefulSet): readonly string[] {
  const { revisionHistoryLimit = 0, volumeClaimTemplates = [] } = set.spec
  return [
    ...templateWarnings(set),
    ...volumeClaimTemplates.flatMap(({ spec }, index) => {
      const field = `spec.volumeClaimTemplates[${index}].resources`
      return [
        ...fractionalWarnings(`${field}.requests`, spec?.resources?.requests, ['storage']),
        ...fractionalWarnings(`${field}.limits`, spec?.resources?.limits, ['storage']),
      ]
    }),
    ...(revisionHistoryLimit < 0 ? ['spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended'] : []),
  ]
}

/** The feature MaxUnavailableStatefulSet is off by default: what it reads is not stored, unless it is there already. */
function dropMaxUnavailable({ spec }: Mutable<StatefulSet>, old?: StatefulSet): void {
  if (old?.spec.updateStrategy?.rollingUpdate?.maxUnavailable === undefined) delete spec.updateStrategy?.rollingUpdate?.maxUnavailable
}

export const statefulSetStrategy: Strategy<StatefulSet> = {
  allowUnconditionalUpdate: true,
  // The name becomes part of pod names and of a label.
  validateName: (name, prefix) => isDns1123Label(prefix ? maskTrailingDash(name) : name),
  defaults: statefulSetDefaults,
  prepareForCreate(context, set) {
    prepareWorkload.prepareForCreate(context, set)
    dropMaxUnavailable(set)
  },
  prepareForUpdate(context, set, old) {
    prepareWorkload.prepareForUpdate(context, set, old)
    dropMaxUnavailable(set, old)
  },
  validate: (_, set) => validateStatefulSet(set),
  validateUpdate: (_, set, old) => validateStatefulSetUpdate(set, old),
  warningsOnCreate: (_, set) => warnings(set),
  warningsOnUpdate: (_, set, old) => (set.metadata.generation === old.metadata.generation ? [] : warnings(set)),
  subresources: { status: { validateUpdate: (_, set, old) => validateStatefulSetStatus(set, old) } },
}
