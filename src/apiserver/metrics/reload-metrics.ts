// Source: k8s.io/apiserver pkg/server/options/{authenticationconfig,authorizationconfig}/metrics.
import { createHash } from 'node:crypto'
import type { MetricsRegistry } from '../../component-base/metrics/registry.ts'
import type { Clock } from '../../util/clock.ts'

/** @param apiServerId of this API server, among those of the cluster. @returns to be told of each reload */
export function newReloadMetrics(
  registry: MetricsRegistry,
  kind: 'authentication' | 'authorization',
  { apiServerId, clock }: { readonly apiServerId: string; readonly clock: Pick<Clock, 'now'> },
): (succeeded: boolean) => void {
  const prefix = `apiserver_${kind}_config_controller`
  const hash = `sha256:${createHash('sha256').update(apiServerId).digest('hex')}`
  const total = registry.counter(`${prefix}_automatic_reloads_total`, `Reloads of the ${kind} configuration, by result.`, ['status', 'apiserver_id_hash'])
  const last = registry.gauge(`${prefix}_automatic_reload_last_timestamp_seconds`, `When the ${kind} configuration was last reloaded, by result.`, [
    'status',
    'apiserver_id_hash',
  ])
  return (succeeded) => {
    const status = succeeded ? 'success' : 'failure'
    total.of(status, hash).inc()
    last.of(status, hash).value = clock.now() / 1000
  }
}
