// Whether a flow schema is meant for a request. Pure. Source: k8s.io/apiserver pkg/util/flowcontrol/rule.go.
import type { NonResourcePolicyRule, PolicyRulesWithSubjects, ResourcePolicyRule, Subject } from '../../api/flowcontrol/v1.ts'
import type { UserInfo } from '../authn/user.ts'
import { serviceAccountName } from '../authn/well-known-users.ts'
import type { RequestInfo } from '../http/api-request.ts'

/** @param list null: as it is read when it is empty */
const contains = (list: readonly string[] | null | undefined, value: string): boolean =>
  Boolean(list && ((list.length === 1 && list[0] === '*') || list.includes(value)))

/** Whether one of the subjects is this user. */
export function matchesSubject({ name, groups }: UserInfo, subjects: readonly Subject[] | undefined): boolean {
  return (subjects ?? []).some(({ kind, user, group, serviceAccount }) => {
    if (kind === 'User') return user !== undefined && (user.name === '*' || user.name === name)
    if (kind === 'Group') return group !== undefined && (group.name === '*' || groups.includes(group.name))
    if (kind !== 'ServiceAccount' || !serviceAccount) return false
    const { namespace, name: account } = serviceAccount
    return account === '*' ? name.startsWith(serviceAccountName(namespace, '')) : name === serviceAccountName(namespace, account)
  })
}

/** Whether a rule, whose subjects match, covers what the request does. */
export function matchesRequest(info: RequestInfo, { resourceRules, nonResourceRules }: PolicyRulesWithSubjects): boolean {
  if (info.isResourceRequest) return resourceRules?.some((rule) => matchesResource(info, rule)) ?? false
  return nonResourceRules?.some((rule) => matchesNonResource(info, rule)) ?? false
}

function matchesResource({ verb, apiGroup, resource, subresource, namespace }: RequestInfo, rule: ResourcePolicyRule): boolean {
  return (
    contains(rule.verbs, verb) &&
    contains(rule.resources, subresource ? `${resource}/${subresource}` : resource) &&
    contains(rule.apiGroups, apiGroup) &&
    (namespace === '' ? rule.clusterScope === true : contains(rule.namespaces, namespace))
  )
}

function matchesNonResource({ verb, path }: RequestInfo, { verbs, nonResourceURLs }: NonResourcePolicyRule): boolean {
  return contains(verbs, verb) && (nonResourceURLs?.some((url) => matchesUrl(url, path)) ?? false)
}

/** `/healthz` covers itself and what is below it, `/healthz/*` only the latter. */
function matchesUrl(url: string, path: string): boolean {
  if (url === '*' || url === path) return true
  const prefix = url.endsWith('*') ? url.slice(0, -1) : url
  return path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`)
}
