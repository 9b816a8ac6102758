// Discovery documents as objects. Source: k8s.io/apiserver pkg/endpoints/discovery/{root,group,version}.go, aggregated/.
import type { DiscoveredGroup, DiscoveredResource, DiscoveredVersion } from './source.ts'

const groupVersionOf = (group: string, version: string) => (group ? `${group}/${version}` : version)

/** GET /api */
export function apiVersions(groups: readonly DiscoveredGroup[], serverAddress: string): object {
  return {
    kind: 'APIVersions',
    versions: groups.filter((g) => g.name === '').flatMap((g) => g.versions.map((v) => v.version)),
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  }
}

/** GET /apis */
export function apiGroupList(groups: readonly DiscoveredGroup[]): object {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.filter((g) => g.name !== '').map(groupBody) }
}

/** GET /apis/<group> */
export function apiGroup(group: DiscoveredGroup): object {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupBody(group) }
}

function groupBody({ name, versions }: DiscoveredGroup) {
  const all = versions.map(({ version }) => ({ groupVersion: groupVersionOf(name, version), version }))
  return { name, versions: all, preferredVersion: all[0] }
}

/** GET /api/v1, /apis/<group>/<version>. The oldest of these lists carries no apiVersion. */
export function apiResourceList(group: string, { version, resources }: DiscoveredVersion): object {
  return {
    kind: 'APIResourceList',
    ...(group ? { apiVersion: 'v1' } : {}),
    groupVersion: groupVersionOf(group, version),
    resources: resources.flatMap(apiResources).sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

function apiResources(resource: DiscoveredResource) {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories, storageVersionHash } = resource
  const subresources = Object.entries(resource.subresources ?? {}).map(([name, sub]) => ({
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
    ...(sub.group === undefined ? {} : { group: sub.group, version: sub.version }),
    kind: sub.kind,
    verbs: sub.verbs,
  }))
  const own = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames?.length ? { shortNames } : {}),
    ...(categories?.length ? { categories } : {}),
    ...(storageVersionHash ? { storageVersionHash } : {}),
  }
  return [own, ...subresources]
}

/** GET /api and /apis with `as=APIGroupDiscoveryList`: everything at once. */
export function apiGroupDiscoveryList(groups: readonly DiscoveredGroup[]): object {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      metadata: name ? { name } : {},
      versions: versions.map(({ version, resources, stale }) => ({
        version,
        resources: resources.map(resourceDiscovery).sort((a, b) => (a.resource < b.resource ? -1 : 1)),
        freshness: stale ? 'Stale' : 'Current',
      })),
    })),
  }
}

function resourceDiscovery({ plural, singular, namespaced, kind, verbs, shortNames, categories, subresources }: DiscoveredResource) {
  const subs = Object.entries(subresources ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    resource: plural,
    responseKind: { group: '', version: '', kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames?.length ? { shortNames } : {}),
    ...(categories?.length ? { categories } : {}),
    ...(subs.length > 0
      ? {
          subresources: subs.map(([subresource, sub]) => ({
            subresource,
            responseKind: { group: sub.group ?? '', version: sub.version ?? '', kind: sub.kind },
            verbs: sub.verbs,
          })),
        }
      : {}),
  }
}
