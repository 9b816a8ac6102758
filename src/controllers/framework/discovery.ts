// Which resources the server has now, custom ones included, from aggregated discovery.
import type { Client } from '../../client/client.ts'
import { type ResourceType, resourceType } from '../../api/resources.ts'
import type { KubeObject } from '../../api/object.ts'

export interface DiscoveredResource {
  readonly type: ResourceType<KubeObject>
  readonly verbs: ReadonlySet<string>
}

export interface Discovery {
  /** Every resource in its group's preferred version (or the first that has it). */
  readonly resources: readonly DiscoveredResource[]
  /** `group/version` whose server could not be asked. What they serve is unknown. */
  readonly failures: readonly string[]
}

interface GroupDiscovery {
  readonly metadata?: { readonly name?: string }
  readonly versions?: readonly {
    readonly version: string
    readonly freshness?: string
    readonly resources?: readonly {
      readonly resource: string
      readonly responseKind?: { readonly kind: string }
      readonly scope: string
      readonly verbs?: readonly string[]
    }[]
  }[]
}

const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/** @throws {Error} when discovery itself cannot be read */
export async function discover(client: Pick<Client, 'raw'>): Promise<Discovery> {
  const groups = (await Promise.all(['/api', '/apis'].map((path) => read(client, path)))).flat()
  const resources = new Map<string, DiscoveredResource>()
  const failures: string[] = []
  for (const { metadata, versions = [] } of groups) {
    const group = metadata?.name ?? ''
    for (const { version, freshness, resources: served = [] } of versions) {
      if (freshness === 'Stale') failures.push(`${group}/${version}`)
      for (const { resource: plural, responseKind, scope, verbs = [] } of served) {
        const key = `${plural}.${group}`
        if (resources.has(key) || !responseKind) continue
        const type = resourceType<KubeObject>({ group, version, plural, kind: responseKind.kind, namespaced: scope === 'Namespaced' })
        resources.set(key, { type, verbs: new Set(verbs) })
      }
    }
  }
  return { resources: [...resources.values()], failures }
}

async function read(client: Pick<Client, 'raw'>, path: string): Promise<readonly GroupDiscovery[]> {
  const { status, text } = await client.raw('GET', path, undefined, { accept })
  if (status !== 200) throw new Error(`discovery of ${path} was answered with ${status}`)
  const { items } = JSON.parse(text) as { items?: readonly GroupDiscovery[] }
  if (!items) throw new Error(`discovery of ${path} is not aggregated`)
  return items
}
