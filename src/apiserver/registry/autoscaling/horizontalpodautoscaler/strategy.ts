// HorizontalPodAutoscalers, stored as autoscaling/v2. Source: pkg/registry/autoscaling/horizontalpodautoscaler/strategy.go.
import type { HorizontalPodAutoscaler } from '../../../../api/autoscaling/v2.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { clearStatus, keepStatus } from '../../shared/status.ts'
import { horizontalPodAutoscalerDefaults } from './defaults.ts'

export const horizontalPodAutoscalerStrategy: Strategy<HorizontalPodAutoscaler> = {
  allowUnconditionalUpdate: true,
  defaults: horizontalPodAutoscalerDefaults,
  prepareForCreate: (_, autoscaler) => clearStatus(autoscaler),
  prepareForUpdate: (_, autoscaler, old) => keepStatus(autoscaler, old),
}
