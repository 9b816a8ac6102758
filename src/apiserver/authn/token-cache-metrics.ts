// Source: k8s.io/apiserver pkg/authentication/token/cache/stats.go.
import type { MetricsRegistry } from '../../component-base/metrics/registry.ts'

/** Told of each question to a cache of tokens. */
export interface TokenCacheObserver {
  answered(hit: boolean, seconds: number): void
  /** The one who is asked has been, and has answered or failed. @returns to be called at its end */
  fetching(): (succeeded: boolean) => void
}

/** Go's default buckets. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function newTokenCacheMetrics(registry: MetricsRegistry): TokenCacheObserver {
  const seconds = registry.histogram('authentication_token_cache_request_duration_seconds', 'How long questions about tokens took, in seconds.', buckets, [
    'status',
  ])
  const requests = registry.counter('authentication_token_cache_request_total', 'Questions about tokens: hit, the answer was known; miss, it was not.', [
    'status',
  ])
  const fetches = registry.counter('authentication_token_cache_fetch_total', 'Questions that were passed on, by whether they were answered.', ['status'])
  const active = registry.gauge('authentication_token_cache_active_fetch_count', 'Questions under way.', ['status'])
  return {
    answered(hit, took) {
      const status = hit ? 'hit' : 'miss'
      requests.of(status).inc()
      seconds.of(status).observe(took)
    },
    fetching() {
      active.of('in_flight').inc()
      return (succeeded) => {
        active.of('in_flight').inc(-1)
        fetches.of(succeeded ? 'ok' : 'error').inc()
      }
    },
  }
}
