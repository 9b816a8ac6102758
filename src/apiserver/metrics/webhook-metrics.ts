// Webhooks that were asked. Source: k8s.io/apiserver pkg/admission/metrics/metrics.go (ObserveWebhook, ObserveWebhookRejection, ...).
import type { MetricsRegistry } from '../../component-base/metrics/registry.ts'
import type { AdmissionOperation } from '../admission/admission.ts'

const buckets = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25]
/** Larger codes are counted as this one. */
const codeMax = 600

/** As the labels call them. */
export type WebhookType = 'admit' | 'validating'

export interface WebhookOutcome {
  /** The request was refused. */
  readonly rejected: boolean
  /** Of the answer, or of what kept it from coming; 0 for an error of the server itself. */
  readonly code: number
  /** Of a refusal: whose doing it was. */
  readonly errorType?: 'calling_webhook_error' | 'apiserver_internal_error' | 'no_error'
  /** It could not be asked, and the request passed. */
  readonly failedOpen?: boolean
}

export interface WebhookMetrics {
  asked(webhook: string, type: WebhookType, operation: AdmissionOperation, seconds: number, outcome: WebhookOutcome): void
}

export function newWebhookMetrics(registry: MetricsRegistry): WebhookMetrics {
  const labels = ['name', 'operation', 'rejected', 'type']
  const durations = registry.histogram(
    'apiserver_admission_webhook_admission_duration_seconds',
    'How long an admission webhook took, in seconds.',
    buckets,
    labels,
  )
  const requests = registry.counter('apiserver_admission_webhook_request_total', 'Requests to admission webhooks, by the HTTP status of what came of them.', [
    'code',
    ...labels,
  ])
  const rejections = registry.counter('apiserver_admission_webhook_rejection_count', 'Requests that were refused because of an admission webhook.', [
    'error_type',
    'name',
    'operation',
    'rejection_code',
    'type',
  ])
  const failOpen = registry.counter('apiserver_admission_webhook_fail_open_count', 'Admission webhooks that could not be asked, where the request passed.', [
    'name',
    'type',
  ])
  return {
    asked(webhook, type, operation, seconds, { rejected, code: given, errorType, failedOpen }) {
      const code = String(Math.min(given, codeMax))
      durations.of(webhook, operation, String(rejected), type).observe(seconds)
      requests.of(code, webhook, operation, String(rejected), type).inc()
      if (errorType) rejections.of(errorType, webhook, operation, code, type).inc()
      if (failedOpen) failOpen.of(webhook, type).inc()
    },
  }
}
