// Source: k8s.io/component-base metrics/prometheus/slis/metrics.go.
import type { MetricsRegistry } from '../../component-base/metrics/registry.ts'

/** Told of each check that ran. @param type of the endpoint: healthz, livez, readyz */
export type HealthObserver = (type: string, name: string, succeeded: boolean) => void

/** @param registries all that show them: of the component, and of what its levels of service are told from (/metrics/slis) */
export function newHealthMetrics(registries: readonly MetricsRegistry[]): HealthObserver {
  const observers = registries.map(observerOf)
  return (type, name, succeeded) => observers.forEach((observe) => observe(type, name, succeeded))
}

function observerOf(registry: MetricsRegistry): HealthObserver {
  const last = registry.gauge('kubernetes_healthcheck', 'The last result of a check: 1, it succeeded.', ['type', 'name'])
  const total = registry.counter('kubernetes_healthchecks_total', 'Results of checks.', ['type', 'name', 'status'])
  return (type, name, succeeded) => {
    last.of(type, name).value = succeeded ? 1 : 0
    total.of(type, name, succeeded ? 'success' : 'error').inc()
  }
}
