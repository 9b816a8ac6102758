import type { UserInfo } from '../authn/user.ts'
import { nodeNameOf, nodesGroup } from '../authn/well-known-users.ts'
import type { Authorizer, ResolvedRules, RuleResolver } from './authorizer.ts'
import { bootstrapObjects } from './rbac/bootstrap-objects.ts'
import { ruleAllows } from './rbac/rule-matcher.ts'

const none: ResolvedRules = { rules: [], errors: [] }
const unlisted: ResolvedRules = { rules: [], errors: ['node authorizer does not support user rule resolution'], incomplete: true }

/**
 * `--authorization-mode=Node`: gives kubelets (users `system:node:<name>` of the group system:nodes) the rules of the cluster
 * role system:node, which no binding grants.
 * @see k8s.io/kubernetes plugin/pkg/auth/authorizer/node/node_authorizer.go
 */
export function nodeAuthorizer(): Authorizer & RuleResolver {
  const rules = bootstrapObjects().clusterRoles.find((role) => role.metadata.name === 'system:node')?.rules ?? []
  const isNode = ({ groups, name }: UserInfo) => groups.includes(nodesGroup) && nodeNameOf(name) !== undefined
  return {
    rulesFor: (user) => (isNode(user) ? unlisted : none),
    authorize(attributes) {
      return { outcome: isNode(attributes.user) && rules.some((rule) => ruleAllows(rule, attributes)) ? 'allow' : 'no-opinion', reason: '' }
    },
  }
}
