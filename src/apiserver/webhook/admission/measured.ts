import type { Clock } from '../../../util/clock.ts'
import type { AdmissionAttributes } from '../../admission/admission.ts'
import type { WebhookMetrics, WebhookOutcome, WebhookType } from '../../metrics/webhook-metrics.ts'
import { CallingWebhookError, WebhookRejection } from './call-errors.ts'
import type { Hook } from './hooks.ts'

export interface Measuring {
  readonly metrics: WebhookMetrics
  readonly clock: Pick<Clock, 'monotonic'>
}

const answered: WebhookOutcome = { rejected: false, code: 200 }

/** Source: k8s.io/apiserver pkg/admission/plugin/webhook/{validating,mutating}/dispatcher.go. */
function outcomeOf(error: unknown, ignoreFailures: boolean): WebhookOutcome {
  if (error instanceof WebhookRejection) return { rejected: true, code: error.code, errorType: 'no_error' }
  if (!(error instanceof CallingWebhookError)) return { rejected: true, code: 0, errorType: 'apiserver_internal_error' }
  const { code } = error
  return ignoreFailures ? { rejected: false, code, failedOpen: true } : { rejected: true, code, errorType: 'calling_webhook_error' }
}

/** Counts and times what `ask` does. @throws what it throws */
export async function measured<T>(
  { metrics, clock }: Measuring,
  type: WebhookType,
  hook: Hook,
  { operation, time }: Pick<AdmissionAttributes, 'operation' | 'time'>,
  ask: () => Promise<T>,
): Promise<T> {
  const startedMs = clock.monotonic()
  const timed = time?.(type === 'admit' ? 'mutating-webhook' : 'validating-webhook')
  const asked = (outcome: WebhookOutcome) => metrics.asked(hook.webhook.name, type, operation, (clock.monotonic() - startedMs) / 1000, outcome)
  try {
    const result = await ask()
    asked(answered)
    return result
  } catch (error) {
    asked(outcomeOf(error, hook.ignoreFailures))
    throw error
  } finally {
    timed?.()
  }
}
