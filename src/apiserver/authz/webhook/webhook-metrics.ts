// Source: k8s.io/apiserver plugin/pkg/authorizer/webhook/metrics.go.
import type { MetricsRegistry } from '../../../component-base/metrics/registry.ts'

/** Told of each question to a webhook, not of answers that were known. */
export type WebhookAuthorizerObserver = (result: 'success' | 'timeout' | 'error', seconds: number, failedOpen: boolean) => void

const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** @returns the observer of the webhook with a name */
export function newAuthorizationWebhookMetrics(registry: MetricsRegistry): (name: string) => WebhookAuthorizerObserver {
  const total = registry.counter('apiserver_authorization_webhook_evaluations_total', 'Questions to authorization webhooks, by result.', ['name', 'result'])
  const durations = registry.histogram('apiserver_authorization_webhook_duration_seconds', 'How long authorization webhooks took, in seconds.', buckets, [
    'name',
    'result',
  ])
  const failOpen = registry.counter(
    'apiserver_authorization_webhook_evaluations_fail_open_total',
    'Questions that were not answered and went on to the next authorizer.',
    ['name', 'result'],
  )
  return (name) => (result, seconds, failedOpen) => {
    total.of(name, result).inc()
    durations.of(name, result).observe(seconds)
    if (failedOpen) failOpen.of(name, result).inc()
  }
}
