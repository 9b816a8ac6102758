// What clusters add to admission: policies and webhooks.
import {
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
  mutatingWebhookConfigurations,
  namespaces,
  services,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
  validatingWebhookConfigurations,
} from '../../api/resources.ts'
import type { Codec } from '../../apimachinery/codec/codec.ts'
import type { MetricsRegistry } from '../../component-base/metrics/registry.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { PluginSlots } from '../admission-plugins.ts'
import { newMutatingAdmissionPolicy } from '../admission/mutating-admission-policy/plugin.ts'
import { newMutatingAdmissionWebhook } from '../admission/mutating-admission-webhook/plugin.ts'
import { newValidatingAdmissionPolicy } from '../admission/validating-admission-policy/plugin.ts'
import { newValidatingAdmissionWebhook } from '../admission/validating-admission-webhook/plugin.ts'
import type { Authorizer } from '../authz/authorizer.ts'
import type { Scope } from '../endpoints/scope.ts'
import { storedParams } from '../policies/params.ts'
import { TypedObjects } from '../policies/typed-object.ts'
import type { StoreListers } from '../registry/generic/store-lister.ts'
import type { Strategy } from '../registry/generic/strategy.ts'
import { newEquivalents } from '../rules/equivalents.ts'
import { RequestMatcher } from '../rules/request-matcher.ts'
import type { Clock } from '../../util/clock.ts'
import { newCelMetrics, newMutatingPolicyMetrics, newPolicyMetrics } from '../metrics/policy-metrics.ts'
import { newWebhookMetrics } from '../metrics/webhook-metrics.ts'
import { newWebhookCaller } from '../webhook/admission/caller.ts'

interface SlotDependencies {
  readonly listers: StoreListers
  readonly authorizer: Authorizer
  readonly codec: Codec
  readonly strategies: ReadonlyMap<string, Strategy>
  /** Asked once requests come. */
  readonly scopeOf: (id: string) => Scope | undefined
  readonly logger: Logger
  readonly clock: Clock
  readonly metrics: MetricsRegistry
}

export interface AdmissionSlots {
  readonly slots: PluginSlots
  /** Ends the connections to webhooks. */
  close(): void
}

export function newAdmissionSlots({ listers, authorizer, codec, strategies, scopeOf, logger, clock, metrics }: SlotDependencies): AdmissionSlots {
  const equivalents = newEquivalents(scopeOf)
  const caller = newWebhookCaller({ services: listers.for(services) })
  const common = {
    matcher: new RequestMatcher(listers.for(namespaces), equivalents),
    equivalents,
    objects: new TypedObjects(codec, strategies),
    findParams: storedParams(listers),
    authorizer,
    caller,
    logger,
    clock,
  }
  const cel = newCelMetrics(metrics)
  const webhooks = { ...common, metrics: newWebhookMetrics(metrics) }
  const slots = {
    MutatingAdmissionPolicy: newMutatingAdmissionPolicy({
      ...common,
      metrics: newMutatingPolicyMetrics(metrics),
      cel,
      policies: listers.for(mutatingAdmissionPolicies),
      bindings: listers.for(mutatingAdmissionPolicyBindings),
    }),
    ValidatingAdmissionPolicy: newValidatingAdmissionPolicy({
      ...common,
      metrics: newPolicyMetrics(metrics),
      cel,
      policies: listers.for(validatingAdmissionPolicies),
      bindings: listers.for(validatingAdmissionPolicyBindings),
    }),
    MutatingAdmissionWebhook: newMutatingAdmissionWebhook({ ...webhooks, configurations: listers.for(mutatingWebhookConfigurations) }),
    ValidatingAdmissionWebhook: newValidatingAdmissionWebhook({ ...webhooks, configurations: listers.for(validatingWebhookConfigurations) }),
  }
  return { slots, close: () => caller.close() }
}
