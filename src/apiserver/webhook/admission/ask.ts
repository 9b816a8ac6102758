// One question to one webhook. Source: k8s.io/apiserver pkg/admission/plugin/webhook/{validating,mutating}/dispatcher.go.
import { randomUUID } from 'node:crypto'
import type { JsonValue } from '../../../apimachinery/json-value.ts'
import type { AdmissionAttributes } from '../../admission/admission.ts'
import { CallingWebhookError, dryRunUnsupported, rejection } from './call-errors.ts'
import type { WebhookCaller } from './caller.ts'
import type { Invocation } from './hooks.ts'
import { newReview, ReviewError, type Verdict, verdictOf } from './review.ts'

const timeoutSecondsDefault = 10
const harmless: ReadonlySet<string> = new Set(['None', 'NoneOnDryRun'])

function orCallingError<T>(webhook: string, doing: string, code: number, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw error instanceof ReviewError ? new CallingWebhookError(webhook, `${doing}: ${error.message}`, code) : error
  }
}

/**
 * Warnings and annotations of the answer are passed on.
 * @returns that it is allowed, with the patch
 * @throws {ApiError} when the webhook says no, or may not be asked in a dry run
 * @throws {CallingWebhookError} when it does not answer
 */
export async function askWebhook(
  caller: WebhookCaller,
  { hook: { webhook }, request, object, oldObject }: Invocation,
  attributes: AdmissionAttributes,
  mutating: boolean,
): Promise<Verdict> {
  const { name, clientConfig, sideEffects, timeoutSeconds = timeoutSecondsDefault, admissionReviewVersions = [] } = webhook
  if (attributes.dryRun && !harmless.has(sideEffects ?? '')) throw dryRunUnsupported(name)
  const review = orCallingError(name, 'could not create admission objects', 400, () =>
    newReview(randomUUID(), admissionReviewVersions, request, { object, oldObject }),
  )
  const answer: JsonValue = await caller.call({ webhook: name, clientConfig, body: review.body, timeoutSeconds })
  const verdict = orCallingError(name, 'received invalid webhook response', 503, () => verdictOf(review, answer, mutating))
  for (const [key, value] of verdict.auditAnnotations) attributes.annotate(`${name}/${key}`, value)
  for (const warning of verdict.warnings) attributes.warn(warning)
  if (!verdict.allowed) throw rejection(name, verdict.result)
  return verdict
}
