// What one subject was given in one scope, arranged by what is asked: a question looks only at rules that name its resource, and at
// those with a wildcard. The first grant (in the order of the bindings) that covers a request is the one that is named as the reason.
import { getOrMake } from '../../../util/get-or-make.ts'
import type { Attributes, Rule } from '../authorizer.ts'
import { ruleAllows } from './rule-matcher.ts'

/** One subject of one binding. */
export interface Grant {
  /** Of the rules: `Role/ns/name` or `ClusterRole/name`. */
  readonly roleKey: string
  /** `RoleBinding "b/ns" of Role "r" to User "alice"`. */
  readonly description: string
}

interface Entry {
  readonly order: number
  readonly rule: Rule
  readonly grant: Grant
}

const none: readonly Entry[] = []

/** A rule about more pairs of group and resource is not listed under each of them, but asked itself. */
const pairsMax = 1000

export class GrantTable {
  /** Roles that the table was made of, existing or not. */
  readonly roleKeys: ReadonlySet<string>
  /** Of those that do not exist. */
  readonly missing: readonly string[]
  /** Group -> resource or `resource/subresource` -> rules that name both. */
  readonly #named = new Map<string, Map<string, Entry[]>>()
  readonly #wild: Entry[] = []
  readonly #urls: Entry[] = []

  /** @param rulesOf undefined: no such role */
  constructor(grants: Iterable<Grant>, rulesOf: (roleKey: string) => readonly Rule[] | undefined) {
    const roleKeys = new Set<string>()
    const missing: string[] = []
    for (const grant of grants) {
      // Bound twice, a role need not be asked twice.
      if (roleKeys.has(grant.roleKey)) continue
      const rules = rulesOf(grant.roleKey)
      if (!rules) missing.push(grant.roleKey)
      for (const rule of rules ?? []) this.#add({ order: roleKeys.size, rule, grant })
      roleKeys.add(grant.roleKey)
    }
    this.roleKeys = roleKeys
    this.missing = missing
  }

  /** The first grant that allows the request. */
  find(attributes: Attributes): Grant | undefined {
    if (!attributes.isResourceRequest) return firstOf(this.#urls, attributes)?.grant
    const { apiGroup, resource, subresource } = attributes
    const named = firstOf(this.#named.get(apiGroup)?.get(subresource ? `${resource}/${subresource}` : resource) ?? none, attributes)
    const wild = firstOf(this.#wild, attributes)
    return (named && wild ? (named.order <= wild.order ? named : wild) : (named ?? wild))?.grant
  }

  #add(entry: Entry): void {
    const { apiGroups = [], resources = [], nonResourceURLs } = entry.rule
    if (nonResourceURLs?.length) this.#urls.push(entry)
    const isWide = apiGroups.length * resources.length > pairsMax
    if (isWide || apiGroups.includes('*') || resources.some((resource) => resource === '*' || resource.startsWith('*/'))) return void this.#wild.push(entry)
    for (const group of new Set(apiGroups)) {
      const byResource = getOrMake(this.#named, group, () => new Map<string, Entry[]>())
      for (const resource of new Set(resources)) getOrMake(byResource, resource, (): Entry[] => []).push(entry)
    }
  }
}

function firstOf(entries: readonly Entry[], attributes: Attributes): Entry | undefined {
  for (const entry of entries) if (ruleAllows(entry.rule, attributes)) return entry
  return undefined
}
