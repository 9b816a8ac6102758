// Which rule of the policy a request falls under: the first that matches. Source: k8s.io/apiserver pkg/audit/policy/checker.go.
import type { GroupResources, Policy, PolicyRule } from '../../../api/audit/v1.ts'
import type { UserInfo } from '../../authn/user.ts'
import type { Level, Stage } from '../level.ts'

/** What a policy says, without the type members and metadata of its file. */
export type AuditPolicy = Pick<Policy, 'rules' | 'omitStages' | 'omitManagedFields'>

/** What rules look at. */
export interface PolicyAttributes {
  readonly isResourceRequest: boolean
  readonly path: string
  readonly verb: string
  readonly apiGroup: string
  readonly namespace: string
  readonly resource: string
  readonly subresource: string
  readonly name: string
}

/** How a request is audited. */
export interface AuditConfig {
  readonly level: Level
  readonly omitStages: ReadonlySet<Stage>
  readonly omitManagedFields: boolean
}

/** @param user who sent the request, before impersonation; undefined: not authenticated */
export type PolicyEvaluator = (attributes: PolicyAttributes, user: UserInfo | undefined) => AuditConfig

type Matcher = (attributes: PolicyAttributes, user: UserInfo | undefined) => boolean

/** @param policy a valid one */
export function policyEvaluator({ rules, omitStages = [], omitManagedFields = false }: AuditPolicy): PolicyEvaluator {
  const compiled = rules.map((rule) => ({
    matches: ruleMatcher(rule),
    config: {
      level: rule.level as Level,
      omitStages: new Set([...omitStages, ...(rule.omitStages ?? [])] as Stage[]),
      omitManagedFields: rule.omitManagedFields ?? omitManagedFields,
    },
  }))
  const none: AuditConfig = { level: 'None', omitStages: new Set(omitStages as readonly Stage[]), omitManagedFields }
  return (attributes, user) => {
    for (const { matches, config } of compiled) if (matches(attributes, user)) return config
    return none
  }
}

function ruleMatcher({ users, userGroups, verbs, resources, namespaces, nonResourceURLs }: PolicyRule): Matcher {
  const matchers: Matcher[] = []
  if (verbs?.length) {
    const set = new Set(verbs)
    matchers.push(({ verb }) => set.has(verb))
  }
  if (users?.length) {
    const set = new Set(users)
    matchers.push((_, user) => user !== undefined && set.has(user.name))
  }
  if (userGroups?.length) {
    const set = new Set(userGroups)
    matchers.push((_, user) => user !== undefined && user.groups.some((group) => set.has(group)))
  }
  if (resources?.length || namespaces?.length) matchers.push(resourceMatcher(resources ?? [], namespaces ?? []))
  else if (nonResourceURLs?.length) matchers.push(({ isResourceRequest, path }) => !isResourceRequest && nonResourceURLs.some((url) => urlMatches(url, path)))
  return (attributes, user) => matchers.every((matches) => matches(attributes, user))
}

function urlMatches(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true
  return pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, ''))
}

/** @param namespaces '' stands for what has none */
function resourceMatcher(resources: readonly GroupResources[], namespaces: readonly string[]): Matcher {
  const inNamespaces = new Set(namespaces)
  const groups = resources.map(groupMatcher)
  return (attributes, user) => {
    if (!attributes.isResourceRequest) return false
    if (inNamespaces.size > 0 && !inNamespaces.has(attributes.namespace)) return false
    return groups.length === 0 || groups.some((matches) => matches(attributes, user))
  }
}

/** A group's resources: `pods`, `pods/log`, `pods/*` (pods and all its subresources), `* /scale` (any resource's), `*`. */
function groupMatcher({ group = '', resources = [], resourceNames = [] }: GroupResources): Matcher {
  if (resources.length === 0) return ({ apiGroup }) => apiGroup === group
  const exact = new Set(resources)
  const names = new Set(resourceNames)
  return ({ apiGroup, resource, subresource, name }) => {
    if (apiGroup !== group || (names.size > 0 && !names.has(name))) return false
    if (exact.has('*') || exact.has(subresource ? `${resource}/${subresource}` : resource) || exact.has(`${resource}/*`)) return true
    return subresource !== '' && exact.has(`*/${subresource}`)
  }
}
