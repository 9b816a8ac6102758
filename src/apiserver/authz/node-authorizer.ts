import { nodeNameOf, nodesGroup } from '../authn/well-known-users.ts'
import type { Authorizer } from './authorizer.ts'
import { bootstrapObjects } from './rbac/bootstrap-objects.ts'
import { ruleAllows } from './rbac/rule-matcher.ts'

/**
 * `--authorization-mode=Node`: gives kubelets (users `system:node:<name>` of the group system:nodes) the rules of the cluster
 * role system:node, which no binding grants.
 * @see k8s.io/kubernetes plugin/pkg/auth/authorizer/node/node_authorizer.go
 */
export function nodeAuthorizer(): Authorizer {
  const rules = bootstrapObjects().clusterRoles.find((role) => role.metadata.name === 'system:node')?.rules ?? []
  return {
    authorize(attributes) {
      const { user } = attributes
      const isNode = user.groups.includes(nodesGroup) && nodeNameOf(user.name) !== undefined
      return { outcome: isNode && rules.some((rule) => ruleAllows(rule, attributes)) ? 'allow' : 'no-opinion', reason: '' }
    },
  }
}
