// Whether one RBAC rule covers a request. Source: k8s.io/kubernetes pkg/apis/rbac/v1/evaluation_helpers.go.
import type { Attributes, Rule } from '../authorizer.ts'

export function ruleAllows(rule: Rule, attributes: Attributes): boolean {
  if (!includesOrAll(rule.verbs, attributes.verb)) return false
  if (!attributes.isResourceRequest) return rule.nonResourceURLs?.some((pattern) => urlMatches(pattern, attributes.path)) ?? false
  const { apiGroup, resource, subresource, name } = attributes
  return (
    includesOrAll(rule.apiGroups, apiGroup) &&
    resourceMatches(rule.resources, resource, subresource) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(name))
  )
}

const includesOrAll = (values: readonly string[] | undefined, value: string) => values?.some((v) => v === '*' || v === value) ?? false

// `pods`, `pods/log`, `*` (everything), `*/scale` (that subresource of everything).
function resourceMatches(patterns: readonly string[] | undefined, resource: string, subresource: string): boolean {
  if (!patterns) return false
  const combined = subresource ? `${resource}/${subresource}` : resource
  return patterns.some((p) => p === '*' || p === combined || (subresource !== '' && p.startsWith('*/') && p.slice(2) === subresource))
}

/** A `*` at the end stands for any rest. */
const urlMatches = (pattern: string, path: string) =>
  pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, '')))
