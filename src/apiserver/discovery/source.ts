// What there is to discover: groups, versions, resources. The built-in ones come from the facts; custom resources and
// aggregated APIs bring theirs as further sources.
import { groupFacts, type ResourceFacts, resourceFacts } from '../../api/resource-facts.ts'

/** The part of a resource's facts that discovery shows. */
export type DiscoveredResource = Pick<
  ResourceFacts,
  'group' | 'version' | 'kind' | 'plural' | 'singular' | 'namespaced' | 'shortNames' | 'categories' | 'verbs' | 'storageVersionHash'
> & { readonly subresources?: { readonly [name: string]: DiscoveredSubresource } }

export interface DiscoveredSubresource {
  /** When they differ from the resource's own. */
  readonly group?: string
  readonly version?: string
  readonly kind: string
  readonly verbs: readonly string[]
}

export interface DiscoveredVersion {
  readonly version: string
  readonly resources: readonly DiscoveredResource[]
  /** What is shown is what was last seen of a server that does not answer now. */
  readonly stale?: boolean
}

export interface DiscoveredGroup {
  /** '' for the core group. */
  readonly name: string
  /** The preferred one first. */
  readonly versions: readonly DiscoveredVersion[]
}

export interface DiscoverySource {
  /** Grows with every change of {@link groups}. */
  revision(): number
  /** In the order in which they are shown. */
  groups(): readonly DiscoveredGroup[]
}

/** Everything that is served from the facts. */
export function builtInSource(): DiscoverySource {
  const groups = groupFacts.flatMap(({ name, versions }): DiscoveredGroup[] => {
    const served = versions.map(({ version }) => ({
      version,
      resources: [...resourceFacts.values()].filter((r) => r.group === name && r.version === version),
    }))
    const withResources = served.filter(({ resources }) => resources.length > 0)
    return withResources.length > 0 ? [{ name, versions: withResources }] : []
  })
  return { revision: () => 0, groups: () => groups }
}

/** All sources as one; a group of several sources shows the versions of all. */
export function mergeGroups(sources: readonly DiscoverySource[]): readonly DiscoveredGroup[] {
  const merged = new Map<string, DiscoveredGroup>()
  for (const group of sources.flatMap((s) => s.groups())) {
    const known = merged.get(group.name)
    merged.set(group.name, known ? { name: group.name, versions: [...known.versions, ...group.versions] } : group)
  }
  return [...merged.values()]
}
