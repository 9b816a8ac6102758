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

/** Of claims and revisions. @param within the path from a claim template to its spec, as upstream has it: nothing, or on an update `.Spec` */
function ownWarnings({ spec: { revisionHistoryLimit = 0, volumeClaimTemplates = [] } }: StatefulSet, within: '' | '.Spec'): readonly string[] {
  return [
    ...volumeClaimTemplates.flatMap(({ spec }, index) => {
      const field = `spec.volumeClaimTemplates[${index}]${within}.resources`
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
  empty: { spec: { replicas: 0 } },
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
  warningsOnCreate: (_, set) => [...templateWarnings(set), ...ownWarnings(set, '')],
  // Of what is no pod template's every update warns, whatever it changes.
  warningsOnUpdate: (_, set, old) => [...templateWarnings(set, old), ...ownWarnings(set, '.Spec')],
  subresources: { status: { validateUpdate: (_, set, old) => validateStatefulSetStatus(set, old) } },
}
