// Whether some rules allow everything that others do. Source: k8s.io/component-helpers auth/rbac/validation/policy_comparator.go,
// k8s.io/kubernetes pkg/registry/rbac/validation/{policy_compact.go,rule.go}.
import { goQuote } from '../../../../apimachinery/go-quote.ts'
import type { Rule } from '../../../authz/authorizer.ts'

/** Rules are checked before they are validated. */
const each = (values: readonly string[] | null | undefined) => values ?? []

/** Rules of one verb and one resource (of one name) or URL: what one of the owner's rules can cover. */
function* breakdown({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: Rule): Generator<Rule> {
  for (const group of each(apiGroups)) {
    for (const resource of each(resources)) {
      for (const verb of each(verbs)) {
        const rule = { verbs: [verb], apiGroups: [group], resources: [resource] }
        if (!resourceNames?.length) yield rule
        for (const name of each(resourceNames)) yield { ...rule, resourceNames: [name] }
      }
    }
  }
  for (const url of each(nonResourceURLs)) for (const verb of each(verbs)) yield { verbs: [verb], nonResourceURLs: [url] }
}

const has = (values: readonly string[] | undefined, wanted: readonly string[] | undefined): boolean =>
  each(values).includes('*') || each(wanted).every((value) => each(values).includes(value))

function hasResources(values: readonly string[] | undefined, wanted: readonly string[] | undefined): boolean {
  const subresourceOf = (resource: string) => `*/${resource.slice(resource.indexOf('/') + 1)}`
  const covered = (resource: string) => each(values).includes(resource) || (resource.includes('/') && each(values).includes(subresourceOf(resource)))
  return has(values, wanted) || each(wanted).every(covered)
}

const urlCovers = (owner: string, url: string) => owner === '*' || owner === url || (owner.endsWith('*') && url.startsWith(owner.replace(/\*+$/, '')))

function covers(owner: Rule, rule: Rule): boolean {
  if (!has(owner.verbs, rule.verbs)) return false
  if (rule.nonResourceURLs) return rule.nonResourceURLs.every((url) => owner.nonResourceURLs?.some((pattern) => urlCovers(pattern, url)))
  const named = !owner.resourceNames?.length || (rule.resourceNames?.length ? rule.resourceNames.every((name) => owner.resourceNames!.includes(name)) : false)
  return has(owner.apiGroups, rule.apiGroups) && hasResources(owner.resources, rule.resources) && named
}

/** What of `rules` no rule of the owner allows. */
export const uncovered = (owner: readonly Rule[], rules: readonly Rule[]): Rule[] =>
  rules.flatMap((rule) => [...breakdown(rule)].filter((part) => !owner.some((own) => covers(own, part))))

/** Rules that differ in verbs only become one. */
function compact(rules: readonly Rule[]): Rule[] {
  const merged = new Map<string, Rule>()
  for (const rule of rules) {
    const { verbs, ...rest } = rule
    const key = rule.nonResourceURLs ? `${merged.size}` : JSON.stringify(rest)
    const before = merged.get(key)?.verbs ?? []
    merged.set(key, { ...rest, verbs: [...before, ...verbs.filter((verb) => !before.includes(verb))] })
  }
  return [...merged.values()]
}

/** As Go prints a list of strings with %q. */
export const goList = (values: readonly string[]) => `[${values.map((value) => goQuote(value)).join(' ')}]`

function describe({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: Rule): string {
  const parts = Object.entries({ APIGroups: apiGroups, Resources: resources, NonResourceURLs: nonResourceURLs, ResourceNames: resourceNames, Verbs: verbs })
  return `{${parts.flatMap(([name, values]) => (values?.length ? [`${name}:${goList(values)}`] : [])).join(', ')}}`
}

/** One line per rule, sorted. */
export const describeRules = (rules: readonly Rule[]): string => [...new Set(compact(rules).map(describe))].toSorted().join('\n')
