// PriorityClasses. Source: pkg/registry/scheduling/priorityclass/strategy.go, pkg/apis/scheduling/v1/defaults.go.
import type { PriorityClass } from '../../../../api/scheduling/v1.ts'
import type { Strategy } from '../../generic/strategy.ts'

export const priorityClassStrategy: Strategy<PriorityClass> = {
  allowUnconditionalUpdate: true,
  defaults(priorityClass) {
    priorityClass.preemptionPolicy ??= 'PreemptLowerPriority'
  },
}
