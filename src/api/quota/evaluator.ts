// How objects count against a ResourceQuota: shared by admission, which charges, and the controller, which recounts.
// Source: k8s.io/apiserver pkg/quota/v1, k8s.io/kubernetes pkg/quota/v1/evaluator/core.
import type { Quantities } from '../core/pod-quantities.ts'
import type { ResourceQuota, ScopedResourceSelectorRequirement } from '../core/v1.ts'
import type { KubeObject } from '../object.ts'
import { one } from './resource-list.ts'

export interface Write {
  readonly operation: string
  readonly subresource: string
  readonly object: KubeObject | undefined
  readonly oldObject: KubeObject | undefined
}

export interface QuotaEvaluator {
  /** Whether a write may change what the object counts as. */
  handles(write: Write): boolean
  /** Of the names in a quota, those that this resource counts towards. */
  matchingResources(names: readonly string[]): string[]
  matchesScope(requirement: ScopedResourceSelectorRequirement, object: KubeObject): boolean
  /** What is wrong with the object, given that these names are limited; '' if nothing. */
  complaint(names: readonly string[], object: KubeObject): string
  usage(object: KubeObject, nowMs: number): Quantities
}

/** `count/deployments.apps` */
export const countName = ({ group, plural }: { readonly group: string; readonly plural: string }) => `count/${group ? `${plural}.${group}` : plural}`

/** Resources that quotas could count before `count/` was there. */
const plainNames: ReadonlySet<string> = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets'])

/** For resources of which only the number counts. */
export function objectCountEvaluator(resource: { readonly group: string; readonly plural: string }): QuotaEvaluator {
  const names = [countName(resource), ...(!resource.group && plainNames.has(resource.plural) ? [resource.plural] : [])]
  return {
    handles: ({ operation, subresource }) => operation === 'CREATE' && !subresource,
    matchingResources: (wanted) => wanted.filter((name) => names.includes(name)),
    matchesScope: () => false,
    complaint: () => '',
    usage: () => new Map(names.map((name) => [name, one])),
  }
}

/** All scopes of a quota as requirements: the plain ones mean that the scope exists. */
export function scopesOf({ spec }: ResourceQuota): readonly ScopedResourceSelectorRequirement[] {
  const plain = (spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' }) as ScopedResourceSelectorRequirement)
  return [...plain, ...(spec?.scopeSelector?.matchExpressions ?? [])]
}

/** Whether a quota counts an object: it limits something of it, and every scope fits. */
export function quotaMatches(quota: ResourceQuota, evaluator: QuotaEvaluator, object: KubeObject): boolean {
  const limited = evaluator.matchingResources(Object.keys(quota.status?.hard ?? {})).length > 0
  return limited && scopesOf(quota).every((scope) => evaluator.matchesScope(scope, object))
}

/** Whether one of these values, or their absence, fits a requirement. Source: labels.Requirement.Matches, asked for each value. */
export function scopeValuesMatch({ operator, values = [] }: ScopedResourceSelectorRequirement, has: readonly string[]): boolean {
  switch (operator) {
    case 'Exists':
      return has.length > 0
    case 'DoesNotExist':
      return has.length === 0
    case 'In':
      return has.some((value) => values.includes(value))
    case 'NotIn':
      return has.length === 0 || has.some((value) => !values.includes(value))
    default:
      return false
  }
}
