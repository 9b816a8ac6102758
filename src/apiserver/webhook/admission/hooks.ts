// The webhooks in force, and which of them a request is for. Source: k8s.io/apiserver pkg/admission/plugin/webhook/generic/webhook.go
// (ShouldCallHook), pkg/admission/configuration.
import { ignoresFailures } from '../../policies/failure-policy.ts'
import type { MutatingWebhook, ValidatingWebhook } from '../../../api/admissionregistration/v1.ts'
import type { KubeObject } from '../../../api/object.ts'
import { forbidden } from '../../../apimachinery/api-error.ts'
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import { AdmissionCompiler } from '../../../cel/kubernetes/admission/compiler.ts'
import type { ExpressionCompilation } from '../../../cel/kubernetes/expression.ts'
import { matchConditionsCostBudget } from '../../../cel/kubernetes/limits.ts'
import type { AdmissionAttributes, Input } from '../../admission/admission.ts'
import type { Authorizer } from '../../authz/authorizer.ts'
import { askAs } from '../../expressions/access.ts'
import { admissionRequestOf } from '../../expressions/admission-request.ts'
import { newEvaluation } from '../../policies/evaluation.ts'
import { compileConditions, evaluateConditions } from '../../policies/match-conditions.ts'
import { memoized } from '../../../util/memoized.ts'
import { inTurns } from '../../../util/steps.ts'
import type { VersionedLister } from '../../registry/generic/store-lister.ts'
import type { Equivalents } from '../../rules/equivalents.ts'
import { mayConcern } from '../../rules/rule-matcher.ts'
import type { MatchedRequest, RequestMatcher } from '../../rules/request-matcher.ts'

export type AnyWebhook = ValidatingWebhook & Partial<Pick<MutatingWebhook, 'reinvocationPolicy'>>

export interface Hook {
  /** Of its configuration. */
  readonly configuration: string
  readonly webhook: AnyWebhook
  /** Its own among all. */
  readonly key: string
  readonly ignoreFailures: boolean
  /** Compiled when a request first needs them; undefined: there are none. */
  readonly conditions: (() => Promise<readonly ExpressionCompilation[]>) | undefined
}

interface WebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly AnyWebhook[]
}

/** Configurations in the order of their names, webhooks in theirs. */
export class WebhookHooks {
  readonly #configurations: Pick<VersionedLister<WebhookConfiguration>, 'all' | 'changedAt'>
  #hooks: readonly Hook[] = []
  #version: number | undefined

  constructor(configurations: Pick<VersionedLister<WebhookConfiguration>, 'all' | 'changedAt'>) {
    this.#configurations = configurations
  }

  /** They read the same as long as {@link current} does. @returns undefined when a webhook may want to see objects of the resource */
  inputsFor(plural: string): readonly Input[] | undefined {
    const isConcerned = this.current().some(({ webhook: { rules = [] } }) => mayConcern(rules, plural))
    return isConcerned ? undefined : [() => this.#configurations.changedAt()]
  }

  current(): readonly Hook[] {
    const version = this.#configurations.changedAt()
    if (version !== this.#version) {
      this.#hooks = this.#configurations.all().flatMap(hooksOf)
      this.#version = version
    }
    return this.#hooks
  }
}

function hooksOf({ metadata: { name: configuration }, webhooks = [] }: WebhookConfiguration): readonly Hook[] {
  const compiler = new AdmissionCompiler({ composed: false })
  return webhooks.map((webhook, i) => {
    const { matchConditions } = webhook
    const compile = () => inTurns(compileConditions(compiler, matchConditions, { params: false, authorizer: true }))
    return {
      configuration,
      webhook,
      key: JSON.stringify([configuration, webhook.name, i]),
      ignoreFailures: ignoresFailures(webhook),
      conditions: matchConditions?.length ? memoized(compile) : undefined,
    }
  })
}

/** A webhook and what it is to be told. */
export interface Invocation {
  readonly hook: Hook
  readonly request: JsonObject
  readonly object: KubeObject | undefined
  readonly oldObject: KubeObject | undefined
}

export interface HookSelectionDependencies {
  readonly matcher: RequestMatcher
  readonly equivalents: Equivalents
  readonly authorizer: Authorizer
}

/**
 * @returns undefined: the webhook is not for the request
 * @throws {ApiError} 403 when its conditions cannot be told, 404 for a namespace that is not there
 */
export async function invocationOf(
  hook: Hook,
  attributes: AdmissionAttributes & MatchedRequest,
  { matcher, equivalents, authorizer }: HookSelectionDependencies,
): Promise<Invocation | undefined> {
  const { rules = [], matchPolicy, namespaceSelector, objectSelector } = hook.webhook
  const criteria = {
    resourceRules: rules,
    ...(matchPolicy ? { matchPolicy } : {}),
    namespaceSelector: namespaceSelector ?? {},
    objectSelector: objectSelector ?? {},
  }
  const match = rules.length === 0 ? undefined : matcher.match(criteria, attributes)
  if (!match) return undefined
  const invocation = {
    hook,
    request: admissionRequestOf(attributes, match),
    object: attributes.object && equivalents.as(attributes.object, match.resource),
    oldObject: attributes.oldObject && equivalents.as(attributes.oldObject, match.resource),
  }
  if (!hook.conditions) return invocation
  const seen = { ...invocation, attributes, namespace: undefined, ask: askAs(authorizer, attributes.user) }
  const result = await evaluateConditions(await hook.conditions(), newEvaluation(seen, matchConditionsCostBudget), hook.ignoreFailures)
  if ('error' in result) throw forbidden(attributes.resource, attributes.name, result.error)
  return result.matches ? invocation : undefined
}
