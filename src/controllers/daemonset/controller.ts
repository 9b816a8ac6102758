import type { DaemonSet } from '../../api/apps/v1.ts'
import { availableInMs, isPodTerminal, isPodTerminating } from '../../api/core/pod-status.ts'
import { keyOf } from '../../api/object.ts'
import { controllerRevisions as revisionResource, daemonSets as daemonSetResource, nodes as nodeResource, pods as podResource } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import { semanticEqual } from '../../apimachinery/json-equal.ts'
import { selectorFromObject } from '../../apimachinery/labels/from-object.ts'
import { claim } from '../framework/claim.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { ignoringEndingNamespace } from '../framework/ending-namespace.ts'
import { Expectations } from '../framework/expectations.ts'
import { pruneHistory, revisionHashLabel, syncHistory } from '../framework/history.ts'
import { controllerOf, keyOfController, keysOfPossibleControllers } from '../framework/owner.ts'
import { done, requeueAfter } from '../framework/result.ts'
import { type Plan, type World, decide, statusOf } from './decide.ts'
import { podFor } from './placement.ts'

const kind = { group: 'apps', kind: 'DaemonSet' }
const selectorOf = ({ spec }: DaemonSet) => selectorFromObject(spec.selector)

/** Keeps one pod on every node that a DaemonSet's template fits. */
export function newDaemonSetController(context: ControllerContext): Controller {
  const { client, informers, clock, events } = context
  const daemonSets = informers.for(daemonSetResource)
  const nodes = informers.for(nodeResource)
  const pods = informers.for(podResource)
  const revisions = informers.for(revisionResource)
  const expectations = new Expectations(clock)
  pods.addIndex('controllerUid', (pod) => [controllerOf(pod)?.uid ?? `orphan in ${pod.metadata.namespace}`])
  const ownKey = (pod: Parameters<typeof keyOfController>[0]) => keyOfController(pod, kind) ?? ''
  pods.addHandler({
    add: (pod) => expectations.creationSeen(ownKey(pod)),
    update: (_, pod) => isPodTerminating(pod) && expectations.deletionSeen(ownKey(pod), pod.metadata.uid),
    delete: (pod) => expectations.deletionSeen(ownKey(pod), pod.metadata.uid),
  })

  return controller('daemonset-controller', context, {
    watches: [
      onChange(daemonSets, keyOf),
      onChange(nodes, () => daemonSets.lister.all().map(keyOf)),
      onChange(pods, (pod) => keysOfPossibleControllers(pod, { ...kind, lister: daemonSets.lister, selectorOf })),
      onChange(revisions, (revision) => keyOfController(revision, kind)),
    ],
    async reconcile(key, signal) {
      const daemonSet = daemonSets.lister.get(key)
      if (!daemonSet) {
        expectations.forget(key)
        return done
      }
      const settled = expectations.settled(key)
      const { uid, namespace } = daemonSet.metadata
      const selector = selectorOf(daemonSet)
      const owner = { owner: daemonSet, ownerResource: daemonSetResource, selector, client }
      const candidates = [...pods.lister.byIndex('controllerUid', uid), ...pods.lister.byIndex('controllerUid', `orphan in ${namespace}`)]
      const owned = await claim({ ...owner, candidates, resource: podResource }, signal)
      if (daemonSet.metadata.deletionTimestamp) return done
      const history = await syncHistory(
        daemonSet,
        await claim({ ...owner, candidates: revisions.lister.inNamespace(namespace), resource: revisionResource }, signal),
        client,
        signal,
      )
      if (!history) {
        await updateStatus(daemonSet, { ...daemonSet.status!, collisionCount: (daemonSet.status?.collisionCount ?? 0) + 1 }, signal)
        return done
      }
      const hash = history.update.metadata.labels?.[revisionHashLabel] ?? ''
      const world: World = { daemonSet, nodes: nodes.lister.all(), pods: owned, hash, nowMs: clock.now() }
      if (settled) await act(decide(world), world, signal)
      await updateStatus(daemonSet, statusOf(world), signal)
      const inUse = new Set(owned.map((pod) => pod.metadata.labels?.[revisionHashLabel] ?? ''))
      await pruneHistory(history, { inUse, limit: daemonSet.spec.revisionHistoryLimit ?? 10 }, client, signal)
      const waits = owned.map((pod) => availableInMs(pod, daemonSet.spec.minReadySeconds ?? 0, world.nowMs) ?? 0).filter((ms) => ms > 0)
      return waits.length ? requeueAfter(Math.min(...waits)) : done
    },
  })

  async function act({ create, remove }: Plan, { daemonSet, hash }: World, signal: AbortSignal): Promise<void> {
    const key = keyOf(daemonSet)
    expectations.expectCreations(key, create.length)
    expectations.expectDeletions(
      key,
      remove.map((pod) => pod.metadata.uid),
    )
    const creations = create.map(async (node) => {
      try {
        const pod = await ignoringEndingNamespace(client.create(podResource, podFor(daemonSet, node, hash), { signal }))
        if (pod) events.event(daemonSet, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`)
        else expectations.creationSeen(key)
      } catch (error) {
        expectations.creationSeen(key)
        events.event(daemonSet, 'Warning', 'FailedCreate', `Error creating: ${(error as Error).message}`)
        throw error
      }
    })
    const deletions = remove.map(async (pod) => {
      const { uid, name } = pod.metadata
      if (isPodTerminal(pod))
        events.event(daemonSet, 'Warning', 'FailedDaemonPod', `Found failed daemon pod ${keyOf(pod)} on node ${pod.spec.nodeName}, will try to kill it`)
      try {
        await client.delete(podResource, pod.metadata, { preconditions: { uid }, signal })
        events.event(daemonSet, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`)
      } catch (error) {
        expectations.deletionSeen(key, uid)
        if (!isNotFound(error)) throw error
      }
    })
    const failed = (await Promise.allSettled([...creations, ...deletions])).find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  async function updateStatus(daemonSet: DaemonSet, status: NonNullable<DaemonSet['status']>, signal: AbortSignal): Promise<void> {
    if (!semanticEqual(daemonSet.status, status)) await client.update(daemonSetResource, { ...daemonSet, status }, { subresource: 'status', signal })
  }
}
