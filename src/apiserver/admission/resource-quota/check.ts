// One request against the quotas of its namespace. Source: k8s.io/apiserver
// pkg/admission/plugin/resourcequota/controller.go (CheckRequest).
import type { ResourceQuota } from '../../../api/core/v1.ts'
import { quantities, type Quantities, type ReadonlyQuantities } from '../../../api/core/pod-quantities.ts'
import { type QuotaEvaluator, quotaMatches } from '../../../api/quota/evaluator.ts'
import { differenceOrZero, equalLists, exceededNames, formatList, masked, negativeNames, sum, withoutZeros } from '../../../api/quota/resource-list.ts'
import type { ValidatingAttributes } from '../admission.ts'
import { refuse } from '../refuse.ts'

export interface Charge {
  readonly quota: ResourceQuota
  /** What `status.used` becomes. */
  readonly used: Quantities
}

/** @throws {ApiError} 403 when the object lacks what a limited resource needs, or the quota has not been counted yet */
function checkUsable(attributes: ValidatingAttributes, quota: ResourceQuota, evaluator: QuotaEvaluator): void {
  const { name } = quota.metadata
  const limited = evaluator.matchingResources(Object.keys(quota.status?.hard ?? {}))
  const complaint = evaluator.complaint(limited, attributes.object!)
  if (complaint) throw refuse(attributes, `failed quota: ${name}: ${complaint}`)
  if (limited.some((each) => quota.status?.used?.[each] === undefined)) {
    throw refuse(attributes, `status unknown for quota: ${name}, resources: ${limited.toSorted().join(',')}`)
  }
}

/** @throws {ApiError} 403 */
function charge(attributes: ValidatingAttributes, quota: ResourceQuota, delta: ReadonlyQuantities): Charge {
  const [hard, used] = [quantities(quota.status?.hard), quantities(quota.status?.used)]
  const requested = masked(delta, hard.keys())
  const total = sum(used, requested)
  const exceeded = exceededNames(masked(total, requested.keys()), hard)
  if (exceeded.length === 0) return { quota, used: total }
  const [wanted, had, limit] = [requested, used, hard].map((list) => formatList(masked(list, exceeded)))
  throw refuse(attributes, `exceeded quota: ${quota.metadata.name}, requested: ${wanted}, used: ${had}, limited: ${limit}`)
}

/**
 * @returns the quotas whose use changes
 * @throws {ApiError} 403
 */
export function checkQuotas(attributes: ValidatingAttributes, quotas: readonly ResourceQuota[], evaluator: QuotaEvaluator, nowMs: number): Charge[] {
  const { object, oldObject, operation } = attributes
  const matching = quotas.filter((quota) => quotaMatches(quota, evaluator, object!))
  for (const quota of matching) checkUsable(attributes, quota, evaluator)
  const usage = evaluator.usage(object!, nowMs)
  const negative = negativeNames(usage)
  if (negative.length) throw refuse(attributes, `quota usage is negative for resource(s): ${negative.toSorted().join(',')}`)
  const before = operation === 'UPDATE' && oldObject ? evaluator.usage(oldObject, nowMs) : undefined
  return matching.flatMap((quota) => {
    const countedBefore = before && quotaMatches(quota, evaluator, oldObject!)
    const delta = withoutZeros(countedBefore ? differenceOrZero(usage, before) : usage)
    if (delta.size === 0) return []
    const charged = charge(attributes, quota, delta)
    return equalLists(charged.used, quantities(quota.status?.used)) ? [] : [charged]
  })
}
