import type { Authorizer, Rule, RuleResolver } from '../authorizer.ts'
import type { RbacIndex } from './rbac-index.ts'
import { ruleAllows } from './rule-matcher.ts'

/**
 * Allows what any rule of any role bound to the user allows; never denies.
 * @see k8s.io/kubernetes plugin/pkg/auth/authorizer/rbac/rbac.go
 */
export function rbacAuthorizer(index: RbacIndex): Authorizer & RuleResolver {
  return {
    authorize(attributes) {
      const missing = new Set<string>()
      /** Roles asked already: bound twice, they need not be asked twice. */
      const asked = new Set<string>()
      for (const { roleKey, description } of index.grantsFor(attributes.user, attributes.isResourceRequest ? attributes.namespace : '')) {
        if (asked.has(roleKey)) continue
        asked.add(roleKey)
        const rules = index.rules(roleKey)
        if (!rules) missing.add(notFound(roleKey))
        else if (rules.some((rule) => ruleAllows(rule, attributes))) return { outcome: 'allow', reason: `RBAC: allowed by ${description}` }
      }
      return { outcome: 'no-opinion', reason: missing.size > 0 ? `RBAC: ${aggregate([...missing])}` : '' }
    },
    rulesFor(user, namespace) {
      const rules: Rule[] = []
      const errors = new Set<string>()
      for (const { roleKey } of index.grantsFor(user, namespace)) {
        const found = index.rules(roleKey)
        if (found) rules.push(...found)
        else errors.add(notFound(roleKey))
      }
      return { rules, errors: [...errors] }
    },
  }
}

function notFound(roleKey: string): string {
  const kind = roleKey.slice(0, roleKey.indexOf('/')).toLowerCase()
  return `${kind}.rbac.authorization.k8s.io "${roleKey.slice(roleKey.lastIndexOf('/') + 1)}" not found`
}

/** As Go prints a list of errors. */
const aggregate = (messages: readonly string[]) => (messages.length === 1 ? messages[0]! : `[${messages.join(', ')}]`)
