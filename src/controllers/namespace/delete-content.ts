// Empties a namespace: pods first, so that nothing that guards them (network policies, secrets) goes before they have stopped;
// then everything else that the server knows. Source: pkg/controller/namespace/deletion/namespaced_resources_deleter.go.
import { isPodTerminal } from '../../api/core/pod-status.ts'
import { pods } from '../../api/resources.ts'
import { ApiError, isForbidden, isMethodNotSupported, isNotFound } from '../../apimachinery/api-error.ts'
import type { Client } from '../../client/client.ts'
import { type DiscoveredResource, discover } from '../framework/discovery.ts'
import type { Obstacles } from './conditions.ts'

/** Time given to finalizers before looking again. Upstream's value. */
const finalizerSeconds = 15

export interface Outcome {
  readonly obstacles: Obstacles
  /** When what remains may be gone; 0: nothing is known to remain. */
  readonly estimateSeconds: number
}

export interface DeleteContentDependencies {
  readonly client: Pick<Client, 'raw' | 'list' | 'delete' | 'deleteCollection'>
  readonly metadataClient: Pick<Client, 'list'>
}

export async function deleteContent(namespace: string, dependencies: DeleteContentDependencies, signal: AbortSignal): Promise<Outcome> {
  const tally = new Tally()
  const { resources, failures } = await discover(dependencies.client).catch((error: Error) => ({ resources: [], failures: [error.message] }))
  tally.discoveryFailures.push(...failures)
  const deletable = resources.filter(({ type, verbs }) => type.namespaced && verbs.has('delete'))
  const isPods = ({ type }: DiscoveredResource) => type.group === '' && type.plural === 'pods'

  const [podResource] = deletable.filter(isPods)
  if (podResource) await deleteAll(podResource, namespace, dependencies, tally, signal)
  // Also while nobody knows whether there are pods: what guards them stays (CVE-2024-7598).
  const podsAreGone = podResource ? !tally.objects.has('pods.') && tally.deletionFailures.length === 0 : failures.length === 0
  if (podsAreGone) {
    await Promise.all(deletable.filter((resource) => !isPods(resource)).map((resource) => deleteAll(resource, namespace, dependencies, tally, signal)))
  }
  return tally.outcome()
}

class Tally {
  readonly discoveryFailures: string[] = []
  readonly deletionFailures: string[] = []
  readonly objects = new Map<string, number>()
  readonly finalizers = new Map<string, number>()
  estimateSeconds = 0

  outcome(): Outcome {
    const { discoveryFailures, deletionFailures, objects, finalizers, estimateSeconds } = this
    return { obstacles: { discoveryFailures, deletionFailures, remaining: { objects, finalizers } }, estimateSeconds }
  }
}

async function deleteAll(
  resource: DiscoveredResource,
  namespace: string,
  dependencies: DeleteContentDependencies,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  const { client, metadataClient } = dependencies
  const { type, verbs } = resource
  const name = `${type.plural}.${type.group}`
  try {
    const graceSeconds = name === 'pods.' ? await longestGrace(client, namespace, signal) : 0
    if (verbs.has('deletecollection')) await client.deleteCollection(type, { namespace }, { propagationPolicy: 'Background', signal })
    else await deleteEach(resource, namespace, dependencies, signal)
    if (!verbs.has('list')) return
    const { items } = await metadataClient.list(type, { namespace, signal })
    if (items.length === 0) return
    tally.objects.set(name, items.length)
    const finalizers = items.flatMap((item) => item.metadata.finalizers ?? [])
    for (const finalizer of finalizers) tally.finalizers.set(finalizer, (tally.finalizers.get(finalizer) ?? 0) + 1)
    const estimate = graceSeconds || (finalizers.length ? finalizerSeconds : 0)
    if (!estimate) throw new Error(`unexpected items still remain in namespace: ${namespace} for gvr: ${type.apiVersion}, Resource=${type.plural}`)
    tally.estimateSeconds = Math.max(tally.estimateSeconds, estimate)
  } catch (error) {
    if (signal.aborted) throw error
    // A resource that has vanished meanwhile (its definition was deleted) holds nothing.
    if (!isNotFound(error) && !isMethodNotSupported(error))
      tally.deletionFailures.push(error instanceof ApiError || isForbidden(error) ? (error as Error).message : String(error))
  }
}

async function deleteEach(
  { type, verbs }: DiscoveredResource,
  namespace: string,
  { client, metadataClient }: DeleteContentDependencies,
  signal: AbortSignal,
): Promise<void> {
  if (!verbs.has('list')) return
  const { items } = await metadataClient.list(type, { namespace, signal })
  for (const { metadata } of items) {
    await client.delete(type, { namespace, name: metadata.name }, { propagationPolicy: 'Background', signal }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }
}

/** How long pods may still run: the longest grace period of those that do. */
async function longestGrace(client: Pick<Client, 'list'>, namespace: string, signal: AbortSignal): Promise<number> {
  const { items } = await client.list(pods, { namespace, signal })
  return Math.max(0, ...items.filter((pod) => !isPodTerminal(pod)).map((pod) => pod.spec.terminationGracePeriodSeconds ?? 0))
}
