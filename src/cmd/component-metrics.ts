import { featureGates } from '../api/feature-gates.ts'
import { addProcessMetrics } from '../component-base/metrics/process-metrics.ts'
import { MetricsRegistry } from '../component-base/metrics/registry.ts'
import { version } from './version.ts'

/** The metrics of a component that runs alone, with what every component shows. */
export function componentMetrics(): MetricsRegistry {
  const registry = new MetricsRegistry()
  addProcessMetrics(registry, { version, features: featureGates })
  return registry
}
