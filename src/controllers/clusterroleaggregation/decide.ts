// What an aggregated role allows: everything that the roles it selects do.
// Source: pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go (syncClusterRole).
import type { ClusterRole, PolicyRule } from '../../api/rbac/v1.ts'
import { semanticEqual } from '../../apimachinery/json-equal.ts'
import { selectorFromObject } from '../../apimachinery/labels/from-object.ts'

/** The API writes `null` for no rules. */
const rulesOf = ({ rules }: ClusterRole): readonly PolicyRule[] => rules ?? []

/**
 * @param all every cluster role there is
 * @returns the rules that `role` should have; undefined when it has them, or is not aggregated
 */
export function decide(role: ClusterRole, all: readonly ClusterRole[]): readonly PolicyRule[] | undefined {
  if (!role.aggregationRule) return undefined
  // By name, so that equal roles have equal rules, and nothing is written because a cache is ordered otherwise.
  const others = all.filter((other) => other.metadata.name !== role.metadata.name).toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  const rules: PolicyRule[] = []
  for (const object of role.aggregationRule.clusterRoleSelectors ?? []) {
    const selector = selectorFromObject(object)
    for (const other of others) {
      if (!selector.matches(other.metadata.labels ?? {})) continue
      rules.push(...rulesOf(other).filter((rule) => !rules.some((known) => semanticEqual(known, rule))))
    }
  }
  return semanticEqual(rules, rulesOf(role)) ? undefined : rules
}
