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

/** A rule of the owner, each list to be asked for its values. */
interface Owned {
  readonly verbs: ReadonlySet<string>
  readonly apiGroups: ReadonlySet<string>
  readonly resources: ReadonlySet<string>
  /** Empty: all. */
  readonly resourceNames: ReadonlySet<string>
  readonly urls: readonly string[]
}

const setOf = (values: readonly string[] | null | undefined): ReadonlySet<string> => new Set(each(values))

const owned = ({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: Rule): Owned => ({
  verbs: setOf(verbs),
  apiGroups: setOf(apiGroups),
  resources: setOf(resources),
  resourceNames: setOf(resourceNames),
  urls: each(nonResourceURLs),
})

const hasAll = (values: ReadonlySet<string>, wanted: readonly string[] | null | undefined): boolean =>
  values.has('*') || each(wanted).every((value) => values.has(value))

function hasResources(values: ReadonlySet<string>, wanted: readonly string[] | null | undefined): boolean {
  const subresourceOf = (resource: string) => `*/${resource.slice(resource.indexOf('/') + 1)}`
  const covered = (resource: string) => values.has(resource) || (resource.includes('/') && values.has(subresourceOf(resource)))
  return values.has('*') || each(wanted).every(covered)
}

const urlCovers = (owner: string, url: string) => owner === '*' || owner === url || (owner.endsWith('*') && url.startsWith(owner.replace(/\*+$/, '')))

function covers(owner: Owned, rule: Rule): boolean {
  if (!hasAll(owner.verbs, rule.verbs)) return false
  if (rule.nonResourceURLs) return rule.nonResourceURLs.every((url) => owner.urls.some((pattern) => urlCovers(pattern, url)))
  const named = owner.resourceNames.size === 0 || (rule.resourceNames?.length ? rule.resourceNames.every((name) => owner.resourceNames.has(name)) : false)
  return hasAll(owner.apiGroups, rule.apiGroups) && hasResources(owner.resources, rule.resources) && named
}

/** A rule may stand for a billion parts: so many are compared with a rule of the owner, and so many named, before the rest is not looked at. */
const comparisonsMax = 300_000
const missingMax = 1000

export interface Uncovered {
  /** Rules of one verb and one resource or URL. */
  readonly missing: readonly Rule[]
  /** There were more to look at. With nothing missing it is not known whether the owner holds all. */
  readonly cutOff: boolean
}

/** What of `rules` no rule of the owner allows. */
export function uncovered(owner: readonly Rule[], rules: readonly Rule[]): Uncovered {
  const holds = owner.map(owned)
  const missing: Rule[] = []
  let comparisons = 0
  for (const rule of rules) {
    // Rules about both are refused later; here each of their parts counts.
    const isOneKind = !rule.nonResourceURLs?.length || !rule.resources?.length
    comparisons += holds.length
    if (isOneKind && holds.some((own) => covers(own, rule))) continue
    for (const part of breakdown(rule)) {
      comparisons += holds.length + 1
      if (comparisons > comparisonsMax || missing.length === missingMax) return { missing, cutOff: true }
      if (!holds.some((own) => covers(own, part))) missing.push(part)
    }
  }
  return { missing, cutOff: false }
}

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
