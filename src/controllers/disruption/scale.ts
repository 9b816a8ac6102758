// How many pods the controllers of some pods want: of what we know, from the caches; of other kinds, from their scale subresource.
// Source: pkg/controller/disruption/disruption.go (getExpectedScale, finders).
import type { Scale } from '../../api/autoscaling/v1.ts'
import type { Pod } from '../../api/core/v1.ts'
import type { OwnerReference } from '../../api/meta/v1.ts'
import type { KubeObject } from '../../api/object.ts'
import { deployments, replicaSets, replicationControllers, resourceType, statefulSets } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import type { Client } from '../../client/client.ts'
import type { InformerFactory, Lister } from '../../client/informers/informer.ts'
import { controllerOf, groupOf } from '../framework/owner.ts'

interface Scalable extends KubeObject {
  readonly spec?: { readonly replicas?: number }
}

interface ControllerScale {
  readonly uid: string
  readonly replicas: number
}

export interface ExpectedScale {
  readonly total: number
  /** Names of pods without a controller: nobody says how many of them there should be. */
  readonly unmanaged: readonly string[]
}

export interface Scales {
  /** @throws {Error} when a pod's controller is not found, or cannot be scaled */
  expected(pods: readonly Pod[]): Promise<ExpectedScale>
}

export function newScales(client: Pick<Client, 'getSubresource' | 'raw'>, informers: InformerFactory): Scales {
  const listers = new Map<string, Lister<Scalable>>([
    ['ReplicationController.', informers.for(replicationControllers).lister],
    ['ReplicaSet.apps', informers.for(replicaSets).lister],
    ['StatefulSet.apps', informers.for(statefulSets).lister],
    ['Deployment.apps', informers.for(deployments).lister],
  ])

  function inCaches(namespace: string, { kind, apiVersion, name, uid }: OwnerReference): ControllerScale | undefined {
    const object = listers.get(`${kind}.${groupOf(apiVersion)}`)?.get(`${namespace}/${name}`)
    if (object?.metadata.uid !== uid) return undefined
    // A deployment may have several replica sets, and only together do they say how many pods there should be.
    const owner = kind === 'ReplicaSet' ? controllerOf(object) : undefined
    if (owner?.kind === 'Deployment') return inCaches(namespace, owner)
    return { uid, replicas: object.spec?.replicas ?? 1 }
  }

  async function atServer(namespace: string, { apiVersion, kind, name, uid }: OwnerReference): Promise<ControllerScale | undefined> {
    const { text } = await client.raw('GET', apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`)
    const { resources = [] } = JSON.parse(text) as { resources?: readonly { readonly name: string; readonly kind: string }[] }
    const plural = resources.find((resource) => resource.kind === kind && !resource.name.includes('/'))?.name
    if (!plural) throw new Error(`no matches for kind "${kind}" in version "${apiVersion}"`)
    const group = groupOf(apiVersion)
    if (!resources.some((resource) => resource.name === `${plural}/scale` && resource.kind === 'Scale'))
      throw new Error(`${group ? `${plural}.${group}` : plural} does not implement the scale subresource`)
    const resource = resourceType({ group, version: apiVersion.slice(apiVersion.indexOf('/') + 1), plural, kind, namespaced: true })
    try {
      const scale = await client.getSubresource<Scale>(resource, { namespace, name }, 'scale')
      return scale.metadata?.uid === uid ? { uid, replicas: scale.spec?.replicas ?? 0 } : undefined
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  return {
    async expected(pods) {
      const scales = new Map<string, number>()
      const seen = new Set<string>()
      const unmanaged: string[] = []
      for (const pod of pods) {
        const reference = controllerOf(pod)
        if (!reference) unmanaged.push(pod.metadata.name)
        if (!reference || seen.has(reference.uid)) continue
        seen.add(reference.uid)
        const { namespace } = pod.metadata
        const scale = inCaches(namespace, reference) ?? (await atServer(namespace, reference))
        if (!scale) throw new Error(`found no controllers for pod "${pod.metadata.name}"`)
        scales.set(scale.uid, scale.replicas)
      }
      return { total: [...scales.values()].reduce((sum, replicas) => sum + replicas, 0), unmanaged }
    },
  }
}
