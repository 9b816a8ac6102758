// One request against the quotas of its namespace. Source: k8s.io/apiserver
// pkg/admission/plugin/resourcequota/controller.go (CheckRequest).
import type { ResourceQuota, ScopedResourceSelectorRequirement } from '../../../api/core/v1.ts'
import { quantities, type Quantities, type ReadonlyQuantities } from '../../../api/core/pod-quantities.ts'
import type { KubeObject } from '../../../api/object.ts'
import { type QuotaEvaluator, quotaMatches, scopesOf } from '../../../api/quota/evaluator.ts'
import { differenceOrZero, exceededNames, formatList, masked, negativeNames, sum, withoutZeros } from '../../../api/quota/resource-list.ts'
import { ApiError } from '../../../apimachinery/api-error.ts'
import type { ValidatingAttributes } from '../admission.ts'
import { refuse } from '../refuse.ts'
import type { LimitedResource } from './configuration.ts'

/** A quota with what is used of it once the requests before have been charged. */
export interface RunningQuota {
  readonly quota: ResourceQuota
  readonly hard: ReadonlyQuantities
  readonly used: ReadonlyQuantities
}

export const running = (quota: ResourceQuota): RunningQuota => ({ quota, hard: quantities(quota.status?.hard), used: quantities(quota.status?.used) })

export interface QuotaRequest {
  readonly attributes: ValidatingAttributes
  readonly evaluator: QuotaEvaluator
}

/** @throws {ApiError} 403 when the object lacks what a limited resource needs, or the quota has not been counted yet */
function checkUsable({ attributes, evaluator }: QuotaRequest, { quota, used }: RunningQuota, limited: readonly string[]): void {
  const { name } = quota.metadata
  const complaint = evaluator.complaint(limited, attributes.object!)
  if (complaint) throw refuse(attributes, `failed quota: ${name}: ${complaint}`)
  if (limited.some((each) => !used.has(each))) {
    throw refuse(attributes, `status unknown for quota: ${name}, resources: ${limited.toSorted().join(',')}`)
  }
}

/** @returns what is used then. @throws {ApiError} 403 */
function charge(attributes: ValidatingAttributes, { quota, hard, used }: RunningQuota, delta: ReadonlyQuantities): Quantities {
  const requested = masked(delta, hard.keys())
  const total = sum(used, requested)
  // What a controller reports has happened already.
  const exceeded = attributes.subresource === 'status' ? [] : exceededNames(masked(total, requested.keys()), hard)
  if (exceeded.length === 0) return total
  const [wanted, had, limit] = [requested, used, hard].map((list) => formatList(masked(list, exceeded)))
  throw refuse(attributes, `exceeded quota: ${quota.metadata.name}, requested: ${wanted}, used: ${had}, limited: ${limit}`)
}

const formatScope = ({ scopeName, operator, values = [] }: ScopedResourceSelectorRequirement) => `{${scopeName} ${operator} [${values.join(' ')}]}`

/** What is used only where a quota covers it, is not covered. @throws {ApiError} 403, 500 (upstream's plain error) */
function checkCovered(
  { attributes, evaluator }: QuotaRequest,
  {
    quotas,
    usage,
    covered,
    limited,
  }: { quotas: readonly RunningQuota[]; usage: ReadonlyQuantities; covered: ReadonlySet<string>; limited: readonly LimitedResource[] },
): void {
  if (!limited.length) return
  const { resource } = attributes
  const parts = limited
    .filter((each) => (each.apiGroup ?? '') === resource.group && each.resource === resource.plural)
    .flatMap(({ matchContains = [] }) => matchContains)
  const uncovered = [...usage].flatMap(([name, quantity]) =>
    quantity.sign > 0 && parts.some((part) => name.includes(part)) && !covered.has(name) ? [name] : [],
  )
  if (uncovered.length) throw refuse(attributes, `insufficient quota to consume: ${uncovered.toSorted().join(',')}`)

  const matches = (scope: ScopedResourceSelectorRequirement) => evaluator.matchesScope(scope, attributes.object!)
  const coveredScopes = new Set(
    quotas
      .flatMap(({ quota }) => scopesOf(quota))
      .filter(matches)
      .map(({ scopeName }) => scopeName),
  )
  const scopes = limited.flatMap(({ matchScopes = [] }) => matchScopes).filter((scope) => matches(scope) && !coveredScopes.has(scope.scopeName))
  if (scopes.length) throw new ApiError('', `insufficient quota to match these scopes: [${scopes.map(formatScope).join(' ')}]`, { code: 500 })
}

/**
 * @param quotas with what the requests before this one have taken
 * @param limited what may be used only where a quota covers it
 * @returns the same list, with new entries for the quotas whose use changes; `quotas` itself when none does
 * @throws {ApiError} 403, 500
 */
export function checkRequest(
  request: QuotaRequest,
  quotas: readonly RunningQuota[],
  limited: readonly LimitedResource[],
  nowMs: number,
): readonly RunningQuota[] {
  const { attributes, evaluator } = request
  const { object, oldObject, operation } = attributes
  const covered = new Set<string>()
  const matching = new Set<RunningQuota>()
  for (const each of quotas) {
    if (!quotaMatches(each.quota, evaluator, object!)) continue
    const names = evaluator.matchingResources([...each.hard.keys()])
    checkUsable(request, each, names)
    matching.add(each)
    for (const name of names) covered.add(name)
  }
  if (matching.size === 0 && limited.length === 0) return quotas
  const usage = evaluator.usage(object!, nowMs)
  const negative = negativeNames(usage)
  if (negative.length) throw refuse(attributes, `quota usage is negative for resource(s): ${negative.toSorted().join(',')}`)
  const change = deltas(usage, operation === 'UPDATE' ? oldObject : undefined, evaluator, nowMs)
  const charges = new Map([...matching].map((each) => [each, change(each.quota)] as const).filter(([, delta]) => delta.size > 0))
  if (matching.size > 0 ? charges.size === 0 : change().size === 0) return quotas
  checkCovered(request, { quotas, usage, covered, limited })
  if (charges.size === 0) return quotas
  return quotas.map((each) => {
    const delta = charges.get(each)
    return delta ? { ...each, used: charge(attributes, each, delta) } : each
  })
}

/** What a quota is charged for a write: of what it counted before, the difference. Without a quota: the difference. */
function deltas(usage: Quantities, old: KubeObject | undefined, evaluator: QuotaEvaluator, nowMs: number): (quota?: ResourceQuota) => Quantities {
  const whole = withoutZeros(usage)
  if (!old) return () => whole
  const difference = withoutZeros(differenceOrZero(usage, evaluator.usage(old, nowMs)))
  return (quota) => (!quota || quotaMatches(quota, evaluator, old) ? difference : whole)
}
