// Whether a request is one of those that a rule is about. Source: k8s.io/apiserver pkg/admission/plugin/webhook/predicates/rules/rules.go.
import type { RuleWithOperations } from '../../api/admissionregistration/v1.ts'
import type { AdmissionAttributes } from '../admission/admission.ts'

export type RuledRequest = Pick<AdmissionAttributes, 'operation' | 'resource' | 'subresource' | 'namespace'>

const names = (list: readonly string[] | undefined, value: string) => (list ?? []).some((each) => each === '*' || each === value)

function scopeMatches(scope: string | undefined, { resource: { group, plural }, namespace }: RuledRequest): boolean {
  if (scope === undefined || scope === '*') return true
  // A request for a namespace says its own name as its namespace, and is for a cluster-scoped object all the same.
  const isNamespaced = namespace !== '' && !(group === '' && plural === 'namespaces')
  return isNamespaced === (scope === 'Namespaced')
}

function resourceMatches(rule: string, { resource, subresource }: RuledRequest): boolean {
  const [plural = '', part = ''] = rule.split('/', 2)
  return (plural === '*' || plural === resource.plural) && (part === '*' || part === subresource)
}

/** Whether any of the rules may be about a resource, in whatever group, version, operation or under whatever name. */
export const mayConcern = (rules: readonly RuleWithOperations[], plural: string): boolean =>
  rules.some(({ resources = [] }) => resources.some((each) => names([each.split('/', 1)[0]!], plural)))

export function ruleMatches(rule: RuleWithOperations, request: RuledRequest): boolean {
  return (
    names(rule.operations, request.operation) &&
    names(rule.apiGroups, request.resource.group) &&
    names(rule.apiVersions, request.resource.version) &&
    (rule.resources ?? []).some((each) => resourceMatches(each, request)) &&
    scopeMatches(rule.scope, request)
  )
}
