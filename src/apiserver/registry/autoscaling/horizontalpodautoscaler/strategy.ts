// HorizontalPodAutoscalers, stored as autoscaling/v2. Source: pkg/registry/autoscaling/horizontalpodautoscaler/strategy.go.
import type { HorizontalPodAutoscaler } from '../../../../api/autoscaling/v2.ts'
import type { Mutable } from '../../../../api/object.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { emptyAsNull } from '../../shared/empty-lists.ts'
import { clearStatus, keepStatus } from '../../shared/status.ts'
import { withoutFields } from './annotations.ts'
import { horizontalPodAutoscalerDefaults } from './defaults.ts'
import { validateHorizontalPodAutoscaler, validateHorizontalPodAutoscalerStatus } from './validation.ts'

export const horizontalPodAutoscalerStrategy: Strategy<HorizontalPodAutoscaler> = {
  allowUnconditionalUpdate: true,
  defaults(autoscaler) {
    autoscaler.metadata = withoutFields(autoscaler.metadata) as Mutable<HorizontalPodAutoscaler>['metadata']
    horizontalPodAutoscalerDefaults(autoscaler)
  },
  prepareForCreate: (_, autoscaler) => clearStatus(autoscaler),
  prepareForUpdate: (_, autoscaler, old) => keepStatus(autoscaler, old),
  validate: (_, autoscaler) => validateHorizontalPodAutoscaler(autoscaler),
  validateUpdate: (_, autoscaler, old) => validateHorizontalPodAutoscaler(autoscaler, old),
  canonicalize: ({ status }) => emptyAsNull(status, 'currentMetrics'),
  subresources: { status: { validateUpdate: (_, autoscaler) => validateHorizontalPodAutoscalerStatus(autoscaler) } },
}
