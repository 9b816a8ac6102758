import type { OwnerReference } from '../../api/meta/v1.ts'
import type { KubeObject } from '../../api/object.ts'
import { type ResourceType, customResourceDefinitions } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import type { Component } from '../../component-base/component.ts'
import type { ControllerContext } from '../framework/context.ts'
import { controller } from '../framework/controller.ts'
import { groupOf } from '../framework/owner.ts'
import { done } from '../framework/result.ts'
import { type OwnerState, type Verdict, decide } from './decide.ts'
import { Graph, type Node, blockingDependents, foregroundFinalizer, orphanFinalizer } from './graph.ts'
import { Monitors } from './monitors.ts'

/** Discovery is asked again this often, and at once when a custom resource is defined. Upstream's value. */
const resyncMs = 30_000
/** Work begins without the resources that cannot be listed by then: one broken webhook must not stop all collection. Upstream's value. */
const initialSyncMs = 30_000

/** Deletes objects whose owners are all gone; orphans and deletes dependents as the deletion of their owner asked for. */
export function newGarbageCollector(context: ControllerContext): Component {
  const { client, metadataClient, informers, clock, rand, logger: base } = context
  const name = 'garbage-collector-controller'
  const logger = base.with({ controller: name })
  const graph = new Graph()
  const enqueueAll = (uids: readonly string[]) => uids.forEach((uid) => loop.enqueue(uid))
  const monitors = new Monitors({
    client,
    metadataClient,
    clock,
    rand,
    logger,
    handlerFor: (resource) => ({
      add: (object) => enqueueAll(graph.upsert(object, resource)),
      update: (old, object) => old !== object && enqueueAll(graph.upsert(object, resource)),
      delete: (object) => enqueueAll(graph.remove(object.metadata.uid)),
    }),
  })

  // Works from the graph; the one shared informer is but a hint that there may be new resources.
  const withoutCaches = { ...context, informers: { synced: async () => {} } }
  const loop = controller(name, withoutCaches, {
    watches: [],
    workers: 20,
    async reconcile(uid, signal) {
      const node = graph.get(uid)
      if (!node || node.virtual) return done
      if (node.foreground) await deleteInForeground(node, signal)
      else if (node.orphaning) await orphanDependents(node, signal)
      else if (!node.deleting && node.owners.some((owner) => stateInGraph(owner) !== 'solid')) await judge(node, signal)
      return done
    },
  })

  /** What the graph knows; undefined: the server has to be asked. */
  function stateInGraph({ uid }: OwnerReference): OwnerState | undefined {
    const owner = graph.get(uid)
    if (!owner || owner.virtual) return undefined
    return owner.foreground ? 'waiting' : 'solid'
  }

  /** Uncached, and the object as it is now: nothing is deleted on the word of a cache. */
  async function judge(node: Node, signal: AbortSignal): Promise<void> {
    const object = await read(node.identity.resource!, node.identity, signal)
    if (object?.metadata.uid !== node.uid) return enqueueAll(graph.remove(node.uid))
    if (object.metadata.deletionTimestamp) return
    const { ownerReferences: owners = [], finalizers = [] } = object.metadata
    const states = new Map<string, OwnerState>()
    for (const owner of owners) {
      const state = stateInGraph(owner) ?? (await stateAtServer(owner, node, signal))
      if (state === undefined) return
      states.set(owner.uid, state)
    }
    await act(
      decide(node, owners, (owner) => states.get(owner.uid)!, finalizers),
      node,
      object,
      signal,
    )
  }

  /** @returns undefined when the reference can never be resolved: a cluster-scoped object cannot belong to a namespaced one */
  async function stateAtServer(owner: OwnerReference, node: Node, signal: AbortSignal): Promise<OwnerState | undefined> {
    const resource = monitors.resourceOf(groupOf(owner.apiVersion), owner.kind)
    if (!resource) throw new Error(`unable to get REST mapping for ${owner.apiVersion}/${owner.kind}`)
    const { namespace } = node.identity
    if (resource.namespaced && !namespace) return undefined
    const object = await read(resource, { namespace, name: owner.name }, signal)
    if (object?.metadata.uid !== owner.uid) return 'dangling'
    const { deletionTimestamp, finalizers = [] } = object.metadata
    return deletionTimestamp && finalizers.includes(foregroundFinalizer) ? 'waiting' : 'solid'
  }

  async function act(verdict: Verdict, node: Node, object: KubeObject, signal: AbortSignal): Promise<void> {
    const resource = node.identity.resource!
    if (verdict.kind === 'keep') return
    if (verdict.kind === 'unlink') return withoutOwners(resource, object, new Set(verdict.uids), signal)
    if (verdict.unblock) {
      const ownerReferences = object.metadata.ownerReferences!.map((owner) => ({ ...owner, blockOwnerDeletion: false }))
      await patchMetadata(resource, object, { ownerReferences }, signal)
    }
    logger.debug('Deleting object whose owners are gone', {
      object: `${resource.plural} ${node.identity.namespace}/${node.identity.name}`,
      policy: verdict.policy,
    })
    const { uid, resourceVersion } = object.metadata
    const preconditions = verdict.unblock ? { uid } : { uid, resourceVersion }
    await client.delete(resource, object.metadata, { propagationPolicy: verdict.policy, preconditions, signal }).catch(unlessNotFound)
  }

  async function deleteInForeground(node: Node, signal: AbortSignal): Promise<void> {
    const blocking = blockingDependents(node)
    if (blocking.length === 0) return withoutFinalizer(node, foregroundFinalizer, signal)
    enqueueAll(blocking.filter((dependent) => !dependent.foreground).map((dependent) => dependent.uid))
  }

  async function orphanDependents(node: Node, signal: AbortSignal): Promise<void> {
    await Promise.all(
      [...node.dependents].map(async ({ uid, identity }) => {
        const dependent = identity.resource && (await read(identity.resource, identity, signal))
        if (dependent?.metadata.uid === uid) await withoutOwners(identity.resource!, dependent, new Set([node.uid]), signal)
      }),
    )
    await withoutFinalizer(node, orphanFinalizer, signal)
  }

  async function withoutFinalizer(node: Node, finalizer: string, signal: AbortSignal): Promise<void> {
    const object = await read(node.identity.resource!, node.identity, signal)
    if (object?.metadata.uid !== node.uid || !object.metadata.finalizers?.includes(finalizer)) return
    await patchMetadata(node.identity.resource!, object, { finalizers: object.metadata.finalizers.filter((each) => each !== finalizer) }, signal)
  }

  async function withoutOwners(resource: ResourceType<KubeObject>, object: KubeObject, uids: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const before = object.metadata.ownerReferences ?? []
    const ownerReferences = before.filter((owner) => !uids.has(owner.uid))
    if (ownerReferences.length < before.length) await patchMetadata(resource, object, { ownerReferences }, signal)
  }

  /** A merge patch, which custom resources know too, guarded by the version that was read. */
  async function patchMetadata(resource: ResourceType<KubeObject>, object: KubeObject, change: object, signal: AbortSignal): Promise<void> {
    const { uid, resourceVersion } = object.metadata
    await client.patch(resource, object.metadata, { type: 'merge', patch: { metadata: { uid, resourceVersion, ...change } } }, { signal }).catch(unlessNotFound)
  }

  async function read(
    resource: ResourceType<KubeObject>,
    { namespace, name }: { namespace: string; name: string },
    signal: AbortSignal,
  ): Promise<KubeObject | undefined> {
    try {
      return await metadataClient.get(resource, { namespace, name }, { signal })
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  async function followDiscovery(signal: AbortSignal, firstSync: () => void): Promise<void> {
    let changed: (() => void) | undefined
    const wake = () => changed?.()
    const remove = informers.for(customResourceDefinitions).addHandler({ add: wake, update: wake, delete: wake })
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => (changed = resolve))
      try {
        await monitors.sync(signal)
        firstSync()
      } catch (error) {
        if (!signal.aborted) logger.error('Could not read what resources there are', error)
      }
      await Promise.race([clock.sleep(resyncMs, signal).catch(() => {}), woken]) // aborted: the loop sees it
    }
    remove()
    await monitors.stopped()
  }

  return {
    name,
    async run(signal) {
      const first = Promise.withResolvers<void>()
      const following = followDiscovery(signal, first.resolve)
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
      await Promise.race([first.promise.then(() => Promise.race([monitors.synced(), clock.sleep(initialSyncMs, signal).catch(() => {})])), aborted])
      await Promise.all([following, loop.run(signal)])
    },
  }
}

function unlessNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error
}
