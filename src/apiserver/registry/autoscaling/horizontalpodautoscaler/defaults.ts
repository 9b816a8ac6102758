// Defaults of HorizontalPodAutoscalers. Source: pkg/apis/autoscaling/v2/defaults.go.
import type { HPAScalingRules, HorizontalPodAutoscaler } from '../../../../api/autoscaling/v2.ts'
import type { Mutable } from '../../../../api/object.ts'
import { ownCopy } from '../../shared/own-copy.ts'

/** Add 4 pods or double them every 15 s, whichever is more, at once. */
const scaleUpDefault: HPAScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
}

/** Down to the minimum, after the controller's own stabilization window. */
const scaleDownDefault: HPAScalingRules = { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] }

const withRules = (rules: Mutable<HPAScalingRules> | undefined, fallback: HPAScalingRules) => ({ ...ownCopy(fallback), ...rules }) as Mutable<HPAScalingRules>

/** In place; idempotent. */
export function horizontalPodAutoscalerDefaults({ spec }: Mutable<HorizontalPodAutoscaler>): void {
  spec.minReplicas ??= 1
  if (!spec.metrics?.length) spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }]
  if (!spec.behavior) return
  spec.behavior.scaleUp = withRules(spec.behavior.scaleUp, scaleUpDefault)
  spec.behavior.scaleDown = withRules(spec.behavior.scaleDown, scaleDownDefault)
}
