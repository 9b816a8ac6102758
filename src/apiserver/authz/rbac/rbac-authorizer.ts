import { aggregateMessages } from '../../../apimachinery/field-errors.ts'
import type { Decision, MemoryAuthorizer, Rule, RuleResolver } from '../authorizer.ts'
import type { RbacIndex } from './rbac-index.ts'

const noOpinion: Decision = { outcome: 'no-opinion', reason: '' }

/**
 * Allows what any rule of any role bound to the user allows; never denies.
 * @see k8s.io/kubernetes plugin/pkg/auth/authorizer/rbac/rbac.go
 */
export function rbacAuthorizer(index: RbacIndex): MemoryAuthorizer & RuleResolver {
  return {
    authorize(attributes) {
      let missing: Set<string> | undefined
      for (const table of index.tablesFor(attributes.user, attributes.isResourceRequest ? attributes.namespace : '')) {
        const grant = table.find(attributes)
        if (grant) return { outcome: 'allow', reason: `RBAC: allowed by ${grant.description}` }
        for (const roleKey of table.missing) (missing ??= new Set()).add(notFound(roleKey))
      }
      return missing ? { outcome: 'no-opinion', reason: `RBAC: ${aggregateMessages([...missing])}` } : noOpinion
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
