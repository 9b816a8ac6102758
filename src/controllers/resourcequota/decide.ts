// What a quota's status should say. Source: pkg/controller/resourcequota/resource_quota_controller.go (syncResourceQuota),
// k8s.io/apiserver pkg/quota/v1 (CalculateUsage).
import { type Quantities, addQuantities, quantities } from '../../api/core/pod-quantities.ts'
import type { ResourceQuota, ResourceQuotaStatus } from '../../api/core/v1.ts'
import type { KubeObject } from '../../api/object.ts'
import { type QuotaEvaluator, scopesOf } from '../../api/quota/evaluator.ts'
import { equalLists, masked, toObject } from '../../api/quota/resource-list.ts'
import { semanticEqual } from '../../apimachinery/json-equal.ts'
import { zeroQuantity } from '../../apimachinery/quantity/quantity.ts'

/** All objects of one resource in the quota's namespace. */
export interface Counted {
  readonly evaluator: QuotaEvaluator
  readonly objects: readonly KubeObject[]
}

/**
 * @param counted every resource that counts towards a name in `spec.hard`
 * @returns undefined when the status says so already
 */
export function decide(quota: ResourceQuota, counted: readonly Counted[], nowMs: number): ResourceQuotaStatus | undefined {
  const { spec, status } = quota
  const hard = spec?.hard ?? {}
  const names = Object.keys(hard)
  const before = quantities(status?.used)
  // What nobody here can count stays as it was.
  const used = masked(before, names)
  for (const each of counted) for (const [name, quantity] of usageOf(quota, each, names, nowMs)) used.set(name, quantity)
  const isCurrent = status?.hard !== undefined && status.used !== undefined && semanticEqual(hard, status.hard) && equalLists(used, before)
  return isCurrent ? undefined : { hard, used: toObject(used) }
}

function usageOf(quota: ResourceQuota, { evaluator, objects }: Counted, names: readonly string[], nowMs: number): Quantities {
  const mine = evaluator.matchingResources(names)
  const total: Quantities = new Map(mine.map((name) => [name, zeroQuantity]))
  const scopes = scopesOf(quota)
  for (const object of objects) {
    if (scopes.every((scope) => evaluator.matchesScope(scope, object))) addQuantities(total, masked(evaluator.usage(object, nowMs), mine))
  }
  return total
}

/** Whether an object now uses something else, or falls into other scopes: then its namespace's quotas are counted again. */
export function usesOtherwise(evaluator: QuotaEvaluator, quotas: readonly ResourceQuota[], old: KubeObject, object: KubeObject, nowMs: number): boolean {
  if (!equalLists(evaluator.usage(old, nowMs), evaluator.usage(object, nowMs))) return true
  return quotas.flatMap(scopesOf).some((scope) => evaluator.matchesScope(scope, old) !== evaluator.matchesScope(scope, object))
}
