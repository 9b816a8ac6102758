import data from '../api/generated/feature-gates.ts'
import { addProcessMetrics } from '../component-base/metrics/process-metrics.ts'
import { MetricsRegistry } from '../component-base/metrics/registry.ts'
import { version } from './version.ts'

/** What `kubernetes_feature_enabled` says: the gates of 1.36, as they are by default. */
export const featureStates = new Map(
  Object.entries(data as Record<string, { readonly stage: string; readonly default: boolean }>).map(([name, { stage, default: enabled }]) => [
    name,
    { stage: stage === 'GA' ? '' : stage.toUpperCase(), enabled },
  ]),
)

/** The metrics of a component that runs alone, with what every component shows. */
export function componentMetrics(): MetricsRegistry {
  const registry = new MetricsRegistry()
  addProcessMetrics(registry, { version }, featureStates)
  return registry
}
