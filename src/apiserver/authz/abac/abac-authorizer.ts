import type { UserInfo } from '../../authn/user.ts'
import type { Attributes, Decision, MemoryAuthorizer, Rule, RuleResolver } from '../authorizer.ts'
import type { Policy } from './policies.ts'

const allow: Decision = { outcome: 'allow', reason: '' }
const noMatch: Decision = { outcome: 'no-opinion', reason: 'No policy matched.' }
const reading: ReadonlySet<string> = new Set(['get', 'list', 'watch'])

/** Allows what any policy allows; never denies. @see k8s.io/kubernetes pkg/auth/authorizer/abac/abac.go */
export function abacAuthorizer(policies: readonly Policy[]): MemoryAuthorizer & RuleResolver {
  return {
    authorize: (attributes) => (policies.some((policy) => matches(policy, attributes)) ? allow : noMatch),
    rulesFor: (user, namespace) => ({
      rules: policies.filter((policy) => isSubject(policy, user) && (policy.namespace === '*' || policy.namespace === namespace)).flatMap(rulesOf),
      errors: [],
    }),
  }
}

/** A policy names a user, a group, or both; one that names neither is nobody's. */
function isSubject({ user, group }: Policy, { name, groups }: UserInfo): boolean {
  if (user === '' && group === '') return false
  return (user === '' || user === '*' || user === name) && (group === '' || group === '*' || groups.includes(group))
}

function matches(policy: Policy, attributes: Attributes): boolean {
  if (!isSubject(policy, attributes.user) || (policy.readonly && !reading.has(attributes.verb))) return false
  if (!attributes.isResourceRequest) return isBelow(policy.nonResourcePath, attributes.path)
  const { namespace, resource, apiGroup } = attributes
  return isOrAll(policy.namespace, namespace) && isOrAll(policy.resource, resource) && isOrAll(policy.apiGroup, apiGroup)
}

const isOrAll = (pattern: string, value: string) => pattern === '*' || pattern === value
const isBelow = (pattern: string, path: string) =>
  pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, '')))

function rulesOf({ readonly, apiGroup, resource, nonResourcePath }: Policy): Rule[] {
  const verbs = readonly ? [...reading] : ['*']
  return [
    ...(resource ? [{ verbs, apiGroups: [apiGroup], resources: [resource] }] : []),
    ...(nonResourcePath ? [{ verbs, nonResourceURLs: [nonResourcePath] }] : []),
  ]
}
