// `--authorization-mode=Webhook`: somebody else decides. Answers are kept for a while, the same question is not asked twice at once, and
// without an answer the failure policy decides. Source: k8s.io/apiserver plugin/pkg/authorizer/webhook/webhook.go.
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import { accessConditionsMatch, compileAccessCondition } from '../../../cel/kubernetes/authorization.ts'
import type { Clock } from '../../../util/clock.ts'
import { ExpiringCache } from '../../../util/expiring-cache.ts'
import type { ReviewClient } from '../../webhook/review-client.ts'
import type { Attributes, Authorizer, Decision, RuleResolver } from '../authorizer.ts'
import type { WebhookAuthorizerObserver } from './webhook-metrics.ts'
import { accessReview, decisionOf, type ReviewVersion } from './access-review.ts'

export interface WebhookAuthorizerOptions {
  readonly client: Pick<ReviewClient, 'send'>
  readonly version: ReviewVersion
  /** How long an allowance is kept; 0: not at all. */
  readonly authorizedTtlMs: number
  /** The same for everything else. */
  readonly unauthorizedTtlMs: number
  /** What is decided when the webhook does not answer. */
  readonly failure: 'deny' | 'no-opinion'
  /** CEL, valid: questions for which one is false are not asked. */
  readonly matchConditions: readonly string[]
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly onError: (error: unknown) => void
  readonly observe?: WebhookAuthorizerObserver
}

/** Upstream's sizes: answers kept, and what of a question its sender may choose before its answer is not kept. */
const answersMax = 8192
const chosenCharactersMax = 10_000

export function webhookAuthorizer(options: WebhookAuthorizerOptions): Authorizer & RuleResolver {
  const { client, version, authorizedTtlMs, unauthorizedTtlMs, failure, clock, onError, observe } = options
  const conditions = options.matchConditions.map(compileAccessCondition).filter((condition) => condition.ok)
  const known = new ExpiringCache<Decision>({ entriesMax: answersMax, clock })
  const asked = new Map<string, Promise<Decision>>()

  async function decide(review: object, key: string, mayKeep: boolean): Promise<Decision> {
    const startedMs = clock.monotonic()
    const seconds = () => (clock.monotonic() - startedMs) / 1000
    try {
      const decision = decisionOf(await client.send(review))
      observe?.('success', seconds(), false)
      if (mayKeep) known.set(key, decision, decision.outcome === 'allow' ? authorizedTtlMs : unauthorizedTtlMs)
      return decision
    } catch (error) {
      observe?.((error as Error).name === 'TimeoutError' ? 'timeout' : 'error', seconds(), failure === 'no-opinion')
      onError(error)
      return { outcome: failure, reason: '', error: (error as Error).message }
    } finally {
      asked.delete(key)
    }
  }

  /** What is decided without asking, if anything. */
  function unasked(attributes: Attributes): Decision | undefined {
    if (conditions.length === 0) return undefined
    try {
      return accessConditionsMatch(conditions, accessReview(attributes, 'v1').spec as JsonObject) ? undefined : { outcome: 'no-opinion', reason: '' }
    } catch (error) {
      return { outcome: failure, reason: '', error: (error as Error).message }
    }
  }

  return {
    authorize(attributes) {
      const skipped = unasked(attributes)
      if (skipped) return skipped
      const review = accessReview(attributes, version)
      const key = JSON.stringify(review.spec)
      const decision = known.get(key) ?? asked.get(key)
      if (decision) return decision
      const pending = decide(review, key, chosenCharacters(attributes) < chosenCharactersMax)
      asked.set(key, pending)
      return pending
    },
    rulesFor: () => ({ rules: [], errors: ['webhook authorizer does not support user rule resolution'], incomplete: true }),
  }
}

function chosenCharacters({ namespace, verb, apiGroup, apiVersion, resource, subresource, name, path, fieldSelector = '', labelSelector = '' }: Attributes) {
  return [namespace, verb, apiGroup, apiVersion, resource, subresource, name, path, fieldSelector, labelSelector].reduce((sum, text) => sum + text.length, 0)
}
